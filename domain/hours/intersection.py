"""Hours that are open when all of several are: the office's and the customer's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain

from domain.errors import ConfigurationError
from domain.hours.hours import ALWAYS, HORIZON, Hours, never_opens
from domain.hours.interval import Interval


class Intersection(Hours):
    """Open while every one of the parts is."""

    def __init__(self, *parts: Hours) -> None:
        # An intersection in another would look for its own openings, in vain for ten years, before any can be compared.
        self._parts: tuple[Hours, ...] = tuple(chain.from_iterable(map(_parts_of, parts)))

    def after(self, at: datetime) -> Iterator[Interval]:
        """What the parts have in common, in order."""
        last = at
        for starts, ends in self._bounds(at):
            if starts < ends:
                last = ends
                yield Interval(starts, ends)
            elif starts - last > HORIZON:
                raise never_opens("the intersection of these hours")

    def meets(self, at: datetime, within: timedelta) -> bool:
        """True when the parts have something in common at most that long after each of them has opened once."""
        try:
            first: datetime | None = None
            for starts, ends in self._bounds(at):
                if starts < ends:
                    return True
                first = first or starts
                if starts - first > within:
                    return False
        except ConfigurationError:
            return False
        raise AssertionError("open intervals never end")

    def before(self, at: datetime) -> Iterator[Interval]:
        """What the parts have in common, latest first."""
        streams = [part.before(at) for part in self._parts]
        current = [next(stream) for stream in streams]
        last = at
        while True:
            starts, ends = max(one.starts_at for one in current), min(one.ends_at for one in current)
            if starts < ends:
                last = starts
                yield Interval(starts, ends)
            elif last - ends > HORIZON:
                raise never_opens("the intersection of these hours")
            for place, one in enumerate(current):
                if one.starts_at == starts:
                    current[place] = next(streams[place])

    def _bounds(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Latest start and earliest end of what is open next in each part, swapped where they do not meet."""
        streams = [part.after(at) for part in self._parts]
        current = [next(stream) for stream in streams]
        while True:
            starts, ends = max(one.starts_at for one in current), min(one.ends_at for one in current)
            yield starts, ends
            for place, one in enumerate(current):
                if one.ends_at == ends:
                    current[place] = next(streams[place])


def _parts_of(hours: Hours) -> tuple[Hours, ...]:
    return hours._parts if isinstance(hours, Intersection) else (hours,)


def intersection(*parts: Hours) -> Hours:
    """The hours that all parts have in common; the part itself when the others are always open."""
    limiting = [part for part in parts if part is not ALWAYS]
    if not limiting:
        return ALWAYS
    return limiting[0] if len(limiting) == 1 else Intersection(*limiting)
