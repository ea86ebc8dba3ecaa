"""The calling week of one customer: the policy's hours laid on the zones where the customer can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.customer.calling_hours import CallingHours, Weekday
from domain.customer.zone import CustomerZone
from domain.routing.shift import zone_named

_DAYS_AHEAD = 8
_WEEKDAYS = tuple(Weekday)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The instant (UTC) from which calls are allowed, and the zone by whose clock that is the start of the hours."""

    at: datetime
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallingWeek:
    """When a customer may be called: `weekly` by local time, in every one of `zones` at once.

    `weekly` names every day from `mon` to `sun`, with its HH:MM-HH:MM or nothing for a closed day; 24:00 is the end
    of a day.
    """

    zones: tuple[str, ...]
    weekly: Mapping[str, tuple[str, ...]]

    def allows(self, now: datetime) -> bool:
        """True when every candidate zone's clock is within the hours at the aware instant `now`."""
        return all(self._covers(now.astimezone(zone_named(zone))) for zone in self.zones)

    def next_opening(self, now: datetime) -> Opening | None:
        """The first instant after `now` at which calls are allowed and some zone's hours begin; None within 8 days.

        None is hours that the zones never have in common, or a week that is closed.
        """
        openings = (
            Opening(at=at, zone=zone)
            for zone in self.zones
            for at in self._starts(zone_named(zone), now)
            if at > now and self.allows(at)
        )
        return min(openings, key=lambda opening: opening.at, default=None)

    def _covers(self, local: datetime) -> bool:
        clock = f"{local:%H:%M}"
        return any(
            start <= clock < end for start, end in map(_ends, self.weekly.get(_WEEKDAYS[local.weekday()].value, ()))
        )

    def _starts(self, zone: ZoneInfo, now: datetime) -> list[datetime]:
        today = now.astimezone(zone).date()
        days = [today + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD)]
        # In UTC, because two datetimes of one zone are compared by their wall clocks, wrongly when it is changed.
        return [
            datetime.combine(day, time.fromisoformat(_ends(span)[0]), zone).astimezone(UTC)
            for day in days
            for span in self.weekly.get(_WEEKDAYS[day.weekday()].value, ())
        ]


def _ends(span: str) -> tuple[str, str]:
    start, _, end = span.partition("-")
    return start, end


def calling_intervals(zone: CustomerZone, hours: CallingHours, state: str | None) -> CallingWeek | None:
    """The week in which that customer may be called; None when the policy sets no limit for them.

    `state` is the customer's, code or name, for hours that are stricter there. A customer whose zone is unknown is
    judged in all of the policy's `unknown_zones`.
    """
    week = hours.week_in(state)
    if all(span == "00:00-24:00" for span in week.values()):
        return None
    return CallingWeek(
        zones=zone.zones or hours.unknown_zones,
        weekly={day.value: (span,) if span else () for day, span in week.items()},
    )
