"""Warnings before a window ends, and the cadence of tries."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.contact import Channel
from domain.lifecycle import Lead, Transition, Unchanged, decide
from domain.lifecycle.commands import Claim, Contact, Outcome, Pause, Remind, Resume, Route
from domain.lifecycle.notices import Audience, notices_of
from domain.lifecycle.state import EventType, LifecycleState
from domain.sla.follow_ups import FollowUps
from domain.sla.policy import SlaPolicy
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
    missed,
    offered,
    person,
    scored,
)

_MINUTE = timedelta(minutes=1)


def _due(lead: Lead) -> Remind:
    assert lead.remind_at is not None
    return Remind(**given(at=lead.remind_at), epoch=lead.epoch, due_at=lead.remind_at)


def _reminded(lead: Lead, at: datetime | None = None, **policy: Any) -> Transition:
    command = _due(lead)
    decided = decide(lead, command, context(at or command.due_at, **policy))
    assert isinstance(decided, Transition)
    return decided


def _levels(transition: Transition) -> list[int]:
    return [event.data["level"] for event in transition.events if event.type is EventType.SLA_WARNING]


@pytest.mark.parametrize("lead", [offered(), claimed()])
def test_each_warning_comes_once_at_its_fraction(lead: Lead) -> None:
    assert lead.remind_at == START + 0.75 * WINDOW
    first = _reminded(lead)
    assert (_levels(first), first.after.alarm_level) == ([1], 1)
    assert isinstance(decide(first.after, _due(lead), context(START + WINDOW)), Unchanged)
    assert first.after.remind_at == START + 0.9 * WINDOW
    second = _reminded(first.after)
    assert (_levels(second), second.after.remind_at, second.after.wake_at) == ([2], None, START + WINDOW)


def test_the_agent_gets_one_notice_for_each() -> None:
    (notice,) = notices_of(_reminded(offered()))
    assert (notice.kind, notice.agent, notice.audience) == (EventType.SLA_WARNING, ANN, None)
    assert notice.data["window"] == "claim"


def test_those_that_were_overslept_come_together_none_after_the_fact() -> None:
    assert _levels(_reminded(offered(), START + 0.95 * WINDOW)) == [1, 2]
    late = _reminded(offered(), START + WINDOW + _MINUTE)
    assert (late.events, late.after.remind_at) == ((), None)


def test_never_early() -> None:
    lead = offered()
    assert lead.remind_at is not None
    early = Remind(**given(at=lead.remind_at - timedelta(microseconds=1)), epoch=lead.epoch, due_at=lead.remind_at)
    assert isinstance(decide(lead, early, context(START)), Unchanged)


def test_a_pause_moves_a_warning_and_doubles_none() -> None:
    warned = _reminded(offered()).after
    at = START + 0.8 * WINDOW
    paused = after(warned, Pause(**given(MANAGER, at), code="x"), context(at))
    later = START + timedelta(hours=3)
    going = after(paused, Resume(**given(MANAGER, later)), context(later))
    assert going.remind_at == later + 0.1 * WINDOW
    assert _levels(_reminded(going)) == [2]


def test_a_new_window_warns_anew() -> None:
    warned = _reminded(offered()).after
    claimed_now = after(warned, Claim(**given(person(ANN), START + _MINUTE)), context(warned.last_at))
    assert (claimed_now.alarm_level, claimed_now.remind_at) == (0, warned.last_at + 0.75 * WINDOW)
    passed_on = missed(_reminded(offered()).after, BOB)
    assert (passed_on.alarm_level, passed_on.remind_at) == (0, START + WINDOW + 0.75 * WINDOW)


def test_the_older_systems_alarms_are_a_preset() -> None:
    policy = SlaPolicy.model_validate({"warnings": "minute_alarms"})
    lead = after(scored(), Route(**given()), context(START, ANN, warnings=policy.warnings))
    levels: list[int] = []
    while lead.remind_at is not None:
        decided = _reminded(lead, warnings=policy.warnings)
        levels += _levels(decided)
        lead = decided.after
    assert levels == [1, 2, 3, 4]


def test_a_lead_that_waits_warns_the_managers() -> None:
    waiting = after(scored(), Route(**given()), context(START))
    assert waiting.queue_sla_at is not None
    assert waiting.remind_at == START + 0.75 * (waiting.queue_sla_at - START)
    (notice,) = notices_of(_reminded(waiting))
    assert (notice.audience, notice.data["window"]) == (Audience.MANAGERS, "queue")


def test_a_lead_that_waits_again_for_the_same_end_is_warned_of_it_once() -> None:
    lead = after(scored(), Route(**given()), context(START))
    ends_at = lead.queue_sla_at
    assert ends_at is not None
    warned = _reminded(lead)
    for _ in range(2):
        at = warned.after.last_at + _MINUTE
        lead = after(warned.after, Route(**given(at=at)), context(at, ANN))
        lead = missed(lead, None)
        assert (lead.state, lead.queue_sla_at) == (LifecycleState.QUEUED, ends_at)
        warned = replace(warned, after=lead)
    assert (lead.alarm_level, lead.remind_at) == (1, START + 0.9 * (ends_at - START))
    assert _levels(_reminded(lead)) == [2]


def test_what_was_due_while_it_was_offered_is_not_made_up_for() -> None:
    lead = after(scored(), Route(**given()), context(START))
    assert lead.queue_sla_at is not None
    at = START + 0.95 * (lead.queue_sla_at - START)
    lead = after(lead, Route(**given(at=at)), context(at, ANN))
    lead = missed(lead, None)
    assert (lead.alarm_level, lead.remind_at) == (2, None)


def test_a_nearer_end_is_warned_of_anew() -> None:
    lead = after(scored(), Route(**given()), context(START))
    assert lead.queue_sla_at is not None
    warned = _reminded(lead).after
    offered_again = after(warned, Route(**given(at=warned.last_at)), context(warned.last_at, ANN))
    later = replace(offered_again, queue_sla_at=lead.queue_sla_at + timedelta(days=9))
    assert missed(later, None).alarm_level == 0


def test_nobody_is_reminded_of_what_is_over() -> None:
    assert contacted().remind_at is None
    assert after(claimed(), Outcome(**given(person(ANN)), result="lost"), context(START)).remind_at is None


class TestCadence:
    def test_the_next_try_is_shown_and_comes_later_each_time(self) -> None:
        lead, at = attempting(), START
        for wanted in (timedelta(minutes=10), timedelta(hours=2), timedelta(days=1), timedelta(days=1)):
            at += wanted
            assert lead.next_try_at == lead.remind_at == at
            lead = after(lead, Contact(**given(person(ANN), at), result="no_answer"), context(at))

    def test_the_holder_is_told_then_the_managers_then_nobody(self) -> None:
        due = _reminded(attempting())
        assert [event.type for event in due.events] == [EventType.FOLLOW_UP_DUE]
        assert [notice.agent for notice in notices_of(due)] == [ANN]
        assert due.after.next_try_at == START + timedelta(minutes=10)
        forgotten = _reminded(due.after)
        assert [event.type for event in forgotten.events] == [EventType.FOLLOW_UP_MISSED]
        assert [notice.audience for notice in notices_of(forgotten)] == [Audience.MANAGERS]
        assert forgotten.after.remind_at is None

    def test_any_reply_ends_it(self) -> None:
        at = START + _MINUTE
        lead = after(attempting(), Contact(**given(person(ANN), at), result="replied"), context(at))
        assert (lead.next_try_at, lead.remind_at) == (None, None)

    def test_after_the_last_try_the_customer_is_unreachable(self) -> None:
        policy: dict[str, Any] = {"follow_ups": FollowUps(steps=(5,), tries=2)}
        lead = after(claimed(), Contact(**given(person(ANN)), result="no_answer"), context(START, **policy))
        at = START + 5 * _MINUTE
        lead = after(lead, Contact(**given(person(ANN), at), result="voicemail"), context(at, **policy))
        closed = _reminded(lead, **policy).after
        assert (closed.state, closed.close_reason) == (LifecycleState.CLOSED, "unreachable")

    def test_the_next_holder_begins_anew(self) -> None:
        at = START + timedelta(hours=1)
        lead = attempting()
        moved = after(lead, Outcome(**given(MANAGER, at), result="invalid"), context(at))
        assert (moved.follow_ups, moved.next_try_at) == (0, None)


def test_a_channel_that_does_not_count_is_on_record_and_the_window_goes_on() -> None:
    only_calls: dict[str, Any] = {"contact_channels": (Channel.CALL,)}
    mail = Contact(**given(person(ANN)), channel="email", result="sent")
    decided = decide(claimed(), mail, context(START, **only_calls))
    assert isinstance(decided, Transition)
    assert decided.attempt is not None
    assert (decided.after.state, decided.after.first_action_completed) == (LifecycleState.CLAIMED, False)
    assert decided.after.contact_expires_at == START + WINDOW
    reply = Contact(**given(person(ANN)), channel="email", direction="inbound", result="replied")
    assert after(claimed(), reply, context(START, **only_calls)).state is LifecycleState.CONTACTED
