"""A lead that is offered to many, with the rows that its transitions write: for the tests of broadcasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.ids import AgentId
from domain.lifecycle import Lead, Refusal, Transition, decide
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import Breach, Claim, Command, Decline, Route
from domain.lifecycle.state import EventType, OfferStatus
from domain.lifecycle.transition import Context, Decided, Invitation
from tests.unit.domain.lives import ANN, BOB, CAT, START, STEPS, broadcast, given, person, scored

DAN, EVE = (AgentId(UUID(int=number)) for number in (14, 15))
EVERYBODY = (ANN, BOB, CAT, DAN, EVE)
STEP = timedelta(seconds=60)
ROUND = timedelta(seconds=300)


@dataclass
class Life:
    """A lead with the rows that its transitions write to lead_offers, as the services keep them."""

    lead: Lead = field(default_factory=scored)
    offers: dict[tuple[int, AgentId], dict[str, Any]] = field(default_factory=dict)

    def see(self, at: datetime, *ranked: AgentId, goes_on: bool = True, **policy: Any) -> Context:
        """What the services show: the open invitations, and the ranking for the step that would come next."""
        began = self.lead.claim_started_at
        mine = {agent for (epoch, agent), row in self.offers.items() if epoch == self.lead.epoch and is_open(row)}
        invitations = tuple(
            Invitation(
                agent=agent,
                since=min(e for (e, a), row in self.offers.items() if a == agent and row["offered_at"] >= began),
                claim_expires_at=self.offers[self.lead.epoch, agent]["claim_expires_at"],
            )
            for agent in sorted(mine)
        )
        step = min(self.lead.offer_step + 1, len(STEPS.steps)) if goes_on and self.lead.in_round else 1
        return broadcast(at, *ranked, step=step, invitations=invitations, **policy)

    def give(self, command: Command, context: Context) -> Decided:
        """Decide, and write what is decided."""
        decided = decide(self.lead, command, context)
        if isinstance(decided, Transition):
            for change in decided.changed:
                everybody = [key for key, row in self.offers.items() if key[0] == change.epoch and is_open(row)]
                for key in everybody if change.agent is None else [(change.epoch, change.agent)]:
                    self.offers[key].update(change.changes)
            if decided.invited is not None:
                for agent in decided.invited.agents:
                    self.offers[decided.invited.epoch, agent] = {
                        "status": OfferStatus.OPEN,
                        "offered_at": decided.at,
                        "claim_expires_at": decided.invited.claim_expires_at,
                    }
            self.lead = decided.after
        return decided

    def route(self, *ranked: AgentId, at: datetime = START) -> Transition:
        """Begin a round."""
        return done(self.give(Route(**given(at=at)), self.see(at, *ranked)))

    def step(self, *ranked: AgentId, **policy: Any) -> Transition:
        """Let the running step end."""
        due_at = self.lead.claim_expires_at
        assert due_at is not None
        command = Breach(**given(SYSTEM, due_at), epoch=self.lead.epoch, due_at=due_at)
        return done(self.give(command, self.see(due_at, *ranked, **policy)))

    def claim(self, agent: AgentId, at: datetime = START, epoch: int | None = None) -> Decided:
        """An agent wants it."""
        return self.give(Claim(**given(person(agent), at), epoch=epoch), self.see(at))

    def decline(self, agent: AgentId, *ranked: AgentId, at: datetime = START, epoch: int | None = None) -> Decided:
        """An agent does not want it."""
        return self.give(Decline(**given(person(agent), at), code="busy", epoch=epoch), self.see(at, *ranked))

    @property
    def open(self) -> set[AgentId]:
        """Who could claim now."""
        return {agent for (_, agent), row in self.offers.items() if is_open(row)}

    def statuses(self, epoch: int) -> Mapping[AgentId, tuple[OfferStatus, str | None]]:
        """What became of an epoch's invitations."""
        return {agent: (row["status"], row.get("end_code")) for (e, agent), row in self.offers.items() if e == epoch}


def is_open(row: Mapping[str, Any]) -> bool:
    """True while the invitation can be claimed."""
    return row["status"] is OfferStatus.OPEN


def done(decided: Decided) -> Transition:
    """The transition, which there must be."""
    assert isinstance(decided, Transition), decided
    return decided


def refused(decided: Decided) -> Refusal:
    """The refusal, which there must be."""
    assert isinstance(decided, Refusal), decided
    return decided


def round_of(*ranked: AgentId) -> Life:
    """A life whose first round has begun."""
    life = Life()
    life.route(*ranked)
    return life


def types(transition: Transition) -> list[EventType]:
    """The kinds of events, in their order."""
    return [event.type for event in transition.events]
