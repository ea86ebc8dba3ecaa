"""A broadcast gets the time of an outage back like a single offer: its step, its invitations, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.ids import AgentId
from domain.lifecycle import Context, Transition, Unchanged
from domain.lifecycle.commands import Breach, Claim, Extend
from domain.lifecycle.state import EventType, LifecycleState
from domain.sla.outage import Outage
from domain.sla.policy import OnBreach
from tests.unit.domain.lives import ANN, BOB, CAT, START, given, person
from tests.unit.domain.rounds import ROUND, STEP, Life, done, round_of, types

_OUTAGE = Outage(starts_at=START + timedelta(seconds=20), ends_at=START + timedelta(hours=2))
_BACK = _OUTAGE.ends_at + timedelta(seconds=1)
_SPREAD = timedelta(seconds=round_of(ANN).lead.id.int % 30)


def _seen(life: Life, at: datetime, *ranked: AgentId, **policy: Any) -> Context:
    return replace(life.see(at, *ranked, **policy), outages=(_OUTAGE,))


def _breach(life: Life, at: datetime) -> Breach:
    assert life.lead.claim_expires_at is not None
    return Breach(**given(at=at), epoch=life.lead.epoch, due_at=life.lead.claim_expires_at)


def _over(life: Life, *ranked: AgentId, **policy: Any) -> Transition:
    """The running step ends at its time, by a process that knows of the outage."""
    due_at = life.lead.claim_expires_at
    assert due_at is not None
    return done(life.give(_breach(life, due_at), _seen(life, due_at, *ranked, **policy)))


def test_the_step_and_its_invitations_move_instead_of_ending() -> None:
    life = round_of(ANN, BOB)
    moved = done(life.give(_breach(life, _BACK), _seen(life, _BACK, ANN, BOB, CAT)))
    going = _OUTAGE.ends_at + _SPREAD
    assert (types(moved), moved.kind, moved.invited) == ([EventType.EXTENDED], "extend", None)
    assert (life.lead.epoch, life.lead.offer_step, life.open) == (1, 1, {ANN, BOB})
    assert life.lead.claim_expires_at == life.lead.wake_at == going + STEP - timedelta(seconds=20)
    assert {row["claim_expires_at"] for row in life.offers.values()} == {going + ROUND - timedelta(seconds=20)}


def test_it_is_given_back_once_in_a_round() -> None:
    life = round_of(ANN, BOB)
    done(life.give(Extend(**given(at=_BACK)), _seen(life, _BACK)))
    assert isinstance(life.give(Extend(**given(at=_BACK)), _seen(life, _BACK)), Unchanged)
    ended = life.lead.claim_expires_at
    assert EventType.WIDENED in types(_over(life, ANN, BOB, CAT))
    assert ended is not None
    assert life.lead.claim_expires_at == ended + STEP
    assert EventType.WIDENED in types(_over(life, ANN, BOB, CAT))
    assert EventType.ESCALATED in types(_over(life, ANN, BOB, CAT))


def test_a_step_that_began_during_the_outage_gets_no_more_than_its_own_length() -> None:
    life = round_of(ANN, BOB)
    life.step(ANN, BOB)
    done(life.give(Extend(**given(at=_BACK)), _seen(life, _BACK)))
    assert life.lead.claim_expires_at == _OUTAGE.ends_at + _SPREAD + STEP


def test_a_new_round_gets_nothing_of_an_outage_before_it() -> None:
    life = Life()
    life.route(ANN, at=_BACK)
    assert isinstance(life.give(Extend(**given(at=_BACK)), _seen(life, _BACK)), Unchanged)


def test_a_claim_after_the_outage_is_in_time() -> None:
    life = round_of(ANN, BOB)
    claimed = done(life.give(Claim(**given(person(ANN), _BACK)), _seen(life, _BACK)))
    assert types(claimed) == [EventType.EXTENDED, EventType.CLAIMED]
    assert (claimed.after.state, claimed.after.claim_breached) == (LifecycleState.CLAIMED, False)
    assert "claim_breached" not in life.offers[1, ANN]
    assert life.offers[1, ANN]["claim_expires_at"] > _BACK


@pytest.mark.parametrize("on_breach", list(OnBreach))
def test_under_the_policy_breach_a_missed_round_counts_against_nobody(on_breach: OnBreach) -> None:
    life = round_of(ANN, BOB)
    life.step(ANN, BOB)
    life.step(ANN, BOB)
    missed = _over(life, on_outage="breach", on_breach=on_breach)
    assert missed.events[0].data["cause"] == "outage"
    assert all(life.offers[3, agent]["breach_excused"] for agent in (ANN, BOB))


def test_under_the_policy_breach_a_late_claim_counts_against_nobody() -> None:
    life = round_of(ANN, BOB)
    claimed = done(life.give(Claim(**given(person(ANN), _BACK)), _seen(life, _BACK, on_outage="breach")))
    assert claimed.events[0].type is EventType.SLA_BREACHED
    assert claimed.events[0].data["cause"] == "outage"
    assert (life.offers[1, ANN]["claim_breached"], life.offers[1, ANN]["breach_excused"]) == (True, True)
