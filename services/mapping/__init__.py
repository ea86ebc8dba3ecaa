"""Mappings: how the columns of a CSV file become leads, written down in a small YAML file."""

from services.mapping.bound import BoundMapping, MappedRow
from services.mapping.definition import FileFormat, LeadMapping, load_mapping
from services.mapping.errors import MappingError

__all__ = ["BoundMapping", "FileFormat", "LeadMapping", "MappedRow", "MappingError", "load_mapping"]
