"""Hours that are open when all of several are: the office's and the customer's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from domain.hours.hours import ALWAYS, HORIZON, Hours, never_opens
from domain.hours.interval import Interval


class Intersection(Hours):
    """Open while every one of the parts is."""

    def __init__(self, *parts: Hours) -> None:
        self._parts = parts

    def after(self, at: datetime) -> Iterator[Interval]:
        """What the parts have in common, in order."""
        streams = [part.after(at) for part in self._parts]
        current = [next(stream) for stream in streams]
        last = at
        while True:
            starts, ends = max(one.starts_at for one in current), min(one.ends_at for one in current)
            if starts < ends:
                last = ends
                yield Interval(starts, ends)
            elif starts - last > HORIZON:
                raise never_opens("the intersection of these hours")
            for place, one in enumerate(current):
                if one.ends_at == ends:
                    current[place] = next(streams[place])

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


def intersection(*parts: Hours) -> Hours:
    """The hours that all parts have in common; the part itself when the others are always open."""
    limiting = [part for part in parts if part is not ALWAYS]
    if not limiting:
        return ALWAYS
    return limiting[0] if len(limiting) == 1 else Intersection(*limiting)
