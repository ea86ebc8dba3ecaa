"""When "later" is: the instants that a person picks with one tap, in that person's time zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from console.local_time import zone_of

LATER: Mapping[str, str] = {
    "15m": "In 15 minutes",
    "1h": "In an hour",
    "3h": "In three hours",
    "tomorrow": "Tomorrow at 9",
    "monday": "On Monday at 9",
}
"""Label of each choice."""

_AHEAD: Mapping[str, timedelta] = {"15m": timedelta(minutes=15), "1h": timedelta(hours=1), "3h": timedelta(hours=3)}
_MORNING = time(9)
_MONDAY = 0


def instant_of(choice: str, zone: str, *, now: datetime) -> datetime:
    """The instant behind a choice of LATER; Monday is never today."""
    if choice in _AHEAD:
        return now + _AHEAD[choice]
    local = now.astimezone(zone_of(zone))
    days = 1 if choice == "tomorrow" else (_MONDAY - local.weekday() - 1) % 7 + 1
    return datetime.combine(local.date() + timedelta(days=days), _MORNING, local.tzinfo)
