"""A paused lead's clock stands still, and goes on with what was left."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.lifecycle import Lead, Refusal, Transition, Unchanged, decide
from domain.lifecycle.commands import Breach, Claim, Contact, EndPause, Pause, Remind, Resume, Route, Snooze
from domain.lifecycle.plan import RoutePlan
from domain.lifecycle.state import EventType, LifecycleState
from tests.unit.domain.lives import (
    ANN,
    BOB,
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
    person,
    scored,
)

_MINUTE = timedelta(minutes=1)
_LATER = START + timedelta(hours=5)


def _paused(lead: Lead, at: datetime, until: datetime | None = None) -> Lead:
    return after(lead, Pause(**given(MANAGER, at), code="holiday", until=until), context(at))


def _resumed(lead: Lead, at: datetime) -> Lead:
    return after(lead, Resume(**given(MANAGER, at)), context(at))


@pytest.mark.parametrize(("lead", "column"), [(offered(), "claim_expires_at"), (claimed(), "contact_expires_at")])
def test_a_window_keeps_what_was_left_of_it(lead: Lead, column: str) -> None:
    paused = _paused(lead, START + _MINUTE)
    assert paused.window_due_at is None
    assert paused.remind_at is None
    going = _resumed(paused, _LATER)
    assert getattr(going, column) == going.wake_at == _LATER + WINDOW - _MINUTE
    assert (going.paused_at, going.pause_code, going.resume_due_at) == (None, None, None)


def test_the_new_end_is_in_the_offers_own_row() -> None:
    paused = _paused(offered(), START + _MINUTE)
    decided = decide(paused, Resume(**given(MANAGER, _LATER)), context(_LATER))
    assert isinstance(decided, Transition)
    assert [dict(one.changes) for one in decided.changed] == [{"claim_expires_at": decided.after.claim_expires_at}]


def test_a_second_pause_changes_the_end_and_not_what_was_left() -> None:
    paused = _paused(_paused(offered(), START + _MINUTE), START + 2 * _MINUTE, _LATER)
    assert (paused.paused_at, paused.wake_at) == (START + _MINUTE, _LATER)
    assert _resumed(paused, _LATER).claim_expires_at == _LATER + WINDOW - _MINUTE


def test_time_does_nothing_to_a_paused_lead() -> None:
    paused = _paused(offered(), START + _MINUTE)
    due_at = START + WINDOW
    for command in (
        Breach(**given(at=due_at), epoch=paused.epoch, due_at=due_at),
        Remind(**given(at=due_at), epoch=paused.epoch, due_at=due_at),
        Route(**given(at=due_at)),
    ):
        assert isinstance(decide(paused, command, context(due_at, BOB)), Unchanged)


def test_the_end_of_the_pause_is_kept_and_never_early() -> None:
    paused = _paused(offered(), START + _MINUTE, _LATER)
    early = EndPause(**given(at=_LATER - _MINUTE), due_at=_LATER)
    assert isinstance(decide(paused, early, context(_LATER)), Unchanged)
    stale = EndPause(**given(at=_LATER), due_at=_LATER - _MINUTE)
    assert isinstance(decide(paused, stale, context(_LATER)), Unchanged)
    going = after(paused, EndPause(**given(at=_LATER), due_at=_LATER), context(_LATER))
    assert going.claim_expires_at == _LATER + WINDOW - _MINUTE


def test_whoever_acts_ends_the_pause() -> None:
    decided = decide(_paused(offered(), START + _MINUTE), Claim(**given(person(ANN), _LATER)), context(_LATER, None))
    assert isinstance(decided, Transition)
    assert [event.type for event in decided.events] == [EventType.RESUMED, EventType.CLAIMED]
    assert (decided.after.state, decided.after.claim_breached) == (LifecycleState.CLAIMED, False)
    assert decided.after.contact_expires_at == _LATER + WINDOW
    assert decided.before.paused_at is not None


def test_a_refused_command_leaves_it_paused() -> None:
    paused = _paused(offered(), START + _MINUTE)
    refused = decide(paused, Claim(**given(person(BOB), _LATER)), context(_LATER))
    assert isinstance(refused, Refusal)


def test_a_waiting_lead_is_not_routed_and_its_sla_waits() -> None:
    waiting = after(scored(), Route(**given()), context(START))
    paused = _paused(waiting, START + _MINUTE)
    assert isinstance(decide(paused, Route(**given(at=_LATER)), context(_LATER, ANN)), Unchanged)
    going = _resumed(paused, _LATER)
    assert going.wake_at == _LATER
    assert waiting.queue_sla_at is not None
    assert going.queue_sla_at == waiting.queue_sla_at + (_LATER - START - _MINUTE)


def test_the_outcome_is_due_later_by_the_pause() -> None:
    lead = contacted()
    assert lead.wake_at is not None
    assert _resumed(_paused(lead, START + _MINUTE), _LATER).wake_at == lead.wake_at + (_LATER - START - _MINUTE)


def test_a_snoozed_try_is_due_when_the_lead_is_back() -> None:
    snoozed = after(attempting(), Snooze(**given(person(ANN)), until=_LATER), context(START))
    assert snoozed.remind_at is None
    back = after(snoozed, EndPause(**given(at=_LATER), due_at=_LATER), context(_LATER))
    assert (back.state, back.next_try_at, back.remind_at) == (LifecycleState.ATTEMPTING, _LATER, _LATER)


def test_a_reply_ends_the_snooze() -> None:
    snoozed = after(attempting(), Snooze(**given(person(ANN)), until=_LATER), context(START))
    reply = Contact(**given(person(ANN), START + _MINUTE), direction="inbound", result="connected")
    lead = after(snoozed, reply, context(START + _MINUTE))
    assert (lead.state, lead.paused_at, lead.next_try_at) == (LifecycleState.CONTACTED, None, None)


def test_an_end_that_cannot_be_is_named() -> None:
    for until in (START, START + timedelta(days=15)):
        refused = decide(claimed(), Pause(**given(MANAGER), code="x", until=until), context(START))
        assert isinstance(refused, Refusal)
        assert "until" in refused.message


def test_a_pause_without_an_end_has_the_policys() -> None:
    assert _paused(claimed(), START).wake_at == START + timedelta(days=14)
    decided = decide(claimed(), Pause(**given(MANAGER), code="x"), context(START, pause_days=3))
    assert isinstance(decided, Transition)
    assert decided.after.wake_at == START + timedelta(days=3)


def test_a_window_in_its_last_instant_is_not_born_expired() -> None:
    late = replace(offered(), last_at=START + WINDOW)
    going = _resumed(_paused(late, START + WINDOW), _LATER)
    assert going.claim_expires_at == _LATER


@pytest.mark.parametrize("told", [1, 2])
def test_a_try_that_was_put_off_is_due_anew_and_not_missed(told: int) -> None:
    """The agent who puts a customer off was not idle: the managers hear of it only when the try is missed again."""
    lead = attempting()
    for _ in range(told):
        assert lead.remind_at is not None
        lead = after(
            lead, Remind(**given(at=lead.remind_at), epoch=lead.epoch, due_at=lead.remind_at), context(lead.remind_at)
        )
    at = lead.last_at + _MINUTE
    back = at + timedelta(hours=3)
    lead = after(lead, Snooze(**given(person(ANN), at), until=back), context(at))
    lead = after(lead, EndPause(**given(at=back), due_at=back), context(back))
    assert lead.remind_at == back
    due = decide(lead, Remind(**given(at=back), epoch=lead.epoch, due_at=back), context(back))
    assert isinstance(due, Transition)
    assert [(event.type, event.agent) for event in due.events] == [(EventType.FOLLOW_UP_DUE, ANN)]


@pytest.mark.parametrize("back_after", [timedelta(hours=1), timedelta(hours=5)])
def test_a_pause_does_not_break_a_rules_hold(back_after: timedelta) -> None:
    """The lead still waits until its time; one whose time has passed meanwhile is routed at once."""
    until, back = START + timedelta(hours=3), START + back_after
    plan = RoutePlan(held_until=until)
    lead = after(scored(), Route(**given()), replace(context(START, ANN), plan=plan))
    assert lead.wake_at == until
    going = _resumed(_paused(lead, START + _MINUTE), back)
    assert (going.state, going.wake_at) == (LifecycleState.QUEUED, max(until, back))
    assert _resumed(_paused(going, back), back + _MINUTE).wake_at == max(until, back + _MINUTE)


def test_a_hold_that_is_over_by_hand_does_not_come_back_with_a_pause() -> None:
    waiting = after(scored(), Route(**given()), context(START))
    paused = _paused(replace(waiting, held_until=START + timedelta(days=1)), START + _MINUTE)
    assert _resumed(paused, _LATER).wake_at == _LATER
