"""The columns of one file, and how their cells are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar
from zoneinfo import ZoneInfo

from domain.errors import InvalidInputError
from services.mapping.values import Value, ValueType, parser

T = TypeVar("T")

Cells = Sequence[str]
"""One row, as wide as the header."""

Getter = Callable[[Cells], Value | None]
"""From a row to a value; None when it is missing. Raises InvalidInputError for a cell that cannot be read."""


@dataclass(frozen=True)
class Columns:
    """Where each column is, its type, and which texts mean that a cell is missing."""

    index: Mapping[str, int]
    types: Mapping[str, ValueType]
    missing: frozenset[str]
    zone: ZoneInfo

    def type_of(self, column: str) -> ValueType:
        """The type in the mapping's `types` section; text when it is not there."""
        return self.types.get(column, ValueType.STR)

    def text(self, column: str) -> Callable[[Cells], str]:
        """The cell's text without surrounding blanks."""
        position = self.index[column]
        return lambda cells: cells[position].strip()

    def typed(
        self,
        column: str,
        *,
        kind: ValueType | None = None,
        form: str | None = None,
        missing: frozenset[str] | None = None,
    ) -> Getter:
        """The cell as a value of `kind` (default: the type of the column)."""
        text = self.text(column)
        parse = parser(kind or self.type_of(column), form, self.zone)
        nothing = self.missing if missing is None else missing

        def get(cells: Cells) -> Value | None:
            found = text(cells)
            return None if found in nothing else reading(column, parse, found)

        return get

    def unknown(self, names: Iterable[str]) -> list[str]:
        """A problem and its remedy for every name that is no column."""
        return [_unknown(name, self.index) for name in names if name not in self.index]


def reading(where: str, parse: Callable[[str], T], text: str) -> T:
    """parse(text), with its ValueError as an InvalidInputError about `where`."""
    try:
        return parse(text)
    except ValueError as error:
        raise InvalidInputError(where, str(error)) from error


def _unknown(name: str, index: Mapping[str, int]) -> str:
    near = get_close_matches(name, index, 1, 0.6)
    hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(index)}"
    return f"the file has no column {name!r}; {hint}"
