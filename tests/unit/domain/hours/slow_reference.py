"""The same questions answered minute by minute, in the plainest way that can be right."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.hours.calendar import Calendar

MINUTE = timedelta(minutes=1)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def open_at(calendar: Calendar, at: datetime) -> bool:
    """Whether a span of that local day, or one of the day before that runs past midnight, holds the minute.

    By wall clock; calendars with spans that begin or end where a clock is changed are not for this reference.
    """
    local = at.astimezone(ZoneInfo(calendar.time_zone))
    for back in (0, 1):
        day = local.date() - timedelta(days=back)
        spans = calendar.dates.get(day)
        if spans is None:
            closed = calendar.holidays is not None and day in calendar.holidays.of(day.year)
            spans = () if closed else calendar.weekly.get(_DAYS[day.weekday()], ())  # type: ignore[call-overload]
        for text in spans:
            starts, ends = (time.fromisoformat(part.replace("24:00", "00:00")) for part in text.split("-"))
            wall = local.time()
            if back == 0 and (starts <= wall and (wall < ends or ends <= starts)):
                return True
            if back == 1 and ends <= starts and wall < ends:
                return True
    return False


def add(calendar: Calendar, at: datetime, minutes: int) -> datetime:
    """Minute by minute forward."""
    at = at.astimezone(UTC)
    while minutes:
        minutes -= open_at(calendar, at)
        at += MINUTE
    return at


def subtract(calendar: Calendar, at: datetime, minutes: int) -> datetime:
    """Minute by minute back."""
    at = at.astimezone(UTC)
    while minutes:
        at -= MINUTE
        minutes -= open_at(calendar, at)
    return at


def between(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Open minutes counted one by one."""
    count = 0
    while start < end:
        count += open_at(calendar, start)
        start += MINUTE
    return count
