"""Calling hours: by the customer's clock, in every zone the customer can be in, and told to the agent."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.customer.calling_hours import CallingHours, WeekHours
from domain.customer.calling_week import CallingWeek, Opening, calling_intervals
from domain.customer.waiting_reason import waiting_reason
from domain.customer.zone import UNKNOWN_ZONE, CustomerZone, ZoneSource

COASTS = ("America/New_York", "America/Los_Angeles")
HOURS = CallingHours.model_validate(
    {
        "start": "08:00",
        "end": "21:00",
        "days": {"sun": "12:00-18:00"},
        "states": {
            "FL": {"end": "20:00"},
            "LA": {"start": "09:30", "days": {"sun": "07:00-11:00"}},
            "AL": {"start": "07:00", "days": {"sun": "closed"}},
        },
        "unknown_zones": COASTS,
    }
)


def _at(*zones: str) -> CustomerZone:
    return CustomerZone(zones=zones, taken_from=ZoneSource.ZIP)


def _week(zone: CustomerZone, hours: CallingHours = HOURS, state: str | None = None) -> CallingWeek:
    week = calling_intervals(zone, hours, state)
    assert week is not None
    return week


def _local(zone: str, day: int, hour: int, minute: int = 0) -> datetime:
    """In the week of Monday 9 March 2026."""
    return datetime(2026, 3, 8 + day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_without_hours_there_is_no_limit() -> None:
    assert calling_intervals(UNKNOWN_ZONE, CallingHours(), None) is None
    assert calling_intervals(_at("America/Phoenix"), CallingHours(start="00:00", end="24:00"), None) is None


def test_hours_of_one_state_only_limit_that_state_only() -> None:
    hours = CallingHours(states={"FL": WeekHours(end="20:00")}, unknown_zones=COASTS)
    assert calling_intervals(_at("America/Phoenix"), hours, "AZ") is None
    assert _week(_at("America/New_York"), hours, "florida").weekly["mon"] == ("00:00-20:00",)


def test_hours_of_states_need_zones_for_the_unknown_as_well() -> None:
    with pytest.raises(ValidationError, match="unknown_zones is empty"):
        CallingHours(states={"FL": WeekHours(end="20:00")})


@pytest.mark.parametrize(
    ("state", "monday", "sunday"),
    [
        (None, ("08:00-21:00",), ("12:00-18:00",)),
        ("TX", ("08:00-21:00",), ("12:00-18:00",)),
        ("Florida", ("08:00-20:00",), ("12:00-18:00",)),
        ("LA", ("09:30-21:00",), ()),
        ("AL", ("08:00-21:00",), ()),
    ],
)
def test_a_state_narrows_the_hours_and_never_widens_them(
    state: str | None, monday: tuple[str, ...], sunday: tuple[str, ...]
) -> None:
    week = _week(_at("America/Chicago"), state=state)
    assert list(week.weekly) == ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    assert (week.weekly["mon"], week.weekly["sun"]) == (monday, sunday)


@pytest.mark.parametrize(
    ("day", "hour", "minute", "allowed"),
    [(1, 7, 59, False), (1, 8, 0, True), (1, 20, 59, True), (1, 21, 0, False), (7, 11, 59, False), (7, 12, 0, True)],
)
def test_the_start_is_in_and_the_end_is_not(day: int, hour: int, minute: int, allowed: bool) -> None:
    assert _week(_at("America/Phoenix")).allows(_local("America/Phoenix", day, hour, minute)) is allowed


def test_the_clock_is_the_customers_after_a_change_of_clocks_too() -> None:
    week = _week(_at("America/Denver"))
    assert not week.allows(datetime(2026, 3, 6, 14, 30, tzinfo=UTC))
    assert week.allows(datetime(2026, 3, 9, 14, 30, tzinfo=UTC))


def test_a_customer_of_unknown_place_is_judged_in_the_zones_of_the_policy() -> None:
    assert _week(UNKNOWN_ZONE).zones == COASTS
    assert _week(_at("America/Phoenix")).zones == ("America/Phoenix",)


@pytest.mark.parametrize(
    ("hours", "complaint"),
    [
        ({"start": "8:00"}, "no time"),
        ({"start": "21:00", "end": "08:00"}, "within one day"),
        ({"start": "24:00"}, "within one day"),
        ({"days": {"sunday": "closed"}}, "days.sunday"),
        ({"days": {"sun": "18:00-12:00"}}, "no day's hours"),
        ({"days": {"sun": "off"}}, "or closed"),
        ({"states": {"Florida": {"end": "20:00"}}}, "write FL"),
        ({"states": {"ZZ": {"end": "20:00"}}}, "one such as TX"),
        ({"start": "08:00"}, "unknown_zones is empty"),
        ({"unknown_zones": ["Mars/Olympus"]}, "no time zone"),
        ({"open": "08:00"}, "Extra inputs"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(hours: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        CallingHours.model_validate(hours)


@pytest.mark.parametrize(
    ("zone", "now", "state", "sentence"),
    [
        (
            _at("America/Phoenix"),
            _local("America/Phoenix", 1, 6, 12),
            None,
            "It is 06:12 at the customer's place (Phoenix time); calls from 08:00.",
        ),
        (
            _at("America/Phoenix"),
            _local("America/Phoenix", 1, 21),
            None,
            "It is 21:00 at the customer's place (Phoenix time); calls from 08:00 tomorrow.",
        ),
        (
            _at("America/Chicago"),
            _local("America/Chicago", 6, 22),
            "AL",
            "It is 22:00 at the customer's place (Chicago time); calls from 08:00 on Monday.",
        ),
        (
            _at("America/Chicago", "America/Denver"),
            _local("America/Denver", 1, 7, 30),
            None,
            "It is 07:30 (Denver time) to 08:30 (Chicago time) at the customer's place;"
            " calls from 08:00 (Denver time).",
        ),
        (
            _at("America/Detroit", "America/New_York"),
            _local("America/Detroit", 1, 7, 30),
            None,
            "It is 07:30 at the customer's place (Detroit time); calls from 08:00.",
        ),
        (
            UNKNOWN_ZONE,
            _local("America/New_York", 1, 9),
            None,
            "It is 06:00 (Los Angeles time) to 09:00 (New York time) where the customer may be (place unknown);"
            " calls from 08:00 (Los Angeles time).",
        ),
    ],
)
def test_the_card_says_why_it_waits(zone: CustomerZone, now: datetime, state: str | None, sentence: str) -> None:
    assert waiting_reason(zone=zone, hours=HOURS, state=state, now=now) == sentence


def test_the_card_says_nothing_while_calls_are_allowed() -> None:
    noon = _local("America/Phoenix", 1, 12)
    assert waiting_reason(zone=_at("America/Phoenix"), hours=HOURS, state=None, now=noon) is None
    assert waiting_reason(zone=UNKNOWN_ZONE, hours=CallingHours(), state=None, now=noon) is None


def test_hours_that_the_zones_never_share_are_told() -> None:
    short = CallingHours(start="08:00", end="09:00", unknown_zones=COASTS)
    now = _local("America/New_York", 1, 8)
    assert _week(UNKNOWN_ZONE, short).next_opening(now) is None
    reason = waiting_reason(zone=UNKNOWN_ZONE, hours=short, state=None, now=now)
    assert reason is not None
    assert reason.endswith("; no hour of the week allows a call.")


def test_the_next_opening_is_the_first_of_any_zone() -> None:
    hours = CallingHours.model_validate({"days": {"sun": "closed"}, "unknown_zones": COASTS})
    opening = _week(_at("Europe/Madrid", "America/Los_Angeles"), hours).next_opening(_local("Europe/Madrid", 7, 18))
    assert opening == Opening(at=_local("America/Los_Angeles", 8, 0), zone="America/Los_Angeles")


PLACES = st.lists(
    st.sampled_from(
        ["America/New_York", "America/Denver", "America/Phoenix", "Pacific/Honolulu", "Asia/Kolkata", "Europe/Madrid"]
    ),
    min_size=1,
    max_size=3,
    unique=True,
)
INSTANTS = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=60, deadline=None)
@given(places=PLACES, now=INSTANTS, start=st.integers(0, 12), length=st.integers(1, 12))
def test_calls_are_allowed_when_and_only_when_they_are_in_every_zone(
    places: list[str], now: datetime, start: int, length: int
) -> None:
    hours = CallingHours(start=f"{start:02}:00", end=f"{start + length:02}:00", unknown_zones=COASTS)
    clocks = [now.astimezone(ZoneInfo(place)).time() for place in places]
    within = all(time(start) <= clock and clock.hour < start + length for clock in clocks)
    week = calling_intervals(_at(*places), hours, None)
    assert (week is None or week.allows(now)) is within


@settings(max_examples=40, deadline=None)
@given(places=PLACES, now=INSTANTS, start=st.integers(6, 12), length=st.integers(1, 12))
def test_no_call_is_allowed_between_now_and_the_next_opening(
    places: list[str], now: datetime, start: int, length: int
) -> None:
    hours = CallingHours(
        start=f"{start:02}:00", end=f"{start + length:02}:00", days={"sun": "closed"}, unknown_zones=COASTS
    )
    week = _week(_at(*places), hours)
    opening = week.next_opening(now)
    if week.allows(now):
        return
    until = opening.at if opening is not None else now + timedelta(days=7)
    assert opening is None or (opening.at > now and week.allows(opening.at))
    step = timedelta(minutes=30)
    probes = (now + step * count for count in range(7 * 48))
    assert not any(week.allows(probe) for probe in probes if probe < until)
