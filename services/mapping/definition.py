"""The mapping as it is written: types, what counts as missing, targets and their sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator
from pydantic_core import ErrorDetails

from services.mapping.bound import BoundMapping
from services.mapping.columns import Columns
from services.mapping.errors import MappingError
from services.mapping.sources import KINDS, Source, Texts
from services.mapping.targets import (
    LEAD_FIELDS,
    PAST_FIELDS,
    REQUIRED_LEAD,
    REQUIRED_PAST,
    fixed_problem,
    nested_clashes,
    type_of_target,
    unknown_targets,
)
from services.mapping.values import ValueType
from services.mapping.yaml_document import parse_document


class FileFormat(BaseModel):
    """How the file is written. `delimiter` None: found out from the header."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoding: str = "utf-8-sig"
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1, pattern=r'^[^"\r\n]$')] | None = None

    @field_validator("encoding")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            "".encode(name)
        except LookupError as error:
            raise ValueError(f"{name!r} is not an encoding; use one such as utf-8-sig, cp1252 or utf-16") from error
        return name


class LeadMapping(BaseModel):
    """How rows become leads: `lead` always counts, `history` only when the leads' lives are over.

    A target in `history` replaces the same target in `lead`. What was known only after the customer had been
    contacted belongs into `history`, so that it never becomes a feature of a new lead.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: FileFormat = FileFormat()
    timezone: str = "UTC"
    types: dict[str, ValueType] = Field(default_factory=dict)
    missing: Texts = ("",)
    lead: dict[str, Source]
    history: dict[str, Source] | None = None

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is not a time zone; use one such as Europe/Berlin") from error
        return name

    def read_as(self, *, encoding: str | None = None, delimiter: str | None = None) -> LeadMapping:
        """The same mapping for a file that is written in another way; raises MappingError. None changes nothing."""
        given = {"encoding": encoding, "delimiter": delimiter}
        changed = self.file.model_dump() | {name: value for name, value in given.items() if value is not None}
        try:
            return self.model_copy(update={"file": FileFormat.model_validate(changed)})
        except ValidationError as error:
            raise MappingError(_told(detail) for detail in error.errors()) from error

    def targets(self, *, history: bool) -> dict[str, Source]:
        """The targets of one kind of import, with their sources."""
        return self.lead | (self.history or {}) if history else dict(self.lead)

    def columns(self, *, history: bool) -> frozenset[str]:
        """Every column that one kind of import reads."""
        return frozenset(name for source in self.targets(history=history).values() for name in source.needs())

    def bind(self, header: Sequence[str], *, history: bool = False) -> BoundMapping:
        """Check everything against a file's header; raises MappingError that names each problem."""
        zone = ZoneInfo(self.timezone)
        targets = self.targets(history=history)
        columns = Columns(
            index={name: position for position, name in enumerate(header) if name},
            types=self.types,
            missing=frozenset(self.missing),
            zone=zone,
        )
        problems = self._target_problems(history=history)
        for target, source in targets.items():
            key = f"{'history' if history and target in (self.history or {}) else 'lead'}.{target}"
            lost = columns.unknown(source.needs())
            if len(lost) == 1 and source.needs() and isinstance(source, KINDS["column"]):
                lost = [f"{lost[0]} (for a fixed value write {{constant: …}})"]
            problems += [f"{key}: {problem}" for problem in lost]
            kind = type_of_target(target)
            if not lost and (problem := source.problem(columns, kind)) is not None:
                problems.append(f"{key}: {problem}")
            found = (fixed_problem(target, value, zone) for value in source.fixed())
            problems += [f"{key}: {problem}" for problem in found if problem is not None]
        problems += [f"types.{problem}" for problem in self._stray_types(columns)]
        if problems:
            raise MappingError(problems)
        return BoundMapping(
            getters={name: source.bind(columns, type_of_target(name)) for name, source in targets.items()},
            needs={name: source.needs() for name, source in targets.items()},
            zone=zone,
            history=history,
        )

    def _target_problems(self, *, history: bool) -> list[str]:
        problems = [f"lead.{problem}" for problem in unknown_targets(self.lead, LEAD_FIELDS)]
        over = self.history or {}
        problems += [f"history.{problem}" for problem in unknown_targets(over, [*PAST_FIELDS, *LEAD_FIELDS])]
        targets = self.targets(history=history)
        problems += nested_clashes(targets)
        if history and self.history is None:
            return [*problems, "history: the mapping has no such section; add it with result and closed_at"]
        required = (*REQUIRED_LEAD, *REQUIRED_PAST) if history else REQUIRED_LEAD
        problems += [f"{name}: has no source; {_ADVICE[name]}" for name in required if name not in targets]
        return problems

    def _stray_types(self, columns: Columns) -> list[str]:
        # A type for a column that only the other kind of import reads is no mistake: the file has the column.
        return [f"{name}: {problem}" for name in self.types for problem in columns.unknown([name])]


_ADVICE = {
    "source": "add it, for example source: {constant: website}",
    "external_id": "name the column with the row's own id, or {fingerprint: [Column, …]} over cells that tell "
    "rows apart",
    "result": "add it to history, for example {column: Sold, map: {'1': won, '0': lost}}",
    "closed_at": "add it to history, with the column of the date on which it ended",
}


def load_mapping(path: Path) -> LeadMapping:
    """Read a mapping from a YAML file; raises MappingError with every problem that its text alone shows."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise MappingError([f"{path}: {error.strerror}; give the path of a mapping"]) from error
    except UnicodeDecodeError as error:
        raise MappingError([f"{path}: not UTF-8; save it as UTF-8"]) from error
    return parse_mapping(text, str(path))


def parse_mapping(text: str, name: str = "mapping") -> LeadMapping:
    """A mapping from YAML text; raises MappingError, each problem beginning with `name`."""
    document = parse_document(text, name)
    try:
        return LeadMapping.model_validate(document)
    except ValidationError as error:
        raise MappingError(f"{name}: {_told(detail)}" for detail in error.errors()) from error


def _told(detail: ErrorDetails) -> str:
    """One problem of pydantic's in the words of the mapping."""
    loc, kind = [str(part) for part in detail["loc"]], None
    if len(loc) > 2 and loc[0] in {"lead", "history"}:
        # The third part names the kind of source that was tried; no one wrote it.
        kind = KINDS.get(loc.pop(2))
    where = ".".join(loc)
    if detail["type"] == "extra_forbidden":
        known: Iterable[str] = kind.model_fields if kind else _fields_at(loc[:-1])
        near = get_close_matches(loc[-1], list(known), 1, 0.6)
        return f"{where}: unknown key; " + (f"did you mean {near[0]}?" if near else f"possible are {', '.join(known)}")
    if detail["type"] == "missing":
        return f"{where}: missing; add it"
    if where == "types" or where.startswith("types."):
        return f"{where}: {detail['input']!r} is not a type; use one of {', '.join(ValueType)}"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{where}: {message[0].lower()}{message[1:]}"


def _fields_at(path: Sequence[str]) -> Mapping[str, object]:
    return FileFormat.model_fields if list(path) == ["file"] else LeadMapping.model_fields
