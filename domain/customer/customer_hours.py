"""When a customer may be called, as hours that a window can run on."""

from __future__ import annotations

from functools import lru_cache

from domain.customer.calling_hours import CallingHours
from domain.customer.calling_week import calling_intervals
from domain.customer.zone import CustomerZone
from domain.hours.calendar import Calendar
from domain.hours.fallback import NEVER
from domain.hours.hours import ALWAYS, Hours
from domain.hours.intersection import intersection


def customer_hours(zone: CustomerZone, hours: CallingHours, state: str | None) -> Hours:
    """The hours in which the policy lets that customer be called: by the clocks of all places where that may be."""
    week = calling_intervals(zone, hours, state)
    if week is None:
        return ALWAYS
    return _hours(week.zones, tuple(week.weekly.items())) if any(week.weekly.values()) else NEVER


@lru_cache(maxsize=1024)
def _hours(zones: tuple[str, ...], weekly: tuple[tuple[str, tuple[str, ...]], ...]) -> Hours:
    return intersection(*(Calendar.model_validate({"time_zone": zone, "weekly": dict(weekly)}) for zone in zones))
