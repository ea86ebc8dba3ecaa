"""Contact windows when the office's and the customer's hours never meet."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.configuration import Configuration
from domain.lifecycle import Context, Lead
from domain.lifecycle.commands import Claim
from domain.lifecycle.sla_status import SlaHealth, sla_status
from domain.lifecycle.state import LifecycleState
from tests.unit.domain.lives import ANN, after, context, given, offered, person

_WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
_BERLIN = {"time_zone": "Europe/Berlin", "weekly": {day: ["09:00-17:00"] for day in _WORKDAYS}}
_MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""10:00 in Berlin, 23:00 on Sunday in Honolulu."""

_WINDOW = timedelta(seconds=300)


def _context(at: datetime, calendar: dict[str, Any] | None = None, **calling: Any) -> Context:
    hours = {"start": "08:00", "end": "17:00", "unknown_zones": ["Europe/Berlin"], **calling}
    body = {"calendars": {"office": calendar or _BERLIN}, "sla": {"calendar": "office", "calling": hours}}
    return replace(context(at), configuration=Configuration.model_validate(body))


def _claimed(ctx: Context, *zones: str) -> Lead:
    lead = replace(offered(), customer_zones=zones, last_at=ctx.now, claim_expires_at=ctx.now + _WINDOW)
    return after(lead, Claim(**given(person(ANN), ctx.now)), ctx)


def test_a_customer_on_the_other_side_of_the_world_is_called_at_an_hour_of_theirs() -> None:
    ctx = _context(_MONDAY, start="10:00", end="20:00")
    lead = _claimed(ctx, "Pacific/Honolulu")
    assert lead.state is LifecycleState.CLAIMED
    opens = datetime(2026, 3, 2, 20, tzinfo=UTC)
    assert lead.contact_expires_at == opens + _WINDOW
    assert lead.remind_at == opens + 0.75 * _WINDOW
    status = sla_status(lead, ctx.clock(lead), _MONDAY)
    assert (status.health, status.left_s) == (SlaHealth.WAITING, 300.0)
    assert status.waiting_reason == (
        "It is 23:00 at the customer's place (Honolulu time); calls from 10:00 tomorrow."
        " Never within working hours: the window runs on the customer's hours alone."
    )


def test_unknown_zones_that_never_meet_leave_the_calendar() -> None:
    ctx = _context(_MONDAY - timedelta(hours=9), unknown_zones=["Europe/Berlin", "Pacific/Honolulu"])
    lead = _claimed(ctx)
    assert lead.contact_expires_at == datetime(2026, 3, 2, 8, tzinfo=UTC) + _WINDOW
    told = sla_status(lead, ctx.clock(lead), ctx.now).waiting_reason
    assert told is not None
    assert told.endswith(
        "no hour of the week allows a call. The window runs on working hours, for want of hours to call in."
    )


def test_without_any_hour_to_call_in_the_calendar_counts() -> None:
    days = dict.fromkeys((*_WORKDAYS, "sat", "sun"), "closed")
    ctx = _context(_MONDAY, days=days)
    assert _claimed(ctx, "Europe/Berlin").contact_expires_at == _MONDAY + _WINDOW


def test_hours_that_meet_stay_as_they_were() -> None:
    ctx = _context(_MONDAY, start="16:00", end="20:00")
    lead = _claimed(ctx, "Europe/Berlin")
    assert lead.contact_expires_at == datetime(2026, 3, 2, 15, tzinfo=UTC) + _WINDOW
    reason = sla_status(lead, ctx.clock(lead), _MONDAY).waiting_reason
    assert reason == "It is 10:00 at the customer's place (Berlin time); calls from 16:00."


@pytest.mark.parametrize("closed_days", [20, 90])
def test_a_long_closure_is_waited_for(closed_days: int) -> None:
    """The office is shut for long, but its hours and the customer's do meet."""
    first = _MONDAY.date()
    dates = {(first + timedelta(days=day)).isoformat(): list[str]() for day in range(closed_days)}
    ctx = _context(_MONDAY, {**_BERLIN, "dates": dates})
    ends_at = _claimed(ctx, "Europe/Berlin").contact_expires_at
    assert ends_at is not None
    assert ends_at - _MONDAY > timedelta(days=closed_days - 1)
