"""Working time as a sequence of open intervals, and everything that is computed on it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from domain.errors import ConfigurationError, InvalidInputError
from domain.hours.interval import Interval

HORIZON = timedelta(days=3660)
"""Hours that do not open within that time never do."""

_NO_TIME = timedelta()
_ENDLESS = timedelta(days=366)


class Hours(ABC):
    """When work is done. Instants go in aware and come out in UTC; a naive one raises InvalidInputError.

    Nothing here runs second by second: an operation looks at as many intervals as it spans.
    """

    @abstractmethod
    def after(self, at: datetime) -> Iterator[Interval]:
        """The open intervals that end after the instant, in order; they may touch and never overlap.

        Raises ConfigurationError when none opens within ten years of the one before.
        """

    @abstractmethod
    def before(self, at: datetime) -> Iterator[Interval]:
        """The open intervals that start before the instant, latest first. Raises as `after` does."""

    def is_open(self, at: datetime) -> bool:
        """True from an opening until just before the closing."""
        at = _utc(at)
        return next(self.after(at)).starts_at <= at

    def next_open(self, at: datetime) -> datetime:
        """The instant itself while it is open, else the next opening."""
        at = _utc(at)
        return max(at, next(self.after(at)).starts_at)

    def next_close(self, at: datetime) -> datetime | None:
        """The first closing after the instant; None when it is open for more than a year."""
        ends_at: datetime | None = None
        for interval in self.after(_utc(at)):
            if ends_at is not None and interval.starts_at > ends_at:
                return ends_at
            ends_at = interval.ends_at
            if ends_at - at > _ENDLESS:
                return None
        return ends_at

    def add(self, at: datetime, amount: timedelta) -> datetime:
        """When that much working time after the instant is over.

        Time that is used up exactly at a closing ends there, not at the next opening; none leaves the instant as it
        is, also while it is closed. A negative amount is subtracted.
        """
        at = _utc(at)
        if amount <= _NO_TIME:
            return self.subtract(at, -amount) if amount else at
        for interval in self.after(at):
            begins = max(at, interval.starts_at)
            room = interval.ends_at - begins
            if amount <= room:
                return begins + amount
            amount -= room
        raise AssertionError("open intervals never end")

    def subtract(self, at: datetime, amount: timedelta) -> datetime:
        """When that much working time before the instant began; used up exactly at an opening it is the opening."""
        at = _utc(at)
        if amount <= _NO_TIME:
            return self.add(at, -amount) if amount else at
        for interval in self.before(at):
            ends = min(at, interval.ends_at)
            room = ends - interval.starts_at
            if amount <= room:
                return ends - amount
            amount -= room
        raise AssertionError("open intervals never end")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from one instant to the other; negative when the second is the earlier one."""
        start, end = _utc(start), _utc(end)
        if end < start:
            return -self.between(end, start)
        total = _NO_TIME
        for interval in self.after(start):
            if interval.starts_at >= end:
                break
            total += min(end, interval.ends_at) - max(start, interval.starts_at)
        return total


class Always(Hours):
    """Open round the clock, for ever."""

    def after(self, at: datetime) -> Iterator[Interval]:
        """One interval after the other, each a day long."""
        while True:
            yield Interval(at, at + timedelta(days=1))
            at += timedelta(days=1)

    def before(self, at: datetime) -> Iterator[Interval]:
        """The same backwards."""
        while True:
            yield Interval(at - timedelta(days=1), at)
            at -= timedelta(days=1)

    def is_open(self, at: datetime) -> bool:
        """Always."""
        return True

    def next_open(self, at: datetime) -> datetime:
        """Now."""
        return _utc(at)

    def next_close(self, at: datetime) -> datetime | None:
        """Never."""
        return None

    def add(self, at: datetime, amount: timedelta) -> datetime:
        """Plain time."""
        return _utc(at) + amount

    def subtract(self, at: datetime, amount: timedelta) -> datetime:
        """Plain time."""
        return _utc(at) - amount

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Plain time."""
        return _utc(end) - _utc(start)


ALWAYS: Hours = Always()


def never_opens(what: str) -> ConfigurationError:
    """The error for hours that never open."""
    return ConfigurationError(f"{what} never opens within ten years; give it open hours")


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise InvalidInputError("at", f"{at.isoformat()} has no time zone; give an aware instant")
    return at.astimezone(UTC)
