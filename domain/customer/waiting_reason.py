"""The sentence that tells an agent why a customer may not be called yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.customer.calling_hours import CallingHours
from domain.customer.calling_week import CallingWeek, Opening, calling_intervals
from domain.customer.zone import CustomerZone
from domain.routing.shift import zone_named


def waiting_reason(*, zone: CustomerZone, hours: CallingHours, state: str | None, now: datetime) -> str | None:
    """`It is 06:12 at the customer's place (Phoenix time); calls from 08:00.`; None while calls are allowed.

    Where several zones are possible the earliest and the latest clock are told, and by which one calls begin.
    `now` is an aware instant; `zone`, `hours` and `state` are as for `calling_intervals`.
    """
    week = calling_intervals(zone, hours, state)
    if week is None or week.allows(now):
        return None
    place = "at the customer's place" if zone.zones else "where the customer may be (place unknown)"
    return f"It is {_clocks(week, now, place)}; {_calls_from(week, now)}."


def _clocks(week: CallingWeek, now: datetime, place: str) -> str:
    locals_ = {zone: now.astimezone(zone_named(zone)) for zone in week.zones}
    wall = {zone: local.replace(tzinfo=None) for zone, local in locals_.items()}
    first, last = min(week.zones, key=wall.__getitem__), max(week.zones, key=wall.__getitem__)
    if wall[first] == wall[last]:
        return f"{wall[first]:%H:%M} {place} ({_city(first)} time)"
    return f"{wall[first]:%H:%M} ({_city(first)} time) to {wall[last]:%H:%M} ({_city(last)} time) {place}"


def _calls_from(week: CallingWeek, now: datetime) -> str:
    opening = week.next_opening(now)
    if opening is None:
        return "no hour of the week allows a call"
    several = len({now.astimezone(zone_named(zone)).utcoffset() for zone in week.zones}) > 1
    return f"calls from {_when(opening, now)}{f' ({_city(opening.zone)} time)' if several else ''}"


def _when(opening: Opening, now: datetime) -> str:
    zone = zone_named(opening.zone)
    starts, today = opening.at.astimezone(zone), now.astimezone(zone).date()
    if starts.date() == today:
        return f"{starts:%H:%M}"
    if starts.date() == today + timedelta(days=1):
        return f"{starts:%H:%M} tomorrow"
    return f"{starts:%H:%M} on {starts:%A}"


def _city(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")
