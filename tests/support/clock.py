"""A clock that a test moves: the real one plus an offset, so that it never stands still and never runs back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class MovableClock:
    """The Clock of every service in a test's world."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self) -> datetime:
        """The world's current instant."""
        return datetime.now(UTC) + self.offset

    def move(self, by: timedelta) -> None:
        """Move the clock ahead."""
        self.offset += by
