"""Weekly shifts in words, as people write them: `mon-fri 09:00-17:00`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import time

from domain.errors import InvalidInputError
from domain.routing.shift import Shift

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WORDS = re.compile(r"(?P<first>[a-z]{3})[a-z]*(?:-(?P<last>[a-z]{3})[a-z]*)? +(?P<starts>[\d:]+)-(?P<ends>[\d:]+)")


def parse_shifts(texts: Iterable[str]) -> tuple[Shift, ...]:
    """The shifts of all the texts, from Monday; `fri-mon` goes over the weekend, 24:00 is the end of the day.

    An end not after the start lies on the next day. Raises InvalidInputError for a text that is no shift, and for two
    shifts that begin at the same time.
    """
    shifts: dict[tuple[int, time], Shift] = {}
    for text in texts:
        found = _WORDS.fullmatch(" ".join(text.split()).casefold())
        if found is None:
            raise InvalidInputError("shifts", f"{text!r} is no shift; give one such as 'mon-fri 09:00-17:00'")
        first = _day(found["first"], text)
        last = _day(found["last"] or found["first"], text)
        starts, ends = _time(found["starts"], text), _time(found["ends"], text)
        for step in range((last - first) % 7 + 1):
            shift = Shift(weekday=(first + step) % 7, starts=starts, ends=ends)
            if (shift.weekday, shift.starts) in shifts:
                raise InvalidInputError("shifts", f"two begin on {shift_words([shift])[0][:9]}; leave one of them out")
            shifts[shift.weekday, shift.starts] = shift
    return tuple(shifts[key] for key in sorted(shifts))


def shift_words(shifts: Sequence[Shift]) -> list[str]:
    """A text for each shift; `parse_shifts` reads them back."""
    return [f"{_DAYS[one.weekday]} {one.starts:%H:%M}-{one.ends:%H:%M}" for one in shifts]


def _day(word: str, text: str) -> int:
    if word not in _DAYS:
        raise InvalidInputError("shifts", f"{word!r} in {text!r} is no weekday; give {', '.join(_DAYS)}")
    return _DAYS.index(word)


def _time(word: str, text: str) -> time:
    if word == "24:00":
        return time(0)
    try:
        return time.fromisoformat(word)
    except ValueError as error:
        raise InvalidInputError("shifts", f"{word!r} in {text!r} is no time of day; give one such as 09:00") from error
