"""A lead that is offered to many: steps, claims, declines, and what ends a round."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given as given_that
from hypothesis import strategies as st

from domain.ids import AgentId, HistoryId
from domain.lifecycle import Transition, Unchanged
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import (
    Breach,
    Command,
    MigrateConfiguration,
    Outcome,
    Reassign,
    Release,
    Restart,
    Route,
    Withdraw,
)
from domain.lifecycle.plan import AT_ONCE
from domain.lifecycle.state import EventType, LifecycleState, OfferKind, OfferStatus, Reason
from domain.sla.policy import OnBreach
from tests.unit.domain.lives import (
    ANN,
    BOB,
    CAT,
    MANAGER,
    SERVICE,
    START,
    after,
    broadcast,
    claimed,
    given,
    missed,
    person,
    scored,
)
from tests.unit.domain.rounds import DAN, EVE, EVERYBODY, ROUND, STEP, Life, done, is_open, refused, round_of, types


class TestSteps:
    def test_a_round_invites_the_best_and_takes_no_load(self) -> None:
        life = Life()
        begun = life.route(*EVERYBODY)
        lead = life.lead
        assert (lead.state, lead.agent, lead.offer_step, lead.epoch) == ("offered", None, 1, 1)
        assert lead.wake_at == lead.claim_expires_at == START + STEP
        assert begun.invited is not None
        assert begun.invited.agents == (ANN, BOB)
        assert begun.invited.claim_expires_at == START + ROUND, "an invitation lasts until the round ends"
        assert begun.opened is None
        assert begun.load_changes == {}
        assert [(event.type, event.agent, event.data) for event in begun.events] == [
            (EventType.ASSIGNED, agent, {"epoch": 1, "round": 1}) for agent in (ANN, BOB)
        ]

    def test_nobody_to_invite_waits_as_usual(self) -> None:
        life = Life()
        life.route()
        assert (life.lead.state, life.lead.offer_step, life.offers) == ("queued", 0, {})

    def test_each_step_widens_the_circle_in_a_new_epoch(self) -> None:
        life = round_of(*EVERYBODY)
        second = life.step(*EVERYBODY)
        assert [(event.type, event.agent) for event in second.events] == [
            (EventType.WIDENED, None),
            (EventType.ASSIGNED, CAT),
        ]
        assert second.events[0].data == {"epoch": 2, "step": 2}
        assert life.open == {ANN, BOB, CAT}
        assert life.statuses(1) == dict.fromkeys((ANN, BOB), (OfferStatus.WITHDRAWN, "widened"))
        life.step(*EVERYBODY)
        assert (life.lead.epoch, life.lead.offer_step, life.open) == (3, 3, set(EVERYBODY))
        assert life.lead.claim_started_at == START, "one claim window, from the first invitation"
        assert life.lead.claim_expires_at == START + ROUND
        assert not life.lead.claim_breached

    def test_those_invited_stay_whatever_the_ranking_says_by_now(self) -> None:
        life = round_of(ANN, BOB)
        life.step(EVE, DAN)
        assert life.open == {ANN, BOB, EVE}

    def test_a_step_that_finds_nobody_new_goes_on_with_those_invited(self) -> None:
        life = round_of(ANN)
        life.step()
        assert (life.lead.offer_step, life.open) == (2, {ANN})

    def test_a_step_ends_once_and_never_early(self) -> None:
        life = round_of(*EVERYBODY)
        due_at = START + STEP
        early = Breach(**given(SYSTEM, due_at - timedelta(seconds=1)), epoch=1, due_at=due_at)
        assert isinstance(life.give(early, life.see(due_at, *EVERYBODY)), Unchanged)
        on_time = Breach(**given(SYSTEM, due_at), epoch=1, due_at=due_at)
        done(life.give(on_time, life.see(due_at, *EVERYBODY)))
        assert isinstance(life.give(on_time, life.see(due_at, *EVERYBODY)), Unchanged)

    def test_a_round_that_nobody_claims_is_one_breach_and_a_managers_matter(self) -> None:
        life = round_of(*EVERYBODY)
        life.step(*EVERYBODY)
        life.step(*EVERYBODY)
        ended = life.step(*EVERYBODY)
        lead = life.lead
        assert (lead.state, lead.agent, lead.offer_step, lead.claim_breached) == ("escalated", None, 0, True)
        assert types(ended) == [EventType.SLA_BREACHED, EventType.ESCALATED]
        assert ended.events[0].data == {"epoch": 3, "window": "claim", "due_at": (START + ROUND).isoformat()}
        assert ended.events[1].data["reason"] == "broadcast_unclaimed"
        assert life.statuses(3) == dict.fromkeys(EVERYBODY, (OfferStatus.MISSED, "broadcast_unclaimed"))
        assert all(life.offers[3, agent]["claim_breached"] for agent in EVERYBODY)
        assert (ended.reassignment, lead.pending, lead.reassignment_count) == (None, None, 0)

    def test_only_notified_of_the_breach_the_invitations_stay_open(self) -> None:
        life = round_of(ANN)
        life.step()
        life.step()
        ended = life.step(on_breach=OnBreach.NOTIFY_ONLY)
        assert (life.lead.state, life.lead.claim_expires_at, life.open) == ("offered", None, {ANN})
        assert types(ended) == [EventType.SLA_BREACHED]
        late = done(life.claim(ANN, at=START + 2 * ROUND))
        assert late.after.state is LifecycleState.CLAIMED
        assert types(late) == [EventType.CLAIMED], "the breach was recorded once"

    def test_a_configuration_without_broadcast_takes_over_when_the_step_ends(self) -> None:
        life = round_of(ANN, BOB)
        context = replace(life.see(START + STEP, CAT), plan=AT_ONCE, candidate=CAT)
        command = Breach(**given(SYSTEM, START + STEP), epoch=1, due_at=START + STEP)
        moved = done(life.give(command, context))
        assert (life.lead.state, life.lead.agent, life.lead.epoch, life.lead.offer_step) == ("offered", CAT, 2, 0)
        assert life.open == set()
        assert moved.load_changes == {CAT: 1}
        assert not life.lead.claim_breached

    def test_without_anybody_then_it_waits_in_an_epoch_that_nobody_was_invited_in(self) -> None:
        life = round_of(ANN)
        context = replace(life.see(START + STEP), plan=AT_ONCE)
        done(life.give(Breach(**given(SYSTEM, START + STEP), epoch=1, due_at=START + STEP), context))
        assert (life.lead.state, life.lead.epoch, life.open) == ("queued", 2, set())
        assert refused(life.claim(ANN, at=START + STEP, epoch=1)).code == "StaleOffer"


class TestClaims:
    def test_the_first_claim_wins_and_the_rest_are_told(self) -> None:
        life = round_of(ANN, BOB)
        at = START + timedelta(seconds=20)
        won = done(life.claim(BOB, at))
        lead = life.lead
        assert (lead.state, lead.agent, lead.assignment_method, lead.offer_step) == ("claimed", BOB, "broadcast", 0)
        assert lead.history_id == HistoryId(UUID(int=7))
        assert lead.contact_expires_at == at + ROUND
        assert won.load_changes == {BOB: 1}
        assert won.opened is not None
        assert (won.opened.kind, won.opened.status, won.opened.invited) == (OfferKind.BROADCAST, "claimed", 2)
        assert life.statuses(1) == {
            ANN: (OfferStatus.WITHDRAWN, "claimed_by_other"),
            BOB: (OfferStatus.CLAIMED, None),
        }
        assert life.offers[1, BOB]["history_id"] == lead.history_id
        assert won.reassignment is None
        late = refused(life.claim(ANN, at))
        assert late.code == "AlreadyClaimed"
        assert late.detail == {"claimed_by": str(BOB), "claimed_at": at.isoformat()}
        assert isinstance(life.claim(BOB, at), Unchanged), "a repeat by the holder is a success"

    def test_whoever_is_not_invited_is_not_eligible(self) -> None:
        life = round_of(*EVERYBODY)
        assert refused(life.claim(CAT)).code == "NotEligible"
        assert refused(life.claim(CAT, epoch=1)).code == "NotEligible"
        assert refused(life.claim(CAT, epoch=0)).code == "StaleOffer"
        assert life.open == {ANN, BOB}

    def test_an_answer_to_an_earlier_step_counts_while_nobody_was_faster(self) -> None:
        life = round_of(*EVERYBODY)
        life.step(*EVERYBODY)
        claimed_late = done(life.claim(ANN, at=START + STEP, epoch=1))
        assert claimed_late.after.agent == ANN
        assert not claimed_late.after.claim_breached, "only the whole round is the claim window"
        assert life.statuses(2)[ANN][0] is OfferStatus.CLAIMED

    def test_a_newcomer_cannot_answer_a_step_before_its_own(self) -> None:
        life = round_of(*EVERYBODY)
        life.step(*EVERYBODY)
        assert refused(life.claim(CAT, at=START + STEP, epoch=1)).code == "StaleOffer"

    def test_the_answer_to_an_earlier_round_is_stale(self) -> None:
        life = round_of(*EVERYBODY)
        at = START + timedelta(seconds=1)
        done(life.give(Restart(**given(MANAGER, at)), life.see(at, *EVERYBODY, goes_on=False)))
        assert refused(life.claim(ANN, at=at, epoch=1)).code == "StaleOffer"
        assert done(life.claim(ANN, at=at, epoch=2)).after.agent == ANN

    @pytest.mark.parametrize(("seconds", "late"), [(300, False), (301, True)])
    def test_a_claim_is_late_after_the_whole_round(self, seconds: int, late: bool) -> None:
        life = round_of(ANN, BOB)
        life.step()
        life.step()
        claim = done(life.claim(ANN, at=START + timedelta(seconds=seconds)))
        assert claim.after.claim_breached is late
        assert (EventType.SLA_BREACHED in types(claim)) is late
        assert life.offers[3, ANN].get("claim_breached", False) is late
        assert "claim_breached" not in life.offers[3, BOB], "one breach, of whoever was late"

    def test_a_debt_is_paid_by_whoever_claims(self) -> None:
        lead = claimed()
        life = Life(lead=lead)
        life.offers[lead.epoch, ANN] = {"status": OfferStatus.CLAIMED, "offered_at": START, "claim_expires_at": None}
        due_at = lead.contact_expires_at
        assert due_at is not None
        begun = done(
            life.give(Breach(**given(SYSTEM, due_at), epoch=lead.epoch, due_at=due_at), life.see(due_at, BOB, CAT))
        )
        assert begun.load_changes == {ANN: -1}
        assert begun.reassignment is None
        assert life.lead.pending is not None
        assert life.offers[lead.epoch, ANN]["ended_at"] == due_at
        assert life.lead.sla_reassignments == 1
        life.step(BOB, CAT, DAN)
        won = done(life.claim(CAT, at=life.lead.last_at))
        assert won.reassignment is not None
        assert (won.reassignment.from_agent, won.reassignment.to_agent) == (ANN, CAT)
        assert won.reassignment.reason is Reason.NO_CONTACT
        assert (won.after.pending, won.after.sla_reassignments, won.after.reassignment_count) == (None, 1, 1)
        assert types(won) == [EventType.REASSIGNED, EventType.CLAIMED]

    def test_a_released_lead_is_offered_to_many_again(self) -> None:
        life = round_of(ANN, BOB)
        life.claim(ANN)
        at = START + timedelta(seconds=1)
        released = done(life.give(Release(**given(person(ANN), at), code="busy"), life.see(at, BOB)))
        assert released.load_changes == {ANN: -1}
        assert (life.lead.state, life.lead.agent, life.lead.epoch, life.open) == ("offered", None, 2, {BOB})
        won = done(life.claim(BOB, at=at))
        assert won.reassignment is not None
        assert (won.reassignment.from_agent, won.reassignment.notes) == (ANN, "released:busy")


class TestDeclines:
    def test_a_decline_ends_one_invitation(self) -> None:
        life = round_of(ANN, BOB)
        declined = done(life.decline(ANN, CAT))
        assert (life.lead.state, life.lead.epoch, life.lead.claim_expires_at) == ("offered", 1, START + STEP)
        assert declined.invited is None
        assert life.statuses(1) == {ANN: (OfferStatus.DECLINED, "declined:busy"), BOB: (OfferStatus.OPEN, None)}
        assert refused(life.claim(ANN)).code == "NotEligible"
        assert life.lead.other_reassignments == 0

    def test_when_nobody_is_left_the_next_step_begins_at_once(self) -> None:
        life = round_of(ANN, BOB)
        life.decline(ANN, CAT)
        at = START + timedelta(seconds=5)
        second = done(life.decline(BOB, CAT, at=at))
        assert types(second) == [EventType.DECLINED, EventType.WIDENED, EventType.ASSIGNED]
        assert (life.lead.epoch, life.lead.offer_step, life.open) == (2, 2, {CAT})
        assert life.lead.claim_expires_at == at + STEP
        assert life.offers[2, CAT]["claim_expires_at"] == at + timedelta(seconds=240)
        assert life.statuses(1)[BOB] == (OfferStatus.DECLINED, "declined:busy")

    def test_when_everybody_has_declined_a_manager_decides_without_a_breach(self) -> None:
        life = round_of(ANN)
        ended = done(life.decline(ANN))
        assert (life.lead.state, life.lead.claim_breached) == ("escalated", False)
        assert types(ended) == [EventType.DECLINED, EventType.ESCALATED]
        assert life.statuses(1) == {ANN: (OfferStatus.DECLINED, "declined:busy")}

    def test_an_answer_to_an_earlier_step_declines_the_invitation_too(self) -> None:
        life = round_of(*EVERYBODY)
        life.step(*EVERYBODY)
        done(life.decline(ANN, *EVERYBODY, at=START + STEP, epoch=1))
        assert life.open == {BOB, CAT}

    def test_only_those_invited_decline(self) -> None:
        life = round_of(ANN, BOB)
        assert refused(life.decline(EVE)).code == "Forbidden"
        assert refused(life.decline(EVE, epoch=0)).code == "StaleOffer"


class TestEnds:
    @pytest.mark.parametrize(
        ("command", "code"),
        [
            (Withdraw(**given(SERVICE)), "withdrawn"),
            (Outcome(**given(MANAGER), result="invalid"), "invalid"),
            (Reassign(**given(MANAGER), to_agent=EVE), "reassigned"),
        ],
    )
    def test_what_ends_the_round_ends_every_invitation(self, command: Command, code: str) -> None:
        life = round_of(ANN, BOB)
        ended = done(life.give(command, life.see(START)))
        assert life.statuses(1) == dict.fromkeys((ANN, BOB), (OfferStatus.WITHDRAWN, code))
        assert ended.after.offer_step == 0

    def test_a_restart_begins_a_new_round(self) -> None:
        life = round_of(*EVERYBODY)
        life.step(*EVERYBODY)
        at = START + STEP
        done(life.give(Restart(**given(MANAGER, at)), life.see(at, *EVERYBODY, goes_on=False)))
        assert (life.lead.epoch, life.lead.offer_step, life.open) == (3, 1, {ANN, BOB})
        assert life.lead.claim_started_at == at
        assert set(life.statuses(2).values()) == {(OfferStatus.WITHDRAWN, "restarted")}

    def test_a_migration_leaves_the_round_alone(self) -> None:
        life = round_of(ANN, BOB)
        done(life.give(MigrateConfiguration(**given(MANAGER), version=2), life.see(START)))
        assert (life.lead.epoch, life.lead.claim_expires_at, life.open) == (1, START + STEP, {ANN, BOB})

    def test_who_missed_a_window_before_loses_the_late_claim_to_the_round(self) -> None:
        """The next agents are committed with the round, so the missed assignment ends there."""
        waiting = missed(after(scored(), Route(**given()), replace(broadcast(START, ANN), plan=AT_ONCE)), None)
        life = Life(lead=waiting)
        life.offers[waiting.epoch, ANN] = {
            "status": OfferStatus.MISSED,
            "offered_at": START,
            "claim_expires_at": START + ROUND,
        }
        begun = life.route(BOB, at=waiting.last_at)
        assert life.offers[waiting.epoch, ANN]["end_code"] == Reason.UNCLAIMED
        assert [change.agent for change in begun.changed] == [ANN]
        assert refused(life.claim(ANN, at=waiting.last_at)).code == "NotEligible"


_MOVES = st.lists(
    st.one_of(
        st.just(("step", ANN)),
        st.tuples(st.sampled_from(["claim", "decline"]), st.sampled_from(EVERYBODY)),
    ),
    max_size=14,
)


@given_that(_MOVES)
def test_at_every_moment_a_round_has_somebody_invited_and_nobody_assigned(moves: list[tuple[str, AgentId]]) -> None:
    life = round_of(*EVERYBODY)
    declined: set[AgentId] = set()
    for move, agent in moves:
        if not life.lead.in_round:
            break
        gone = declined | ({agent} if move == "decline" else set())
        willing = [one for one in EVERYBODY if one not in gone]
        if move == "step":
            life.step(*willing)
        elif move == "claim":
            life.claim(agent, at=life.lead.last_at)
        elif isinstance(life.decline(agent, *willing, at=life.lead.last_at), Transition):
            declined.add(agent)
        epochs = {epoch for (epoch, _), row in life.offers.items() if is_open(row)}
        assert epochs == ({life.lead.epoch} if life.lead.in_round else set())
        assert not life.open & declined, "whoever declined is not asked again in this round"
        assert (life.lead.offer_step > 0) is life.lead.in_round
        assert len([row for row in life.offers.values() if row["status"] is OfferStatus.CLAIMED]) == (
            life.lead.state is LifecycleState.CLAIMED
        )
