"""What a mapping can fill: the fields of a new lead, of a past life, and metadata."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from services.mapping.values import Value, ValueType, in_zone
from services.new_lead import NewLead, PastLife

METADATA = "metadata."

LEAD_FIELDS = {name: field for name, field in NewLead.model_fields.items() if name != "metadata"}
PAST_FIELDS = dict(PastLife.model_fields)

REQUIRED_LEAD = ("source", "external_id")
"""Without the source's own id a second import could not tell what is already there."""

REQUIRED_PAST = ("result", "closed_at")

_NUMBERS = {
    "employee_count": ValueType.INT,
    "quality_score": ValueType.INT,
    "contact_attempts": ValueType.INT,
    "handling_minutes": ValueType.FLOAT,
}
_INSTANTS = dict.fromkeys(("created_at", "closed_at", "first_contact_at"), ValueType.DATETIME)
_TYPES = dict.fromkeys((*LEAD_FIELDS, *PAST_FIELDS), ValueType.STR) | _NUMBERS | _INSTANTS


def type_of_target(target: str) -> ValueType | None:
    """The type a field has by itself, where its source names none; None for metadata, which takes any."""
    return _TYPES.get(target)


def unknown_targets(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """A problem and its remedy for every name that is no target."""
    fields = list(known)
    problems = []
    for name in names:
        if name in fields or (name.startswith(METADATA) and all(name.split("."))):
            continue
        near = get_close_matches(name, fields, 1, 0.6)
        hint = f"did you mean {near[0]}?" if near else f"use metadata.{name}, or one of {', '.join(fields)}"
        problems.append(f"{name}: not a field of a lead; {hint}")
    return problems


def nested_clashes(names: Iterable[str]) -> list[str]:
    """A problem for every metadata target that lies inside another one."""
    targets = set(names)
    return [
        f"{name}: lies inside {outer}, which has a value of its own; rename one of the two"
        for name in sorted(targets)
        for outer in sorted(targets)
        if outer.startswith(METADATA) and name.startswith(f"{outer}.")
    ]


def fixed_problem(target: str, value: Value, zone: ZoneInfo) -> str | None:
    """Why a value written in the mapping does not suit its target; None when it does."""
    field = (LEAD_FIELDS | PAST_FIELDS).get(target)
    if field is None:
        return None
    try:
        _adapter(field).validate_python(as_field(target, value, zone))
    except ValueError as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        return f"{value!r} does not suit it: {reason[0].lower()}{reason[1:]}"
    return None


def as_field(target: str, value: Value, zone: ZoneInfo) -> Value:
    """A value in the shape that its target takes: instants in UTC, metadata as JSON has it."""
    if target in _INSTANTS:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return in_zone(value, zone)
        return in_zone(datetime(value.year, value.month, value.day), zone) if isinstance(value, date) else value  # noqa: DTZ001
    if target.startswith(METADATA):
        return value.isoformat() if isinstance(value, date | time) else value
    if _TYPES.get(target) is ValueType.STR and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def put_metadata(metadata: dict[str, Any], target: str, value: Value) -> None:
    """Set metadata.a.b to a value, making the objects on the way."""
    *path, last = target.removeprefix(METADATA).split(".")
    for step in path:
        metadata = metadata.setdefault(step, {})
    metadata[last] = value


def _adapter(field: FieldInfo) -> TypeAdapter[Any]:
    annotation: Any = field.annotation
    return TypeAdapter(Annotated[annotation, *field.metadata] if field.metadata else annotation)
