"""The open hours of a day as people write them: "09:00-12:30"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.hours.interval import Interval

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", flags=re.ASCII)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From a time of day until another; one that is not later lies on the next day, 24:00 is its midnight."""

    starts: time
    ends: time
    next_day: bool

    def on(self, day: date, zone: ZoneInfo) -> Interval:
        """The span of that local day; without duration when a changed clock leaves nothing of it.

        A time that the clock skips counts from the clock before the change: 02:30 is then 03:30. One that comes twice
        begins with the first and ends with the second, so that a whole day has its 23 or 25 hours.
        """
        last = day + _DAY if self.next_day else day
        starts_at = _instant(day, self.starts, zone, fold=0)
        # Where midnight comes twice (Havana), the second is an hour into the next day, which may be closed.
        folds = (0, 1) if self.ends > time() else (0,)
        ends_at = max(_instant(last, self.ends, zone, fold=fold) for fold in folds)
        return Interval(starts_at, ends_at)


@lru_cache(maxsize=1024)
def span(text: str) -> Span:
    """The span that is written so; raises ValueError for anything else."""
    found = _SPAN.fullmatch(text)
    if found is None or (found[3] == "24" and found[4] != "00"):
        raise ValueError(f"{text!r} are no hours; write them as 09:00-17:30, until 24:00 at most, or past midnight")
    starts = time(int(found[1]), int(found[2]))
    ends = time(int(found[3]) % 24, int(found[4]))
    return Span(starts, ends, next_day=ends <= starts)


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same time in order, with those that touch or overlap made one; those without duration are left out."""
    found: list[Interval] = []
    for one in sorted(intervals, key=lambda interval: interval.starts_at):
        if one.ends_at <= one.starts_at:
            continue
        if found and one.starts_at <= found[-1].ends_at:
            found[-1] = Interval(found[-1].starts_at, max(found[-1].ends_at, one.ends_at))
        else:
            found.append(one)
    return tuple(found)


def _instant(day: date, at: time, zone: ZoneInfo, *, fold: int) -> datetime:
    return datetime.combine(day, at, zone).replace(fold=fold).astimezone(UTC)
