"""Licences: in which state an agent may sell, which line, and from when until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from domain.errors import InvalidInputError

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """One entry of an agent's ledger. `line` None is every line; both days count; `valid_to` None is open-ended.

    Raises InvalidInputError when the last day lies before the first.
    """

    state: str
    line: str | None
    number: str
    valid_from: date
    valid_to: date | None

    def __post_init__(self) -> None:
        """Refuse a licence that is valid on no day."""
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise InvalidInputError(
                "valid_to", f"{self.valid_to} lies before valid_from {self.valid_from}; give a later day or none"
            )

    def covers(self, state: str, line: str | None, on: date) -> bool:
        """True when the licence is valid on the day for that state and line (None: for every line)."""
        return (
            self.state == state
            and self.line in (None, line)
            and self.valid_from <= on
            and (self.valid_to is None or on <= self.valid_to)
        )


def licence_from_plain(values: Sequence[Any]) -> Licence:
    """A licence from plain JSON: state, line, number, and the first and the last day as ISO text.

    Raises TypeError or ValueError for what is no such list, InvalidInputError as Licence does.
    """
    state, line, number, valid_from, valid_to = values
    return Licence(
        state=state,
        line=line,
        number=number,
        valid_from=date.fromisoformat(valid_from),
        valid_to=date.fromisoformat(valid_to) if valid_to else None,
    )


def licensed(licences: Iterable[Licence], state: str, line: str | None, on: date) -> bool:
    """True when any of the licences is valid on the day for that state and line."""
    return any(licence.covers(state, line, on) for licence in licences)


def expiring(licences: Iterable[Licence], on: date, within_days: int = 30) -> tuple[Licence, ...]:
    """Licences valid on the day that end within so many days of it, the first to end first.

    One that another licence continues on the day after its last is renewed and not among them.
    """
    ledger = tuple(licences)
    until = on + timedelta(days=within_days)
    ending = [
        (licence.valid_to, licence.state, licence.number, licence)
        for licence in ledger
        if licence.valid_to is not None
        and licence.valid_from <= on <= licence.valid_to <= until
        and not licensed(ledger, licence.state, licence.line, licence.valid_to + _DAY)
    ]
    return tuple(licence for *_, licence in sorted(ending, key=lambda entry: entry[:3]))
