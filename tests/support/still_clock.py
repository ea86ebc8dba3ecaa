"""A clock that stands still until it is moved, so that the same steps give the same instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_BEGINNING = datetime(2030, 3, 4, 9, tzinfo=UTC)


class StillClock:
    """The Clock of every service in a test that has to be repeatable to the microsecond."""

    def __init__(self) -> None:
        self._now = _BEGINNING

    def now(self) -> datetime:
        """The instant it was moved to last."""
        return self._now

    def move(self, by: timedelta) -> None:
        """Move the clock ahead."""
        assert by >= timedelta(0), "time does not run back"
        self._now += by
