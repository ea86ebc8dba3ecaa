"""Instants as the person in front of the browser reads them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_of(name: str) -> tzinfo:
    """The IANA time zone of that name; UTC for one that is not known here."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def clock_time(at: datetime, zone: str, *, now: datetime) -> str:
    """`14:03:22`, with the date in front unless it is today's, and with `UTC` when that is the zone."""
    place = zone_of(zone)
    local = at.astimezone(place)
    text = f"{local:%H:%M:%S}"
    if local.date() != now.astimezone(place).date():
        text = f"{local.day} {local:%b} {text}"
    return f"{text} UTC" if place is UTC else text
