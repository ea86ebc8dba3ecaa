"""Deadlines and warnings of a policy on its calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.hours.calendar import Calendar
from domain.hours.hours import ALWAYS, Hours
from domain.hours.intersection import intersection
from domain.sla.clock import SlaClock
from domain.sla.follow_ups import FollowUps
from domain.sla.policy import SlaPolicy

END = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "left"),
    [
        (300, (75.0, 30.0)),
        (10, (2.5,)),
        (8, (2.0,)),
        (5, ()),
    ],
)
def test_a_warning_leaves_time_to_act(seconds: int, left: tuple[float, ...]) -> None:
    """One in the last two seconds would help nobody, and its timer would make the end of the window late."""
    policy = SlaPolicy(claim_seconds=seconds, contact_seconds=seconds)
    clock = SlaClock(policy=policy, hours=ALWAYS, contact_hours=ALWAYS)
    expected = tuple(END - timedelta(seconds=one) for one in left)
    assert clock.claim_warnings(END) == expected
    assert clock.contact_warnings(END) == expected


_OFFICE = Calendar.model_validate(
    {"time_zone": "UTC", "weekly": {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}}
)
_BREAKS = Calendar.model_validate(
    {"time_zone": "UTC", "weekly": {day: ["09:00-12:30", "13:30-18:00"] for day in ("mon", "tue", "wed")}}
)
_NO_NIGHTS = Calendar.model_validate(
    {"time_zone": "UTC", "weekly": {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri")}}
)
_DAYTIME = Calendar.model_validate(
    {"time_zone": "UTC", "weekly": {day: ["12:00-14:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}}
)


def _march(day: int, hour: int, minute: int = 0) -> datetime:
    """The second is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("office", "customer", "attempted_at", "morning"),
    [
        (_OFFICE, ALWAYS, _march(2, 11), _march(3, 9)),
        (_OFFICE, ALWAYS, _march(2, 17), _march(3, 9)),
        (_OFFICE, ALWAYS, _march(2, 20), _march(3, 9)),
        (_OFFICE, ALWAYS, _march(6, 11), _march(9, 9)),
        (_OFFICE, ALWAYS, _march(6, 20), _march(9, 9)),
        (_OFFICE, ALWAYS, _march(7, 11), _march(9, 9)),
        (_BREAKS, ALWAYS, _march(2, 11), _march(3, 9)),
        (_BREAKS, ALWAYS, _march(2, 13), _march(3, 9)),
        # The customer's hours do not shorten the business day; the try waits for them.
        (_OFFICE, _DAYTIME, _march(2, 10), _march(3, 12)),
        (_OFFICE, _DAYTIME, _march(2, 20), _march(3, 12)),
        # Where the office has no night, the customer's counts.
        (ALWAYS, _DAYTIME, _march(2, 13), _march(3, 12)),
        (ALWAYS, _DAYTIME, _march(2, 20), _march(3, 12)),
        (_NO_NIGHTS, _DAYTIME, _march(2, 13), _march(3, 12)),
        (_NO_NIGHTS, ALWAYS, _march(3, 11), _march(9, 0)),
        (ALWAYS, ALWAYS, _march(2, 11), _march(3, 11)),
    ],
)
def test_the_next_morning_comes_after_the_day_of_the_attempt(
    office: Hours, customer: Hours, attempted_at: datetime, morning: datetime
) -> None:
    policy = SlaPolicy(follow_ups=FollowUps(steps=("next_morning",)))
    clock = SlaClock(policy=policy, hours=office, contact_hours=intersection(office, customer))
    assert clock.follow_up(attempted_at, 1) == morning
