"""A timetable: working time that is known by local days, worked out in stretches of four weeks and remembered."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import count

from domain.hours.hours import HORIZON, Hours, never_opens
from domain.hours.interval import Interval
from domain.hours.spans import merged

_DAYS = 28
_LAST_DAY = date.max.toordinal() - 3


@dataclass(frozen=True, slots=True, eq=False)
class Timetable(Hours):
    """`opened_on` gives what begins on a local day: any order, may overlap, ends by the end of the next day."""

    opened_on: Callable[[date], Iterable[Interval]]

    def after(self, at: datetime) -> Iterator[Interval]:
        """The open intervals that end after the instant, in order; cut where a stretch of four weeks ends."""
        last = at.toordinal()
        for stretch in count(last // _DAYS):
            known = _stretch(self, stretch)
            for interval in known[bisect_right(known, at, key=_end) :]:
                last = interval.ends_at.toordinal()
                yield interval
            if stretch * _DAYS - last > HORIZON.days or stretch * _DAYS > _LAST_DAY:
                raise never_opens("the calendar")

    def before(self, at: datetime) -> Iterator[Interval]:
        """The open intervals that start before the instant, latest first; cut as those of `after`."""
        last = at.toordinal()
        for stretch in count(last // _DAYS, -1):
            known = _stretch(self, stretch)
            for interval in reversed(known[: bisect_left(known, at, key=_start)]):
                last = interval.starts_at.toordinal()
                yield interval
            if last - stretch * _DAYS > HORIZON.days or stretch <= 0:
                raise never_opens("the calendar")


@lru_cache(maxsize=4096)
def _stretch(timetable: Timetable, number: int) -> tuple[Interval, ...]:
    first, after = number * _DAYS, (number + 1) * _DAYS
    # What began on an earlier local day may still run: until the end of the next day, in a zone up to fourteen hours
    # off, and a day later where a zone left one out (Samoa, 2011). In the east the local day is one ahead.
    days = map(date.fromordinal, range(max(first - 3, 3), min(after, _LAST_DAY) + 1))
    found = merged(interval for day in days for interval in timetable.opened_on(day))
    start, end = _midnight(first), _midnight(after)
    return merged(Interval(max(one.starts_at, start), min(one.ends_at, end)) for one in found)


def _midnight(ordinal: int) -> datetime:
    return datetime.fromordinal(min(max(ordinal, 1), _LAST_DAY)).replace(tzinfo=UTC)


def _start(interval: Interval) -> datetime:
    return interval.starts_at


def _end(interval: Interval) -> datetime:
    return interval.ends_at
