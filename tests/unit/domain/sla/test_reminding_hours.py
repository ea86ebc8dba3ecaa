"""Reminders that come late: outside working time they wait for the opening, and none is lost or doubled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.configuration import Configuration
from domain.lifecycle import Context, Lead, Transition, Unchanged, decide
from domain.lifecycle.commands import Claim, Contact, Pause, Remind, Resume, Route
from domain.lifecycle.state import EventType, LifecycleState
from tests.unit.domain.lives import ANN, MANAGER, after, context, given, person, scored

_FRIDAY = datetime(2026, 3, 6, 17, 55, 30, tzinfo=UTC)
_CLOSES = datetime(2026, 3, 6, 18, tzinfo=UTC)
_SATURDAY = datetime(2026, 3, 7, 10, tzinfo=UTC)
_MONDAY = datetime(2026, 3, 9, 9, tzinfo=UTC)
_OFFICE = {"time_zone": "UTC", "weekly": {"mon": ["09:00-18:00"], "fri": ["09:00-18:00"]}}


def _at(at: datetime, agent: Any = ANN, **sla: object) -> Context:
    body = {"calendars": {"office": _OFFICE}, "sla": {"calendar": "office", "claim_seconds": 300, **sla}}
    return replace(context(at, agent), configuration=Configuration.model_validate(body))


def _offered(at: datetime = _FRIDAY) -> Lead:
    return after(replace(scored(), created_at=at, last_at=at), Route(**given(at=at)), _at(at))


def _remind(lead: Lead, at: datetime, **sla: object) -> Transition:
    assert lead.remind_at is not None
    command = Remind(**given(at=at), epoch=lead.epoch, due_at=lead.remind_at)
    decided = decide(lead, command, _at(at, **sla))
    assert isinstance(decided, Transition)
    return decided


def _levels(transition: Transition) -> list[int]:
    return [event.data["level"] for event in transition.events if event.type is EventType.SLA_WARNING]


def _lead(state: LifecycleState, at: datetime) -> Lead:
    if state is LifecycleState.OFFERED:
        return _offered(at)
    return after(_offered(at), Claim(**given(person(ANN), at)), _at(at))


@pytest.mark.parametrize("state", [LifecycleState.OFFERED, LifecycleState.CLAIMED])
def test_a_warning_that_is_late_waits_for_the_opening(state: LifecycleState) -> None:
    at = _CLOSES - timedelta(seconds=260)
    lead = _lead(state, at)
    assert lead.remind_at == at + timedelta(seconds=225)
    late = _remind(lead, _SATURDAY)
    assert (late.events, late.after.remind_at, late.after.alarm_level) == ((), _MONDAY, 0)
    repeated = Remind(**given(at=_SATURDAY), epoch=lead.epoch, due_at=lead.remind_at)
    assert isinstance(decide(late.after, repeated, _at(_SATURDAY)), Unchanged)
    given_now = _remind(late.after, _MONDAY)
    assert _levels(given_now) == [1]
    assert given_now.after.remind_at == _MONDAY + timedelta(seconds=10)
    assert _levels(_remind(given_now.after, _MONDAY + timedelta(seconds=10))) == [2]


def test_what_is_over_by_the_opening_is_not_warned_of() -> None:
    lead = _offered(_CLOSES - timedelta(seconds=300))
    assert lead.claim_expires_at == _CLOSES
    at_closing = _remind(lead, _CLOSES)
    assert (at_closing.events, at_closing.after.remind_at) == ((), None)
    after_it = _remind(lead, _SATURDAY)
    assert (after_it.events, after_it.after.remind_at) == ((), None)


def test_a_queue_s_warning_waits_too() -> None:
    lead = after(scored(), Route(**given(at=_FRIDAY)), _at(_FRIDAY, None))
    ends_at = _MONDAY + timedelta(hours=1)
    began = _CLOSES - timedelta(hours=3)
    lead = replace(lead, created_at=began, queue_sla_at=ends_at, last_at=_FRIDAY, remind_at=_FRIDAY)
    late = _remind(lead, _SATURDAY, warnings=(0.01, 0.9))
    assert (late.events, late.after.remind_at) == ((), _MONDAY)
    assert _levels(_remind(late.after, _MONDAY, warnings=(0.01, 0.9))) == [1, 2]


def test_a_move_by_night_does_not_bring_the_warning_into_it() -> None:
    lead = _offered(_CLOSES - timedelta(seconds=260))
    paused = after(lead, Pause(**given(MANAGER, _CLOSES), code="x"), _at(_CLOSES))
    going = after(paused, Resume(**given(MANAGER, _SATURDAY)), _at(_SATURDAY))
    assert going.remind_at == _MONDAY


def test_a_try_that_is_due_late_waits_for_the_opening() -> None:
    held = after(_offered(), Claim(**given(person(ANN), _FRIDAY)), _at(_FRIDAY))
    lead = after(held, Contact(**given(person(ANN), _FRIDAY), result="no_answer"), _at(_FRIDAY))
    night = datetime(2026, 3, 9, 1, 40, tzinfo=UTC)
    lead = replace(lead, remind_at=_CLOSES - timedelta(seconds=1))
    late = _remind(lead, night)
    assert (late.events, late.after.remind_at, late.after.alarm_level) == ((), _MONDAY, 0)
    due = _remind(late.after, _MONDAY)
    assert [event.type for event in due.events] == [EventType.FOLLOW_UP_DUE]
    assert due.after.remind_at == _MONDAY + timedelta(minutes=10)
    missed = _remind(replace(due.after, remind_at=_CLOSES + timedelta(days=3)), datetime(2026, 3, 10, tzinfo=UTC))
    assert (missed.events, missed.after.alarm_level) == ((), 1)
    assert missed.after.remind_at == datetime(2026, 3, 13, 9, tzinfo=UTC)
