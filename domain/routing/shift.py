"""Shifts and time off: when an agent works."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import InvalidInputError

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A weekly shift in the agent's own time zone: from `starts` until just before `ends`.

    `weekday` is the day it starts on, 0 is Monday. `ends` not after `starts` lies on the next day, so equal times
    are a whole day. Raises InvalidInputError for another weekday or for times that carry a zone.
    """

    weekday: int
    starts: time
    ends: time

    def __post_init__(self) -> None:
        """Refuse what no week has."""
        if not 0 <= self.weekday <= 6:
            raise InvalidInputError("weekday", f"{self.weekday} is no weekday; 0 is Monday, 6 is Sunday")
        if self.starts.tzinfo is not None or self.ends.tzinfo is not None:
            raise InvalidInputError("starts", "a shift is in the agent's own time zone; give times without a zone")

    def covers(self, day: date, zone: ZoneInfo, now: datetime) -> bool:
        """True when the shift, started on that local day, is running at `now`."""
        if day.weekday() != self.weekday:
            return False
        last_day = day if self.ends > self.starts else day + _DAY
        return _instant(day, self.starts, zone) <= now < _instant(last_day, self.ends, zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOff:
    """An absence from `starts_at` until just before `ends_at`. Raises InvalidInputError when it has no duration."""

    starts_at: datetime
    ends_at: datetime
    code: str

    def __post_init__(self) -> None:
        """Refuse an absence that ends before it begins."""
        if self.ends_at <= self.starts_at:
            raise InvalidInputError("ends_at", "the absence has no duration; give an end after starts_at")


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    # In UTC, because two datetimes of one zone are compared by their wall clocks, wrongly when it is changed.
    # A time that occurs twice is its first occurrence, one that is skipped counts from the clock before the change,
    # as in iCalendar (RFC 5545, 3.3.5).
    return datetime.combine(day, at, zone).astimezone(UTC)


def zone_named(name: str) -> ZoneInfo:
    """The time zone of that IANA name; raises InvalidInputError when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInputError("timezone", f"{name!r} is no time zone; give one such as Europe/Madrid") from error


def on_shift(shifts: Sequence[Shift], zone: str, now: datetime) -> bool:
    """True while one of the weekly shifts is running; without shifts always.

    `zone` is an IANA name, `now` an aware instant. A shift runs from instant to instant, so that of a night when
    the clock is changed is longer or shorter. Raises InvalidInputError for an unknown zone.
    """
    if not shifts:
        return True
    place = zone_named(zone)
    today = now.astimezone(place).date()
    return any(shift.covers(day, place, now) for shift in shifts for day in (today - _DAY, today))


def on_leave(time_off: Iterable[TimeOff], now: datetime) -> bool:
    """True during one of the absences."""
    return any(absence.starts_at <= now < absence.ends_at for absence in time_off)
