"""The transition function: moving on, a manager's choice, and the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.lifecycle import Refusal, Transition, Unchanged, decide
from domain.lifecycle.commands import (
    AgentGone,
    Claim,
    Complete,
    Contact,
    Decline,
    Expire,
    Outcome,
    Reassign,
    Release,
    Restart,
    Route,
    Withdraw,
)
from domain.lifecycle.state import EventType, LifecycleState, Reason
from tests.unit.domain.lives import (
    ANN,
    BOB,
    CAT,
    MANAGER,
    START,
    WINDOW,
    after,
    attempting,
    claimed,
    contacted,
    context,
    escalated,
    given,
    missed,
    offered,
    person,
    received,
    scored,
)


def _types(transition: Transition) -> list[EventType]:
    return [event.type for event in transition.events]


class TestMovingOn:
    def test_a_decline_moves_on_at_once_without_a_breach(self) -> None:
        decided = decide(offered(), Decline(**given(person(ANN)), code="busy"), context(START, BOB))
        assert isinstance(decided, Transition)
        assert (decided.after.agent, decided.after.claim_breached, decided.after.sla_reassignments) == (BOB, False, 0)
        row = decided.reassignment
        assert row is not None
        assert (row.reason, row.notes) == (Reason.UNCLAIMED, "declined:busy")

    def test_the_decliner_cannot_claim_a_waiting_lead(self) -> None:
        waiting = after(offered(), Decline(**given(person(ANN))), context(START))
        assert (waiting.state, waiting.epoch) == (LifecycleState.QUEUED, 2)
        assert isinstance(decide(waiting, Claim(**given(person(ANN))), context(START)), Refusal)

    def test_a_release_is_manual_and_names_who_released(self) -> None:
        decided = decide(claimed(), Release(**given(person(ANN)), code="conflict"), context(START, BOB))
        assert isinstance(decided, Transition)
        row = decided.reassignment
        assert row is not None
        assert (row.reason, row.by, row.notes) == (Reason.MANUAL, ANN, "released:conflict")

    @pytest.mark.parametrize(("lead", "reason"), [(offered(), Reason.UNCLAIMED), (attempting(), Reason.NO_CONTACT)])
    def test_an_agent_who_went_away_is_not_blamed(self, lead: object, reason: Reason) -> None:
        decided = decide(lead, AgentGone(**given(), epoch=1), context(START, BOB))  # type: ignore[arg-type]
        assert isinstance(decided, Transition)
        row = decided.reassignment
        assert row is not None
        assert (row.reason, row.notes) == (reason, "agent_offline")
        assert EventType.SLA_BREACHED not in _types(decided)

    def test_moves_without_a_breach_have_their_own_cap(self) -> None:
        lead = offered()
        for number in range(10):
            agent = lead.agent
            assert agent is not None
            candidate = BOB if number % 2 == 0 else ANN
            lead = after(lead, Decline(**given(person(agent))), context(START, candidate))
        agent = lead.agent
        assert agent is not None
        assert after(lead, Decline(**given(person(agent))), context(START, CAT)).state is LifecycleState.ESCALATED

    def test_a_restart_resets_the_counters(self) -> None:
        lead = after(missed(offered(), BOB), Restart(**given(MANAGER)), context(START, CAT))
        assert (lead.agent, lead.sla_reassignments, lead.claim_breached) == (CAT, 0, False)
        refusal = decide(offered(), Restart(**given(person(ANN))), context(START, BOB))
        assert isinstance(refusal, Refusal)

    def test_a_restart_ends_the_assignment_that_a_waiting_lead_owes(self) -> None:
        decided = decide(missed(offered(), None), Restart(**given(MANAGER)), context(START + WINDOW))
        assert isinstance(decided, Transition)
        assert [(ended.agent, ended.epoch, ended.ended) for ended in decided.changed] == [(ANN, 1, True)]
        later = decide(decided.after, Route(**given(at=START + 2 * WINDOW)), context(START + 2 * WINDOW, BOB))
        assert isinstance(later, Transition)
        assert later.changed == ()
        row = later.reassignment
        assert row is not None
        assert (row.from_agent, row.reason, row.notes) == (ANN, Reason.MANUAL, "restarted")


class TestReassign:
    @pytest.mark.parametrize(
        ("lead", "reason"),
        [
            (scored(), Reason.MANUAL),
            (offered(), Reason.MANUAL),
            (missed(offered(), None), Reason.UNCLAIMED),
            (missed(claimed(), None), Reason.NO_CONTACT),
            (escalated(), Reason.UNCLAIMED),
            (contacted(), Reason.MANUAL),
        ],
    )
    def test_the_reason_follows_the_state(self, lead: object, reason: Reason) -> None:
        decided = decide(lead, Reassign(**given(MANAGER), to_agent=CAT), context(START))  # type: ignore[arg-type]
        assert isinstance(decided, Transition)
        row = decided.reassignment
        assert row is not None
        assert (row.reason, row.to_agent, row.by) == (reason, CAT, MANAGER.id)
        assert (decided.after.state, decided.after.lead_claimed) == (LifecycleState.CLAIMED, True)
        assert decided.after.contact_expires_at is not None

    def test_agents_cannot(self) -> None:
        assert isinstance(decide(offered(), Reassign(**given(person(ANN)), to_agent=BOB), context(START)), Refusal)


class TestEnd:
    def test_an_outcome_closes_and_frees(self) -> None:
        decided = decide(attempting(), Outcome(**given(person(ANN)), result="won", quality=90), context(START))
        assert isinstance(decided, Transition)
        lead = decided.after
        assert (lead.state, lead.close_reason, lead.wake_at) == (LifecycleState.CLOSED, "won", None)
        assert decided.load_changes == {ANN: -1}
        assert (decided.changed[0].converted, decided.changed[0].quality) == (True, 90)

    def test_closed_stays_closed(self) -> None:
        closed = after(contacted(), Outcome(**given(person(ANN)), result="lost"), context(START))
        for command in (
            Claim(**given(person(ANN))),
            Contact(**given(person(ANN)), occurred_at=START + WINDOW),
            Contact(**given(person(BOB))),
            Outcome(**given(MANAGER), result="won"),
            Release(**given(MANAGER), code="x"),
            Reassign(**given(MANAGER), to_agent=BOB),
            Withdraw(**given(MANAGER)),
            Restart(**given(MANAGER)),
            Complete(**given(MANAGER)),
        ):
            refusal = decide(closed, command, context(START + 2 * WINDOW, BOB))
            assert isinstance(refusal, Refusal)
            assert refusal.code == "WrongState"

    def test_evidence_that_arrives_after_the_end_is_a_fact_and_no_change(self) -> None:
        closed = after(contacted(), Outcome(**given(person(ANN)), result="lost"), context(START))
        call = Contact(**given(person(ANN), START + WINDOW), result="connected", occurred_at=START)
        decided = decide(closed, call, context(START + WINDOW))
        assert isinstance(decided, Transition)
        assert decided.kind == "late_fact"
        assert replace(decided.after, seq=closed.seq, last_at=closed.last_at) == closed
        assert decided.attempt is not None

    def test_time_cannot_be_recorded_as_an_outcome(self) -> None:
        assert isinstance(decide(contacted(), Outcome(**given(MANAGER), result="expired"), context(START)), Refusal)

    def test_without_an_outcome_the_last_deadline_closes_the_lead(self) -> None:
        lead = contacted()
        assert lead.wake_at == START + timedelta(days=30)
        command = Expire(**given(at=lead.wake_at), due_at=lead.wake_at)
        assert after(lead, command, context(lead.wake_at)).close_reason == "expired"
        running = offered()
        assert running.wake_at is not None
        early = Expire(**given(at=running.wake_at), due_at=running.wake_at)
        assert isinstance(decide(running, early, context(running.wake_at)), Unchanged)

    def test_a_lead_can_be_withdrawn_before_anybody_has_it(self) -> None:
        assert after(received(), Withdraw(**given(MANAGER)), context(START)).close_reason == "withdrawn"
