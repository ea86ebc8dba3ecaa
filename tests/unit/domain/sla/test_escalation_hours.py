"""A lead that is escalated when it is closed is escalated at once; managers are told at the opening."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.configuration import Configuration
from domain.lifecycle import Context, Lead, Transition, Unchanged, decide
from domain.lifecycle.commands import Breach, Claim, Decline, Pause, Resume, Route
from domain.lifecycle.notices import Audience, notices_of
from domain.lifecycle.plan import RoutePlan
from domain.lifecycle.sla_status import SlaHealth, sla_status
from domain.lifecycle.state import EventType, LifecycleState
from tests.unit.domain.lives import ANN, BOB, CAT, MANAGER, after, context, given, person, scored

_SATURDAY = datetime(2026, 3, 7, 10, tzinfo=UTC)
_MONDAY = datetime(2026, 3, 9, 9, tzinfo=UTC)
_CLOSES = datetime(2026, 3, 9, 18, tzinfo=UTC)
_OPEN_AGAIN = datetime(2026, 3, 13, 9, tzinfo=UTC)
_RUNG = timedelta(minutes=15)
_OFFICE = {"time_zone": "UTC", "weekly": {"mon": ["09:00-18:00"], "fri": ["09:00-18:00"]}}


def _at(at: datetime, **sla: object) -> Context:
    body = {"calendars": {"office": _OFFICE}, "sla": {"calendar": "office", "out_of_hours": "offer", **sla}}
    return replace(context(at, BOB), configuration=Configuration.model_validate(body))


def _escalated(at: datetime = _SATURDAY, **sla: object) -> Transition:
    lead = after(replace(scored(), created_at=at, last_at=at), Route(**given(at=at)), _at(at))
    decided = decide(
        lead, Decline(**given(person(BOB), at), code="busy"), _at(at, **{"max_other_reassignments": 0, **sla})
    )
    assert isinstance(decided, Transition)
    assert decided.after.state is LifecycleState.ESCALATED
    return decided


def _woken(lead: Lead, at: datetime | None = None) -> Transition:
    assert lead.wake_at is not None
    at = at or lead.wake_at
    decided = decide(lead, Breach(**given(at=at), epoch=lead.epoch, due_at=lead.wake_at), _at(at))
    assert isinstance(decided, Transition)
    return decided


def _told(step: Transition) -> list[tuple[Audience | None, object]]:
    return [(notice.audience, notice.data["level"]) for notice in notices_of(step)]


def test_in_working_time_the_managers_are_told_at_once() -> None:
    taken = _escalated(_MONDAY)
    assert _told(taken) == [(Audience.MANAGERS, 1)]
    assert taken.after.wake_at == taken.after.claim_expires_at == _MONDAY + _RUNG


def test_out_of_hours_they_are_told_at_the_opening() -> None:
    taken = _escalated()
    assert [event.type for event in taken.events] == [EventType.DECLINED, EventType.ESCALATED]
    assert _told(taken) == []
    assert (taken.after.escalation_level, taken.after.wake_at) == (0, _MONDAY)
    first = _woken(taken.after)
    assert _told(first) == [(Audience.MANAGERS, 1)]
    assert first.after.wake_at == first.after.claim_expires_at == _MONDAY + _RUNG
    second = _woken(first.after)
    assert _told(second) == [(Audience.ADMINS, 2)]


def test_what_a_rule_escalates_waits_too() -> None:
    lead = replace(scored(), created_at=_SATURDAY, last_at=_SATURDAY)
    seen = replace(_at(_SATURDAY, out_of_hours="hold"), plan=RoutePlan(strategy="greedy", escalate="rule"))
    taken = decide(lead, Route(**given(at=_SATURDAY)), seen)
    assert isinstance(taken, Transition)
    assert taken.after.state is LifecycleState.ESCALATED
    assert _told(taken) == []
    assert taken.events[-1].data["reason"] == "rule"


def test_a_step_that_comes_late_waits_for_the_opening() -> None:
    lead = _escalated(_CLOSES - _RUNG).after
    assert lead.wake_at == _CLOSES
    late = _woken(lead, _CLOSES + timedelta(hours=3))
    assert (late.events, late.after.escalation_level, late.after.wake_at) == ((), 1, _OPEN_AGAIN)
    repeated = Breach(**given(at=_CLOSES + timedelta(hours=3)), epoch=lead.epoch, due_at=_CLOSES)
    assert isinstance(decide(late.after, repeated, _at(_CLOSES + timedelta(hours=3))), Unchanged)
    assert _told(_woken(late.after)) == [(Audience.ADMINS, 2)]


@pytest.mark.parametrize("owner", [None, ANN])
def test_it_can_be_claimed_before_the_managers_are_told(owner: object) -> None:
    lead = _escalated(fallback_owner=owner).after
    at = _SATURDAY + timedelta(hours=1)
    claimed = after(lead, Claim(**given(person(CAT), at)), _at(at))
    assert (claimed.state, claimed.agent) == (LifecycleState.CLAIMED, CAT)


def test_a_pause_keeps_that_nobody_has_been_told() -> None:
    lead = _escalated().after
    paused = after(lead, Pause(**given(MANAGER, _SATURDAY), code="x"), _at(_SATURDAY))
    at = _SATURDAY + timedelta(hours=1)
    going = after(paused, Resume(**given(MANAGER, at)), _at(at))
    assert _told(_woken(going)) == []
    assert _told(_woken(_woken(going).after)) == [(Audience.MANAGERS, 1)]


def test_until_then_its_window_waits() -> None:
    lead = _escalated().after
    status = sla_status(lead, _at(_SATURDAY).clock(lead), _SATURDAY)
    assert (status.health, status.due_at) == (SlaHealth.WAITING, _MONDAY)
