"""Where a target's value comes from: a column, a constant, a template, a duration, a fingerprint."""

from __future__ import annotations

import hashlib
import json
import math
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    PrivateAttr,
    Tag,
    model_validator,
)

from domain.errors import InvalidInputError
from services.mapping.columns import Cells, Columns, Getter, reading
from services.mapping.template import Template
from services.mapping.values import Value, ValueType, format_problem, minutes_between, parser


def _scalar(value: object) -> object:
    if isinstance(value, bool | int | str | date) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise ValueError("write one value: a text, a number, true or false, or a date")


def _scalar_or_none(value: object) -> object:
    return None if value is None else _scalar(value)


Scalar = Annotated[bool | int | float | str | date, PlainValidator(_scalar)]
OptionalScalar = Annotated[bool | int | float | str | date | None, PlainValidator(_scalar_or_none)]


def _as_written(value: object) -> object:
    if isinstance(value, bool | float | date) or value is None:
        raise ValueError("YAML reads this as a value of its own; put it in quotes")
    return str(value) if isinstance(value, int) else value


Texts = tuple[Annotated[str, BeforeValidator(_as_written)], ...]


class _Source(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def needs(self) -> Sequence[str]:
        """The columns that must be in the file."""
        return ()

    def fixed(self) -> Iterable[Value]:
        """Values the mapping itself supplies; they are checked before any row is read."""
        return ()

    def problem(self, columns: Columns, target_type: ValueType | None) -> str | None:
        """What cannot work with this file, though all columns are there; None when all is well."""
        return None

    @abstractmethod
    def bind(self, columns: Columns, target_type: ValueType | None) -> Getter:
        """The getter for rows of this file; `target_type` is used where the mapping names no type."""


class ConstantSource(_Source):
    """The same value in every row."""

    constant: Scalar

    def fixed(self) -> Iterable[Value]:
        return (self.constant,)

    def bind(self, columns: Columns, target_type: ValueType | None) -> Getter:
        value = self.constant
        return lambda cells: value


class ColumnSource(_Source):
    """One column, optionally translated by a map or read as a type."""

    column: str
    type: ValueType | None = None
    format: str | None = None
    missing: Texts | None = None
    map: dict[str, OptionalScalar] | None = None
    default: OptionalScalar = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_reading(self) -> ColumnSource:
        if self.map is not None and (self.type is not None or self.format is not None):
            raise ValueError("map gives its values as they are written; remove type and format, or the map")
        return self

    def needs(self) -> Sequence[str]:
        return (self.column,)

    def fixed(self) -> Iterable[Value]:
        return [value for value in (*(self.map or {}).values(), self.default) if value is not None]

    def problem(self, columns: Columns, target_type: ValueType | None) -> str | None:
        kind = self.type or target_type or columns.type_of(self.column)
        return format_problem(self.format, kind) if self.format is not None else None

    def bind(self, columns: Columns, target_type: ValueType | None) -> Getter:
        missing = None if self.missing is None else frozenset(self.missing)
        default = self.default
        if self.map is not None:
            return self._translate(columns, columns.missing if missing is None else missing, self.map)
        kind = self.type or target_type or columns.type_of(self.column)
        read = columns.typed(self.column, kind=kind, form=self.format, missing=missing)

        def get(cells: Cells) -> Value | None:
            value = read(cells)
            return default if value is None else value

        return get

    def _translate(self, columns: Columns, missing: frozenset[str], table: dict[str, OptionalScalar]) -> Getter:
        text = columns.text(self.column)
        column, default = self.column, self.default
        otherwise = "default" in self.model_fields_set

        def get(cells: Cells) -> Value | None:
            found = text(cells)
            if found in table:
                return table[found]
            if found in missing or otherwise:
                return default
            raise InvalidInputError(column, f"{found!r} is not in the map; add it there, or set a default")

        return get


class TemplateSource(_Source):
    """A text put together from several columns; missing when one of them is."""

    template: str
    type: ValueType | None = None
    format: str | None = None
    _parsed: Template = PrivateAttr()

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"template": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _parse(self) -> TemplateSource:
        self._parsed = Template.parse(self.template)
        return self

    def needs(self) -> Sequence[str]:
        return self._parsed.columns

    def problem(self, columns: Columns, target_type: ValueType | None) -> str | None:
        kind = self.type or target_type or ValueType.STR
        if self.format is not None and (wrong := format_problem(self.format, kind)) is not None:
            return wrong
        return self._parsed.problem(columns.type_of)

    def bind(self, columns: Columns, target_type: ValueType | None) -> Getter:
        template = self._parsed
        getters = {column: columns.typed(column) for column in template.columns}
        parse = parser(self.type or target_type or ValueType.STR, self.format, columns.zone)

        def get(cells: Cells) -> Value | None:
            text = template.render(lambda column: getters[column](cells))
            return None if text is None else reading(" and ".join(getters), parse, text)

        return get


class MinutesBetween(_Source):
    """Minutes from one column's time to another's; missing when one of them is."""

    minutes_between: tuple[str, str]
    format: str | None = None

    def needs(self) -> Sequence[str]:
        return self.minutes_between

    def problem(self, columns: Columns, target_type: ValueType | None) -> str | None:
        return format_problem(self.format, None) if self.format is not None else None

    def bind(self, columns: Columns, target_type: ValueType | None) -> Getter:
        start, end = (columns.text(column) for column in self.minutes_between)
        where, form, zone, missing = " and ".join(self.minutes_between), self.format, columns.zone, columns.missing

        def get(cells: Cells) -> Value | None:
            first, last = start(cells), end(cells)
            if first in missing or last in missing:
                return None
            return reading(where, lambda text: minutes_between(first, text, form, zone), last)

        return get


class Fingerprint(_Source):
    """A text that is the same for the same cells: an id for files that have none."""

    fingerprint: Annotated[tuple[str, ...], Field(min_length=1)]

    def needs(self) -> Sequence[str]:
        return self.fingerprint

    def bind(self, columns: Columns, target_type: ValueType | None) -> Getter:
        texts = [columns.text(column) for column in self.fingerprint]

        def get(cells: Cells) -> Value | None:
            found = [text(cells) for text in texts]
            if not any(found):
                return None
            return hashlib.sha256(json.dumps(found).encode("utf-8", "surrogateescape")).hexdigest()[:32]

        return get


KINDS: dict[str, type[_Source]] = {
    "column": ColumnSource,
    "constant": ConstantSource,
    "template": TemplateSource,
    "minutes_between": MinutesBetween,
    "fingerprint": Fingerprint,
}
"""Every kind of source by the key that makes it one."""


def _kind(value: Any) -> str | None:
    if isinstance(value, str):
        return "template" if "{" in value else "column"
    if isinstance(value, dict):
        found = [kind for kind in KINDS if kind in value]
        return found[0] if len(found) == 1 else None
    return next((kind for kind, model in KINDS.items() if isinstance(value, model)), None)


Source = Annotated[
    Annotated[ColumnSource, Tag("column")]
    | Annotated[ConstantSource, Tag("constant")]
    | Annotated[TemplateSource, Tag("template")]
    | Annotated[MinutesBetween, Tag("minutes_between")]
    | Annotated[Fingerprint, Tag("fingerprint")],
    Discriminator(
        _kind,
        custom_error_type="source",
        custom_error_message=(
            "names no source, or several; give exactly one of column, constant, template, minutes_between, "
            "fingerprint (and put templates, and words like On or No, in quotes)"
        ),
    ),
]
"""A source as written in the mapping; a text alone is a column, or a template when it has braces."""
