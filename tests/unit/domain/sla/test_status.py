"""Where a lead's window stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from domain.hours.calendar import Calendar
from domain.hours.hours import ALWAYS
from domain.lifecycle import Lead
from domain.lifecycle.commands import Pause, Route
from domain.lifecycle.sla_status import SlaHealth, SlaStatus, Window, sla_status
from domain.sla.clock import SlaClock
from domain.sla.policy import SlaPolicy
from tests.unit.domain.lives import (
    MANAGER,
    START,
    WINDOW,
    after,
    attempting,
    claimed,
    contacted,
    context,
    given,
    offered,
    scored,
)

_QUEUED = after(scored(), Route(**given()), context(START))
_CLOCK = SlaClock(policy=SlaPolicy(), hours=ALWAYS, contact_hours=ALWAYS)


def _at(lead: Lead, seconds: float, clock: SlaClock = _CLOCK) -> SlaStatus:
    return sla_status(lead, clock, START + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("lead", "window"), [(offered(), Window.CLAIM), (claimed(), Window.CONTACT), (_QUEUED, Window.QUEUE)]
)
def test_the_running_window_is_told_with_what_is_left(lead: Lead, window: Window) -> None:
    status = _at(lead, 60)
    assert (status.window, status.health) == (window, SlaHealth.OK)
    assert status.due_at is not None
    assert status.left_s == (status.due_at - START).total_seconds() - 60


def test_a_claim_window_goes_from_ok_over_warned_to_due() -> None:
    lead = offered()
    assert _at(lead, 60).left_s == 240.0
    assert _at(lead, 60).used == pytest.approx(0.2)
    assert _at(replace(lead, alarm_level=1), 230).health is SlaHealth.WARNED
    over = _at(lead, WINDOW.total_seconds())
    assert (over.health, over.left_s, over.used) == (SlaHealth.DUE, 0.0, 1.0)


def test_a_paused_window_keeps_what_was_left() -> None:
    until = START + timedelta(hours=2)
    lead = after(
        offered(),
        Pause(**given(MANAGER, START + timedelta(seconds=60)), code="x", until=until),
        context(START + timedelta(seconds=60)),
    )
    for seconds in (60, 3000):
        status = _at(lead, seconds)
        assert (status.health, status.left_s, status.paused_until) == (SlaHealth.PAUSED, 240.0, until)


def test_out_of_hours_it_waits_and_says_until_when() -> None:
    opens = START.replace(hour=23, minute=0)
    hours = Calendar.model_validate({"time_zone": "UTC", "weekly": {"mon": ["23:00-24:00"], "tue": ["08:00-12:00"]}})
    assert START.astimezone(UTC).strftime("%a") == "Mon"
    lead = replace(offered(), claim_expires_at=opens + WINDOW)
    status = _at(lead, 60, SlaClock(policy=SlaPolicy(), hours=hours, contact_hours=hours))
    assert (status.health, status.left_s) == (SlaHealth.WAITING, 300.0)
    assert status.waiting_reason == f"Outside working hours; the window goes on at {opens:%Y-%m-%d %H:%M} UTC."


def test_a_contact_window_waits_for_the_customers_morning() -> None:
    at = datetime(2026, 3, 2, 13, 12, tzinfo=UTC)
    calling = {"start": "08:00", "end": "21:00", "unknown_zones": ["America/New_York"]}
    lead = replace(
        claimed(), customer_zones=("America/Phoenix",), customer_state="AZ", contact_expires_at=at + timedelta(hours=2)
    )
    status = sla_status(lead, context(at, calling=calling).clock(lead), at)
    assert status.health is SlaHealth.WAITING
    assert status.waiting_reason == "It is 06:12 at the customer's place (Phoenix time); calls from 08:00."


def test_a_try_is_counted_down_to_and_nothing_else_runs_later() -> None:
    lead = attempting()
    assert lead.next_try_at is not None
    status = _at(lead, 0)
    assert (status.window, status.due_at) == (Window.NEXT_TRY, lead.next_try_at)
    assert _at(contacted(), 0) == SlaStatus(window=None, health=SlaHealth.NONE)


@drawn(st.floats(-100, 1000), st.floats(0, 1000))
def test_time_only_runs_out(seconds: float, more: float) -> None:
    earlier, later = _at(offered(), seconds), _at(offered(), seconds + more)
    assert earlier.left_s is not None
    assert later.left_s is not None
    assert earlier.used is not None
    assert later.used is not None
    assert 0 <= later.left_s <= earlier.left_s
    assert 0 <= earlier.used <= later.used <= 1
