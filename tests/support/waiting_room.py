"""The drain and what goes with it on real Postgres, without Temporal."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from db.repositories.decision_records import newest_decisions
from db.session import Engines, single_statements
from domain.ids import AgentId, LeadId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import RecordScore, Route
from domain.lifecycle.lead import Lead
from domain.routing.agent import AgentStatus
from domain.tier import tier_of
from services.batch import Batches
from services.configurations import Configurations
from services.decisions import decision_fault
from services.drain import Drain
from services.edge import Edge
from services.invariants import check_invariants
from services.lifecycle import Lifecycle
from services.new_lead import NewLead
from services.queue_sweep import QueueSweep
from services.rescoring import Rescoring
from services.telling import Teller
from tests.db.databases import Database, run_script
from tests.races.arena import Arena, accepted, make_arena
from tests.support.people import People
from tests.support.phones import fresh_phone


class QuietTeller(Teller):
    """Remembers whose workflow would have been told."""

    def __init__(self) -> None:
        self.told: list[LeadId] = []

    async def tell(self, lead_id: LeadId) -> bool:
        """Tell nobody."""
        self.told.append(lead_id)
        return True


@dataclass(kw_only=True)
class WaitingRoom:
    """Leads that wait, agents that come, and whoever looks after them."""

    arena: Arena
    drain: Drain
    sweep: QueueSweep
    rescoring: Rescoring
    teller: QuietTeller
    engines: Engines

    async def configure(self, **body: Any) -> None:
        """Publish a configuration for the leads that come from now on."""
        await run_script(
            self.arena.database.owner,
            "INSERT INTO configuration_versions (version, body) "
            f"SELECT max(version) + 1, '{json.dumps(body)}' FROM configuration_versions",
        )

    async def enter(self, *scores: float, **facts: Any) -> list[Lead]:
        """New leads with these scores, routed once; they wait when nobody is there."""
        entered = []
        for score in scores:
            new = NewLead(source="website", phone=fresh_phone(), external_id=uuid4().hex, **facts)
            lead, _ = await self.arena.intake.receive(new)
            self.arena.received.add(lead.id)
            scoring = self.arena.command(RecordScore, score=score, tier=tier_of(score))
            accepted(await self.arena.give(lead.id, scoring))
            entered.append(accepted(await self.arena.give(lead.id, self.arena.command(Route))))
        return entered

    async def come(self, people: People, *agents: UUID, status: AgentStatus = AgentStatus.AVAILABLE) -> None:
        """These agents come, or go; without names, everybody."""
        admin = Actor(role=Role.ADMIN, id=people.admin)
        for agent in agents or people.agents:
            assert await self.arena.presence.set_status(AgentId(agent), status, admin) is None

    def let_pass(self, **time: float) -> None:
        """Time passes."""
        self.arena.clock.move(timedelta(**time))

    def begin_minute(self) -> None:
        """Time passes until a minute has just begun, so that none begins soon."""
        now = self.arena.clock.now()
        self.arena.clock.move(now.replace(second=0, microsecond=0) + timedelta(minutes=1) - now)

    async def events(self, lead: Lead) -> list[str]:
        """What happened to a lead, in order."""
        query = 'SELECT "eventType" FROM "RoutingEvent" WHERE "leadId" = $1 ORDER BY timestamp, "eventType"'
        return [name for (name,) in await self.arena.sql(query, lead.id)]

    async def tries(self, lead: Lead) -> int:
        """What the queue row says."""
        query = 'SELECT "assignmentAttempts" FROM "AssignmentQueue" WHERE "leadId" = $1'
        return int((await self.arena.sql(query, lead.id))[0][0])


def open_waiting_room(database: Database, engines: Engines) -> WaitingRoom:
    """An empty one."""
    arena = make_arena(database, engines, seed=5)
    teller, configurations = QuietTeller(), Configurations()
    lifecycle = Lifecycle(engines.service, arena.clock, configurations)
    edge = Edge(lifecycle, teller)
    batches = Batches(lifecycle, edge, engines.service, arena.clock, configurations)
    sweep = QueueSweep(edge, engines.service, arena.clock, configurations)
    rescoring = Rescoring(edge, engines.service, arena.clock, configurations)
    return WaitingRoom(
        arena=arena,
        drain=Drain(edge, batches, sweep=sweep, rescoring=rescoring, engine=engines.service, clock=arena.clock),
        sweep=sweep,
        rescoring=rescoring,
        teller=teller,
        engines=engines,
    )


async def states(room: WaitingRoom, leads: list[Lead]) -> list[str]:
    """Where the leads are."""
    return [(await room.arena.current(lead.id)).state.value for lead in leads]


async def holders(room: WaitingRoom, leads: list[Lead]) -> Counter[Any]:
    """How many of the leads each agent has; None stands for nobody."""
    return Counter([(await room.arena.current(lead.id)).agent for lead in leads])


async def prove(room: WaitingRoom) -> None:
    """Nothing is violated, and every decision made again is the recorded one."""
    await room.arena.sql("UPDATE lead_transitions SET told_at = at WHERE told_at IS NULL")
    assert (await check_invariants(room.engines.service)).violations == ()
    await prove_decisions(room.arena)


async def prove_decisions(arena: Arena) -> None:
    """Every recorded decision made again is the recorded one."""
    configurations = Configurations()
    async with single_statements(arena.engines.service) as connection:
        for record in await newest_decisions(connection, 1000):
            configuration = await configurations.get(connection, record.config_version)
            assert decision_fault(record, configuration) is None
