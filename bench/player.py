"""One lead's life as its people live it: sent in, claimed, called, closed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4

from temporalio.client import Client

from bench.offers import Offers
from domain.contact import ContactResult
from domain.ids import LeadId, workflow_id
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Claim, Contact, Outcome, PersonCommand
from domain.lifecycle.state import CloseReason
from domain.routing.agent import InsuranceLine
from services.applied import Applied
from services.new_lead import NewLead
from services.service_set import Services

_NUMBERS = count(2_000_000)


def _phone() -> str:
    """A customer of its own for every lead, or they would be joined."""
    return f"+1202{next(_NUMBERS)}"


@dataclass
class Player:
    """Plays lives and notes how long the answers took, in milliseconds."""

    services: Services
    client: Client
    offers: Offers
    answers_ms: list[float] = field(default_factory=list)

    async def arrive(self) -> LeadId:
        """A lead comes in."""
        new = NewLead(source="bench", external_id=uuid4().hex, phone=_phone(), insurance_type=InsuranceLine.AUTO)
        lead, _ = await self.services.intake.receive(new)
        return lead.id

    async def life(self, pause: float = 0.0) -> LeadId:
        """A whole happy life; `pause` seconds between the steps of the agent. Ends when the workflow has ended."""
        lead_id = await self.arrive()
        agent = Actor(role=Role.AGENT, id=await self.offers.agent_of(lead_id))
        for step in (Claim, Contact, Outcome):
            await asyncio.sleep(pause)
            await self._answered(lead_id, self._command(step, agent))
        await self.client.get_workflow_handle(workflow_id(lead_id)).result()
        return lead_id

    async def claimed(self, pause: float) -> LeadId:
        """A lead that is claimed, and then nothing more is done."""
        lead_id = await self.arrive()
        agent = Actor(role=Role.AGENT, id=await self.offers.agent_of(lead_id))
        await asyncio.sleep(pause)
        await self._answered(lead_id, self._command(Claim, agent))
        return lead_id

    def _command(self, step: type[Claim | Contact | Outcome], agent: Actor) -> PersonCommand:
        given = {"command_id": uuid4().hex, "actor": agent, "received_at": self.services.clock.now()}
        if step is Contact:
            return Contact(**given, result=ContactResult.CONNECTED)
        if step is Outcome:
            return Outcome(**given, result=CloseReason.WON)
        return Claim(**given)

    async def _answered(self, lead_id: LeadId, command: PersonCommand) -> None:
        began = time.perf_counter()
        answer = await self.services.people.apply(lead_id, command)
        self.answers_ms.append((time.perf_counter() - began) * 1000)
        assert isinstance(answer, Applied), answer
