"""A stretch of time, cut at the full hours of a time zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalHour:
    """A part of one hour of one local day. `length` is in hours, 0 < length <= 1."""

    starts_at: datetime
    day: date
    hour: int
    length: float


def local_hours(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[LocalHour]:
    """The hours from `start` to `end`, both aware; the first and the last may be parts of an hour.

    An hour that a clock change repeats comes twice, one that it leaves out does not come.
    """
    at = start.astimezone(UTC)
    while at < end:
        local = at.astimezone(zone)
        passed = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        until = min(end.astimezone(UTC), at + _HOUR - passed)
        yield LocalHour(starts_at=at, day=local.date(), hour=local.hour, length=(until - at) / _HOUR)
        at = until
