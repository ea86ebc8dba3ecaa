"""An agent's working time: the weekly shifts without the time off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.hours.hours import ALWAYS, Hours
from domain.hours.intersection import intersection
from domain.hours.interval import Interval
from domain.hours.outside import Outside
from domain.hours.timetable import Timetable
from domain.routing.shift import Shift, TimeOff, zone_named


def shift_hours(shifts: Sequence[Shift], zone: str, time_off: Iterable[TimeOff] = ()) -> Hours:
    """The hours in which `on_shift` is true and `on_leave` is not; without shifts and time off always.

    Raises InvalidInputError for an unknown zone.
    """
    weekly = _weekly(tuple(shifts), zone) if shifts else ALWAYS
    absences = [Interval(one.starts_at.astimezone(UTC), one.ends_at.astimezone(UTC)) for one in time_off]
    return intersection(weekly, Outside(absences)) if absences else weekly


@lru_cache(maxsize=4096)
def _weekly(shifts: tuple[Shift, ...], zone: str) -> Timetable:
    place = zone_named(zone)

    def opened_on(day: date) -> Iterator[Interval]:
        for shift in shifts:
            if shift.weekday == day.weekday():
                last = day if shift.ends > shift.starts else day + timedelta(days=1)
                yield Interval(_instant(day, shift.starts, place), _instant(last, shift.ends, place))

    return Timetable(opened_on)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    # As `Shift.covers` reads the clock: a time that occurs twice is its first occurrence, at the end of a shift too.
    return datetime.combine(day, at, zone).astimezone(UTC)
