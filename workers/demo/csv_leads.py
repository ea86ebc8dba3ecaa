"""New leads from a file, for a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.lead_rows import Reject, read_new_leads
from services.mapping import load_mapping
from services.new_lead import NewLead


@dataclass(frozen=True, slots=True)
class CsvLeads:
    """The rows that are leads, and (row number, reason) of those that are not."""

    leads: tuple[NewLead, ...]
    rejected: tuple[tuple[int, str], ...]


def read_csv(path: Path, mapping: Path, limit: int) -> CsvLeads:
    """The first `limit` rows of a file.

    Raises MappingError or InvalidInputError when file and mapping do not fit, OSError when one cannot be read.
    """
    leads: list[NewLead] = []
    rejected: list[tuple[int, str]] = []
    for number, row in read_new_leads(path, load_mapping(mapping), limit=limit):
        if isinstance(row, Reject):
            rejected.append((number, row.reason))
        else:
            leads.append(row)
    return CsvLeads(tuple(leads), tuple(rejected))
