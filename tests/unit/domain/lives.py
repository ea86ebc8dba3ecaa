"""Leads at every point of their life, for the tests of the transition function."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.configuration import Configuration
from domain.ids import AgentId, HistoryId, LeadId
from domain.lifecycle import Context, Lead, Transition, decide
from domain.lifecycle.actor import SYSTEM, Actor, Role
from domain.lifecycle.commands import Breach, Claim, Command, Contact, Pause, RecordScore, Route
from domain.lifecycle.plan import RoutePlan
from domain.lifecycle.state import LifecycleState
from domain.lifecycle.transition import Invitation
from domain.routing.offer_plan import OfferPlan, OfferStep
from domain.sla.policy import SlaPolicy
from domain.tier import Tier

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
WINDOW = timedelta(seconds=300)
ANN, BOB, CAT = (AgentId(UUID(int=number)) for number in (11, 12, 13))
MANAGER = Actor(role=Role.MANAGER, id=UUID(int=50))
SERVICE = Actor(role=Role.SERVICE, id=UUID(int=60))
STEPS = OfferPlan(
    steps=(OfferStep(seconds=60, take=2), OfferStep(seconds=60, take=3), OfferStep(seconds=180, take="all"))
)
"""Two are asked for a minute, three for another, then everybody: 300 seconds in all."""


def person(agent: AgentId) -> Actor:
    """An agent as the giver of a command."""
    return Actor(role=Role.AGENT, id=agent)


def context(at: datetime, candidate: AgentId | None = None, **policy: Any) -> Context:
    """What a decision may look at, with the candidate that routing would choose."""
    return Context(
        now=at,
        configuration=Configuration(sla=SlaPolicy(**policy)),
        history_id=HistoryId(UUID(int=7)),
        candidate=candidate,
    )


def broadcast(
    at: datetime, *ranked: AgentId, step: int = 1, invitations: tuple[Invitation, ...] = (), **policy: Any
) -> Context:
    """What a decision may look at when many are to be asked, those who are invited already included."""
    return replace(
        context(at, ranked[0] if ranked else None, **policy),
        plan=RoutePlan(strategy="broadcast", offers=STEPS),
        step=step,
        ranked=ranked,
        invitations=invitations,
    )


def received() -> Lead:
    """A lead that has just come in."""
    return Lead(
        id=LeadId(UUID(int=1000)),
        seq=1,
        epoch=0,
        state=LifecycleState.RECEIVED,
        created_at=START,
        last_at=START,
        wake_at=START,
    )


def given(actor: Actor = SYSTEM, at: datetime = START, command_id: str = "c") -> dict[str, Any]:
    """What every command has."""
    return {"command_id": command_id, "actor": actor, "received_at": at}


def after(lead: Lead, command: Command, ctx: Context) -> Lead:
    """The lead after a command that must be applied."""
    decided = decide(lead, command, ctx)
    assert isinstance(decided, Transition), decided
    return decided.after


def scored() -> Lead:
    """A scored lead."""
    return after(received(), RecordScore(**given(), score=60, tier=Tier.TIER3), context(START))


def offered(to: AgentId = ANN, at: datetime = START) -> Lead:
    """A lead that is offered."""
    return after(scored(), Route(**given(at=at)), context(at, to))


def claimed(by: AgentId = ANN, at: datetime = START) -> Lead:
    """A lead that has been claimed."""
    return after(offered(by), Claim(**given(person(by), at)), context(at))


def attempting() -> Lead:
    """A lead whose customer was called without an answer."""
    return after(claimed(), Contact(**given(person(ANN)), result="no_answer"), context(START))


def contacted() -> Lead:
    """A lead whose customer was reached."""
    return after(claimed(), Contact(**given(person(ANN)), result="connected"), context(START))


def missed(lead: Lead, candidate: AgentId | None, **policy: Any) -> Lead:
    """The lead after its running window was missed."""
    due_at = lead.claim_expires_at or lead.contact_expires_at
    assert due_at is not None
    command = Breach(**given(at=due_at), epoch=lead.epoch, due_at=due_at)
    return after(lead, command, context(due_at, candidate, **policy))


def escalated() -> Lead:
    """A lead that used up its re-assignments."""
    return missed(offered(), None, max_reassignments=0)


def paused(lead: Lead) -> Lead:
    """The lead after a manager stopped its clock."""
    return after(lead, Pause(**given(MANAGER), code="holiday"), context(START))


def offered_to_many() -> Lead:
    """A lead to which two agents are invited."""
    return after(scored(), Route(**given()), broadcast(START, ANN, CAT))
