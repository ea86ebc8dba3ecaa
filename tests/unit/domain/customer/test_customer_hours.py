"""Outside the hours in which a customer may be called the contact window stands still."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.configuration import Configuration
from domain.customer.calling_hours import CallingHours
from domain.customer.customer_hours import customer_hours
from domain.customer.zone import UNKNOWN_ZONE, CustomerZone, ZoneSource
from domain.hours.hours import ALWAYS
from domain.lifecycle.commands import Claim
from domain.sla.policy import SlaPolicy
from tests.unit.domain.lives import ANN, after, context, given, offered, person

_CALLING = CallingHours.model_validate(
    {"start": "08:00", "end": "21:00", "unknown_zones": ["America/New_York", "America/Los_Angeles"]}
)
_PHOENIX = CustomerZone(zones=("America/Phoenix",), taken_from=ZoneSource.ZIP)
_NIGHT_THERE = datetime(2026, 3, 2, 13, 12, tzinfo=UTC)
"""06:12 in Phoenix."""
_EIGHT_THERE = datetime(2026, 3, 2, 15, tzinfo=UTC)


def test_without_a_limit_the_clock_never_stops() -> None:
    assert customer_hours(_PHOENIX, CallingHours(), None) is ALWAYS


def test_the_hours_are_those_of_the_customers_own_clock() -> None:
    hours = customer_hours(_PHOENIX, _CALLING, "AZ")
    assert hours.next_open(_NIGHT_THERE) == _EIGHT_THERE
    assert hours.next_close(_EIGHT_THERE) == _EIGHT_THERE + timedelta(hours=13)


def test_somebody_who_may_be_in_several_places_is_called_when_all_of_them_are_awake() -> None:
    hours = customer_hours(UNKNOWN_ZONE, _CALLING, None)
    assert hours.next_open(_NIGHT_THERE) == datetime(2026, 3, 2, 16, tzinfo=UTC), "eight in Los Angeles"
    assert hours.next_close(_EIGHT_THERE) == datetime(2026, 3, 3, 2, tzinfo=UTC), "nine in New York"


def test_a_contact_window_that_opens_at_night_begins_in_the_morning() -> None:
    lead = replace(offered(at=_NIGHT_THERE), customer_zones=("America/Phoenix",), customer_state="AZ")
    seen = replace(context(_NIGHT_THERE), configuration=Configuration(sla=SlaPolicy(calling=_CALLING)))
    claimed = after(lead, Claim(**given(person(ANN), _NIGHT_THERE)), seen)
    assert claimed.contact_expires_at == _EIGHT_THERE + timedelta(minutes=5)
    assert claimed.remind_at == _EIGHT_THERE + timedelta(minutes=5) * 0.75
