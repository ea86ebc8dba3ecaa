"""Lives for the checker: every kind of assignment, played through the real services without Temporal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from db.session import Engines
from domain.contact import ContactResult
from domain.ids import AgentId, LeadId
from domain.lifecycle.actor import SYSTEM, Actor, Role
from domain.lifecycle.commands import (
    Breach,
    Claim,
    Command,
    Contact,
    Decline,
    Outcome,
    RecordScore,
    Route,
)
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import CloseReason
from domain.tier import Tier
from services.applied import Applied
from services.configurations import Configurations
from services.intake import Intake
from services.lifecycle import Lifecycle
from services.new_lead import NewLead
from tests.db.databases import Database, run_script
from tests.support.clock import MovableClock
from tests.support.people import populate
from tests.support.phones import fresh_phone

_WINDOW = timedelta(seconds=300)


@dataclass(frozen=True)
class Lives:
    """One lead per situation, and the agents."""

    agents: tuple[UUID, ...]
    offered: UUID
    late_claim: UUID
    claimed: UUID
    contacted: UUID
    closed: UUID
    passed_on: UUID
    queued: UUID
    fresh: UUID


class Hand:
    """Gives commands, moving the clock a second before each."""

    def __init__(self, engines: Engines) -> None:
        self.clock = MovableClock()
        configurations = Configurations()
        self.lifecycle = Lifecycle(engines.service, self.clock, configurations)
        self.intake = Intake(engines.service, self.clock, configurations, None)

    async def receive(self, **facts: Any) -> LeadId:
        """A new lead, scored."""
        new = NewLead(source="website", phone=fresh_phone(), external_id=f"test-{uuid4()}", **facts)
        lead, _ = await self.intake.receive(new)
        await self.give(lead.id, RecordScore, score=60.0, tier=Tier.TIER2)
        return lead.id

    async def offered(self, **facts: Any) -> LeadId:
        """A lead that routing has dealt with."""
        lead_id = await self.receive(**facts)
        await self.give(lead_id, Route)
        return lead_id

    async def give(self, lead_id: LeadId, kind: type[Command], by: UUID | None = None, **body: Any) -> Lead:
        """Apply a command; it has to be accepted."""
        self.clock.move(timedelta(seconds=1))
        actor = SYSTEM if by is None else Actor(role=Role.AGENT, id=by)
        command = kind(command_id=str(uuid4()), actor=actor, received_at=self.clock.now(), **body)
        answer = await self.lifecycle.apply(lead_id, command, tells=True)
        assert isinstance(answer, Applied), answer
        return answer.lead

    async def holder(self, lead_id: LeadId) -> AgentId:
        """Whoever has the lead."""
        lead = await self.lifecycle.current(lead_id)
        assert lead is not None
        assert lead.agent is not None
        return lead.agent

    async def by_holder(self, lead_id: LeadId, kind: type[Command], **body: Any) -> Lead:
        """A command of whoever has the lead."""
        return await self.give(lead_id, kind, await self.holder(lead_id), **body)

    async def miss(self, lead_id: LeadId) -> Lead:
        """Let the claim window of the lead pass."""
        lead = await self.lifecycle.current(lead_id)
        assert lead is not None
        assert lead.claim_expires_at is not None
        self.clock.move(lead.claim_expires_at - self.clock.now())
        return await self.give(lead_id, Breach, epoch=lead.epoch, due_at=lead.claim_expires_at)


async def live(database: Database, engines: Engines) -> Lives:
    """Play the lives. The windows that are to be missed come first, so that the others are still open."""
    people = await populate(database, agents=4, capacity=9)
    hand = Hand(engines)
    passed_on = await hand.offered()
    await hand.miss(passed_on)
    await hand.miss(passed_on)
    late_claim = await hand.offered()
    await hand.miss(late_claim)
    hand.clock.move(_WINDOW + timedelta(seconds=1))
    await hand.by_holder(late_claim, Claim)
    closed = await hand.offered()
    await hand.by_holder(closed, Decline)
    await hand.by_holder(closed, Claim)
    await hand.by_holder(closed, Contact, result=ContactResult.NO_ANSWER)
    await hand.by_holder(closed, Contact, result=ContactResult.CONNECTED)
    await hand.by_holder(closed, Outcome, result=CloseReason.WON, quality=80)
    contacted = await hand.offered()
    await hand.by_holder(contacted, Claim)
    await hand.by_holder(contacted, Contact)
    claimed = await hand.offered()
    await hand.by_holder(claimed, Claim)
    queued = await hand.offered(language="fi")
    offered = await hand.offered()
    fresh = await hand.receive()
    return Lives(
        agents=people.agents,
        offered=offered,
        late_claim=late_claim,
        claimed=claimed,
        contacted=contacted,
        closed=closed,
        passed_on=passed_on,
        queued=queued,
        fresh=fresh,
    )


async def damage(database: Database, script: str) -> None:
    """Change rows as nobody but a superuser could, with constraints and triggers out of the way."""
    await run_script(database.superuser, "SET session_replication_role = replica; " + script)
