"""Templates: text with {Column} and {Column:format}, and nothing else.

Column names are looked up as they stand and never evaluated, so a template cannot reach attributes or items.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from string import Formatter

from services.mapping.values import SAMPLES, Value, ValueType

_TOO_WIDE = re.compile(r"\d{4,}")


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: pieces of (literal text, column or None, format specification)."""

    text: str
    pieces: tuple[tuple[str, str | None, str], ...]

    @classmethod
    def parse(cls, text: str) -> Template:
        """Parse; raises ValueError that says what is wrong and how to write it."""
        try:
            parsed = list(Formatter().parse(text))
        except ValueError as error:
            raise ValueError(f"{text!r}: {error}; write {{Column}}, and {{{{ or }}}} for a brace") from error
        pieces = []
        for literal, column, spec, conversion in parsed:
            if conversion is not None:
                raise ValueError(f"{text!r}: !{conversion} is not possible; write {{Column}} or {{Column:format}}")
            if column == "":
                raise ValueError(f"{text!r}: empty braces; name a column, as in {{Column}}")
            if spec and ("{" in spec or _TOO_WIDE.search(spec)):
                raise ValueError(f"{text!r}: format {spec!r} is not possible; use a fixed width below 1000")
            pieces.append((literal, column, spec or ""))
        if not any(column is not None for _, column, _ in pieces):
            raise ValueError(f"{text!r}: names no column; use {{constant: …}} for a fixed value")
        return cls(text, tuple(pieces))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it names, in order."""
        return tuple(column for _, column, _ in self.pieces if column is not None)

    def problem(self, type_of: Callable[[str], ValueType]) -> str | None:
        """Why a format specification does not suit its column's type; None when all do."""
        for _, column, spec in self.pieces:
            if column is None or not spec:
                continue
            kind = type_of(column)
            try:
                format(SAMPLES[kind], spec)
            except (ValueError, TypeError):
                return (
                    f"{{{column}:{spec}}} does not suit column {column!r}, which is {kind}; "
                    f"set its type, as in `types: {{{column}: int}}`"
                )
        return None

    def render(self, value_of: Callable[[str], Value | None]) -> str | None:
        """The text for one row; None when a column that it names is missing there."""
        parts: list[str] = []
        for literal, column, spec in self.pieces:
            parts.append(literal)
            if column is not None:
                value = value_of(column)
                if value is None:
                    return None
                parts.append(format(value, spec))
        return "".join(parts)
