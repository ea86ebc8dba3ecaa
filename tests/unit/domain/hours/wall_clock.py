"""When a calendar is open, by looking at the wall clock in every minute; knows nothing of offsets and folds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.hours.calendar import Calendar

MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_REACH = timedelta(days=8)


@lru_cache(maxsize=32)
def _showings(zone: str, around: datetime) -> Mapping[datetime, list[datetime]]:
    """For each wall-clock minute the instants at which a clock in the zone shows it."""
    found: dict[datetime, list[datetime]] = {}
    at, end, place = around - _REACH, around + _REACH, ZoneInfo(zone)
    while at < end:
        found.setdefault(at.astimezone(place).replace(tzinfo=None), []).append(at)
        at += MINUTE
    return found


@dataclass(frozen=True, slots=True)
class OpenMinutes:
    """The open minutes within four days of `around`."""

    opened: frozenset[datetime]
    first: datetime
    last: datetime

    def add(self, at: datetime, minutes: int) -> datetime | None:
        """Counted one by one; None when that goes beyond what is known."""
        while minutes and at < self.last:
            minutes -= at in self.opened
            at += MINUTE
        return None if minutes else at

    def subtract(self, at: datetime, minutes: int) -> datetime | None:
        """Counted one by one; None when that goes beyond what is known."""
        while minutes and at > self.first:
            at -= MINUTE
            minutes -= at in self.opened
        return None if minutes else at

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Counted."""
        return sum(start <= minute < end for minute in self.opened) * MINUTE

    def next(self, at: datetime, *, is_open: bool) -> datetime | None:
        """The first minute from `at` on that is open, or that is not; None beyond what is known."""
        while at < self.last:
            if (at in self.opened) is is_open:
                return at
            at += MINUTE
        return None


def open_minutes(calendar: Calendar, around: datetime) -> OpenMinutes:
    """By the written hours of each local day near `around`, a whole minute in UTC."""
    shown = _showings(calendar.time_zone, around)
    first, last = around - 4 * _DAY, around + 4 * _DAY
    opened: set[datetime] = set()
    for number in range(-6, 7):
        day = around.astimezone(ZoneInfo(calendar.time_zone)).date() + number * _DAY
        for text in _written(calendar, day):
            starts, ends = (_minutes(part) for part in text.split("-"))
            midnight = datetime.combine(day, time())
            start = _instant(midnight + starts * MINUTE, shown)[0]
            closing = midnight + (ends if ends > starts else ends + 24 * 60) * MINUTE
            end = _instant(closing, shown)[0 if ends % (24 * 60) == 0 else -1]
            while start < end:
                opened.add(start)
                start += MINUTE
    return OpenMinutes(frozenset(one for one in opened if first <= one < last), first, last)


def _written(calendar: Calendar, day: date) -> tuple[str, ...]:
    if day in calendar.dates:
        return calendar.dates[day]
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return dict(calendar.weekly).get(names[day.weekday()], ())  # type: ignore[call-overload,no-any-return]


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _instant(wall: datetime, shown: Mapping[datetime, list[datetime]]) -> list[datetime]:
    """The instants of that time; of one that is skipped, as long after the last one shown as it is later."""
    shift = timedelta()
    while wall - shift not in shown:
        shift += MINUTE
    return [at + shift for at in shown[wall - shift]] if not shift else [shown[wall - shift][-1] + shift]
