"""The transition function: who commits first wins, and nothing is blamed, lost or doubled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ids import SYSTEM_AGENT
from domain.lifecycle import Refusal, Transition, Unchanged, decide
from domain.lifecycle.commands import (
    Breach,
    Claim,
    Contact,
    Route,
)
from domain.lifecycle.state import EventType, LifecycleState, Reason
from domain.lifecycle.transition import PastOffer
from tests.unit.domain.lives import (
    ANN,
    BOB,
    CAT,
    SERVICE,
    START,
    WINDOW,
    after,
    attempting,
    claimed,
    context,
    escalated,
    given,
    missed,
    offered,
    person,
    scored,
)


def _types(transition: Transition) -> list[EventType]:
    return [event.type for event in transition.events]


class TestRouting:
    def test_an_offer_opens_the_claim_window_and_takes_a_slot(self) -> None:
        decided = decide(scored(), Route(**given()), context(START, ANN))
        assert isinstance(decided, Transition)
        lead = decided.after
        assert (lead.state, lead.agent, lead.epoch) == (LifecycleState.OFFERED, ANN, 1)
        assert lead.claim_expires_at == lead.wake_at == START + WINDOW
        assert decided.load_changes == {ANN: 1}
        assert _types(decided) == [EventType.ASSIGNED]
        assert decided.reassignment is None

    def test_without_a_candidate_the_lead_waits_visibly(self) -> None:
        decided = decide(scored(), Route(**given()), context(START))
        assert isinstance(decided, Transition)
        assert decided.after.state is LifecycleState.QUEUED
        assert decided.after.wake_at is not None
        assert _types(decided) == [EventType.FAILED_ASSIGNMENT, EventType.QUEUED]

    def test_the_drain_leaves_a_waiting_lead_alone_while_nobody_is_free(self) -> None:
        waiting = after(scored(), Route(**given()), context(START))
        assert isinstance(decide(waiting, Route(**given(), only_offer=True), context(START)), Unchanged)

    def test_a_window_that_opens_after_an_outage_is_not_born_expired(self) -> None:
        late = START + timedelta(hours=2)
        lead = after(scored(), Route(**given(at=START)), context(late, ANN))
        assert lead.claim_expires_at == late + WINDOW


class TestClaim:
    def test_exactly_the_deadline_is_in_time(self) -> None:
        deadline = START + WINDOW
        lead = after(offered(), Claim(**given(person(ANN), deadline)), context(deadline))
        assert (lead.state, lead.claim_breached) == (LifecycleState.CLAIMED, False)
        assert lead.contact_expires_at == deadline + WINDOW

    def test_a_late_claim_before_the_timer_writes_breach_and_claim_together(self) -> None:
        late = START + WINDOW + timedelta(microseconds=1)
        decided = decide(offered(), Claim(**given(person(ANN), late)), context(late))
        assert isinstance(decided, Transition)
        assert decided.after.claim_breached
        assert _types(decided) == [EventType.SLA_BREACHED, EventType.CLAIMED]
        assert decided.reassignment is None

    def test_received_in_time_but_committed_late_is_in_time(self) -> None:
        decided = decide(
            offered(), Claim(**given(person(ANN), START + WINDOW)), context(START + WINDOW + timedelta(seconds=2))
        )
        assert isinstance(decided, Transition)
        assert not decided.after.claim_breached

    def test_a_repeat_by_the_holder_is_a_success(self) -> None:
        assert isinstance(decide(claimed(), Claim(**given(person(ANN))), context(START)), Unchanged)

    def test_the_loser_learns_who_won_and_when(self) -> None:
        refusal = decide(claimed(), Claim(**given(person(BOB))), context(START))
        assert isinstance(refusal, Refusal)
        assert refusal.code == "AlreadyClaimed"
        assert refusal.detail == {"claimed_by": str(ANN), "claimed_at": START.isoformat()}

    @pytest.mark.parametrize(("agent", "epoch", "code"), [(BOB, None, "NotEligible"), (ANN, 0, "StaleOffer")])
    def test_refusals(self, agent: object, epoch: int | None, code: str) -> None:
        refusal = decide(offered(), Claim(**given(person(agent)), epoch=epoch), context(START))  # type: ignore[arg-type]
        assert isinstance(refusal, Refusal)
        assert refusal.code == code

    def test_whoever_missed_the_window_may_still_claim_while_the_lead_waits(self) -> None:
        waiting = missed(offered(), None)
        assert waiting.state is LifecycleState.QUEUED
        decided = decide(waiting, Claim(**given(person(ANN)), epoch=1), context(START + 2 * WINDOW))
        assert isinstance(decided, Transition)
        assert (decided.after.state, decided.after.agent, decided.after.pending) == (LifecycleState.CLAIMED, ANN, None)
        assert decided.load_changes == {ANN: 1}
        assert EventType.SLA_BREACHED not in _types(decided), "it was recorded when the window was missed"
        refusal = decide(waiting, Claim(**given(person(BOB))), context(START + 2 * WINDOW))
        assert isinstance(refusal, Refusal)

    def test_anybody_may_claim_an_escalated_lead(self) -> None:
        lead = escalated()
        assert (lead.state, lead.agent) == (LifecycleState.ESCALATED, None)
        decided = decide(lead, Claim(**given(person(BOB))), context(START + WINDOW))
        assert isinstance(decided, Transition)
        assert (decided.after.agent, decided.after.contact_expires_at is not None) == (BOB, True)
        row = decided.reassignment
        assert row is not None
        assert (row.from_agent, row.to_agent, row.reason) == (ANN, BOB, Reason.UNCLAIMED)


class TestBreach:
    def test_an_unclaimed_lead_is_passed_on_with_its_audit_row(self) -> None:
        lead = offered()
        decided = decide(lead, Breach(**given(at=START + WINDOW), epoch=1, due_at=START + WINDOW), context(START, BOB))
        assert isinstance(decided, Transition)
        assert (decided.after.agent, decided.after.epoch, decided.after.claim_breached) == (BOB, 2, True)
        assert decided.load_changes == {ANN: -1, BOB: 1}
        row = decided.reassignment
        assert row is not None
        assert (row.from_agent, row.to_agent, row.by, row.reason) == (ANN, BOB, SYSTEM_AGENT, Reason.UNCLAIMED)
        assert _types(decided) == [EventType.SLA_BREACHED, EventType.REASSIGNED]

    def test_a_waiting_lead_gets_its_audit_row_when_it_leaves(self) -> None:
        waiting = missed(claimed(), None)
        assert (waiting.state, waiting.reassignment_count) == (LifecycleState.QUEUED, 0)
        decided = decide(waiting, Route(**given(at=START + 2 * WINDOW)), context(START, BOB))
        assert isinstance(decided, Transition)
        row = decided.reassignment
        assert row is not None
        assert (row.from_agent, row.to_agent, row.reason) == (ANN, BOB, Reason.NO_CONTACT)
        assert decided.after.reassignment_count == 1

    def test_the_cap_ends_in_an_escalation(self) -> None:
        lead = offered()
        for candidate in (BOB, CAT, BOB):
            lead = missed(lead, candidate)
        assert (lead.state, lead.sla_reassignments) == (LifecycleState.OFFERED, 3)
        assert missed(lead, CAT).state is LifecycleState.ESCALATED

    def test_a_pool_of_one_is_not_rung_for_ever(self) -> None:
        lead = offered()
        for _ in range(3):
            lead = missed(lead, ANN)
        assert (lead.state, lead.reassignment_count) == (LifecycleState.OFFERED, 0)
        assert missed(lead, ANN).state is LifecycleState.ESCALATED

    def test_never_early(self) -> None:
        due_at = START + WINDOW
        early = Breach(**given(at=due_at - timedelta(microseconds=1)), epoch=1, due_at=due_at)
        assert isinstance(decide(offered(), early, context(due_at, BOB)), Unchanged)

    def test_a_claim_answered_is_never_breached(self) -> None:
        due_at = START + WINDOW
        command = Breach(**given(at=due_at), epoch=1, due_at=due_at)
        assert isinstance(decide(claimed(at=due_at), command, context(due_at, BOB)), Unchanged)
        assert isinstance(decide(attempting(), command, context(due_at, BOB)), Unchanged)

    def test_notify_only_keeps_the_agent(self) -> None:
        lead = missed(offered(), BOB, on_breach="notify_only")
        assert (lead.state, lead.agent, lead.claim_breached) == (LifecycleState.OFFERED, ANN, True)
        assert lead.wake_at is not None

    def test_an_escalation_is_raised_to_its_last_level_and_then_once_a_day(self) -> None:
        lead = escalated()
        levels = []
        for _ in range(4):
            assert lead.wake_at is not None
            due_at = lead.wake_at
            lead = after(lead, Breach(**given(at=due_at), epoch=lead.epoch, due_at=due_at), context(due_at))
            levels.append(lead.escalation_level)
        assert levels == [2, 3, 3, 3]
        assert lead.wake_at == lead.last_at + timedelta(days=1)


class TestContact:
    def test_the_first_attempt_completes_the_window_but_is_no_contact(self) -> None:
        lead = attempting()
        assert (lead.state, lead.first_action_completed) == (LifecycleState.ATTEMPTING, True)
        assert (lead.contact_expires_at, lead.first_contact_at) == (None, None)

    def test_reaching_the_customer_frees_the_slot(self) -> None:
        decided = decide(attempting(), Contact(**given(person(ANN)), result="connected"), context(START))
        assert isinstance(decided, Transition)
        assert decided.after.state is LifecycleState.CONTACTED
        assert decided.load_changes == {ANN: -1}

    def test_an_inbound_call_reaches_whoever_answered(self) -> None:
        for channel, result in (
            ("call", "connected"),
            ("email", "sent"),
            ("sms", "delivered"),
            ("whatsapp", "replied"),
        ):
            command = Contact(**given(SERVICE), channel=channel, direction="inbound", result=result)
            assert after(claimed(), command, context(START)).state is LifecycleState.CONTACTED

    def test_a_late_contact_is_late_and_clears_no_breach(self) -> None:
        late = START + WINDOW + timedelta(seconds=1)
        lead = after(claimed(), Contact(**given(person(ANN), late), result="connected"), context(late))
        assert (lead.contact_breached, lead.contacted_late) == (True, True)

    def test_the_attempts_own_time_counts_clamped_to_the_window(self) -> None:
        later = START + 2 * WINDOW
        call = Contact(**given(person(ANN), later), result="connected", occurred_at=START + timedelta(seconds=10))
        assert not after(claimed(), call, context(later)).contact_breached
        before = Contact(**given(person(ANN), later), result="connected", occurred_at=START - timedelta(days=1))
        assert after(claimed(), before, context(later)).first_action_at == START

    def test_evidence_in_time_that_arrives_late_is_excused_while_the_lead_waits(self) -> None:
        waiting = missed(claimed(), None)
        at = START + 2 * WINDOW
        call = Contact(**given(person(ANN), at), result="connected", occurred_at=START + timedelta(seconds=10))
        decided = decide(waiting, call, context(at))
        assert isinstance(decided, Transition)
        assert (decided.after.state, decided.after.agent) == (LifecycleState.CONTACTED, ANN)
        assert decided.changed[0].changes["breach_excused"] is True
        assert decided.reassignment is None

    def test_only_the_holder_records_and_only_after_the_claim(self) -> None:
        stranger = decide(claimed(), Contact(**given(person(BOB))), context(START))
        assert isinstance(stranger, Refusal)
        assert stranger.code == "Forbidden"
        unclaimed = decide(offered(), Contact(**given(person(ANN))), context(START))
        assert isinstance(unclaimed, Refusal)
        assert unclaimed.code == "WrongState"


class TestExcuses:
    def _past(self, **flags: bool) -> PastOffer:
        return PastOffer(
            agent=ANN,
            epoch=1,
            claim_expires_at=START + WINDOW,
            contact_started_at=START,
            contact_expires_at=START + WINDOW,
            claim_breached=flags.get("claim", False),
            contact_breached=flags.get("contact", False),
        )

    @pytest.mark.parametrize(("seconds", "excused"), [(300, True), (301, False)])
    def test_a_claim_sent_in_time_that_lost_against_the_timer(self, seconds: int, excused: bool) -> None:
        moved_on = missed(offered(), BOB)
        sent = START + timedelta(seconds=seconds)
        ctx = replace(context(sent + WINDOW), past_offer=self._past(claim=True))
        refusal = decide(moved_on, Claim(**given(person(ANN), sent), epoch=1), ctx)
        assert isinstance(refusal, Refusal)
        assert refusal.code == "StaleOffer"
        assert bool(refusal.changed) is excused

    def test_evidence_in_time_excuses_and_never_takes_the_lead_back(self) -> None:
        moved_on = missed(claimed(), BOB)
        at = START + 2 * WINDOW
        call = Contact(**given(person(ANN), at), epoch=1, result="connected", occurred_at=START + timedelta(seconds=9))
        decided = decide(moved_on, call, replace(context(at), past_offer=self._past(contact=True)))
        assert isinstance(decided, Transition)
        assert (decided.after.agent, decided.after.state) == (BOB, LifecycleState.OFFERED)
        assert decided.load_changes == {}
        assert decided.changed[0].changes["breach_excused"] is True
        assert decided.attempt is not None
        assert (decided.attempt.agent, decided.attempt.epoch) == (ANN, 1)

    def test_late_evidence_of_an_earlier_holder_is_refused(self) -> None:
        moved_on = missed(claimed(), BOB)
        at = START + 2 * WINDOW
        call = Contact(**given(person(ANN), at), epoch=1, result="connected")
        refusal = decide(moved_on, call, replace(context(at), past_offer=self._past(contact=True)))
        assert isinstance(refusal, Refusal)
        assert refusal.code == "StaleOffer"
