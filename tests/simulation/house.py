"""The real services on real Postgres behind plain calls, for machines that cannot await."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from db.repositories.ledger import mark_told
from db.session import create_engines, write_transaction
from domain.ids import AgentId, LeadId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Command
from domain.lifecycle.lead import Lead
from domain.routing.agent import AgentStatus
from services.absences import Absences
from services.applied import Answer
from services.configurations import Configurations
from services.edge import Edge
from services.intake import Intake
from services.invariants import check_invariants
from services.lifecycle import Also, Lifecycle
from services.new_lead import NewLead
from services.outage_watch import OutageWatch
from services.presence import Presence
from services.raw_commands import RawCommands
from services.turns import Turns
from tests.db.databases import Database
from tests.simulation.model import LEVELS, MOVES, OTHER_MOVES
from tests.support.people import People, populate
from tests.support.still_clock import StillClock
from tests.support.waiting_room import QuietTeller
from workflows.messages import CommandInput, CommandResult, LeadSnapshot, Turn

T = TypeVar("T")

AGENTS, CAPACITY, MAX_HELD = 3, 2, 4
_POLICY = (
    f'{{"sla": {{"max_reassignments": {MOVES}, "max_other_reassignments": {OTHER_MOVES}, '
    f'"escalation_levels": {LEVELS}}}, "queues": {{"max_attempts": 1000, "manager_after_hours": 1000000}}}}'
)


class House:
    """One database for many lives, one after another; `reset` begins a new one."""

    def __init__(self, database: Database, policy: str = _POLICY) -> None:
        self._runner = asyncio.Runner()
        self.clock = StillClock()
        self._engines = create_engines(database.application, pool_size=2, max_overflow=0, application_name="house")
        self._observer = self.run(asyncpg.connect(database.superuser))
        people = self.run(populate(database, AGENTS, capacity=CAPACITY))
        # Ties are broken by id: in every run the first agent has to be the one with the lowest.
        self.people: People = replace(people, agents=tuple(sorted(people.agents)))
        self._sql("UPDATE crm_agents SET max_active_leads = $1", MAX_HELD)
        self._sql("INSERT INTO configuration_versions (version, body) VALUES (2, $1)", policy)
        self._wire()

    def _wire(self) -> None:
        engine, configurations = self._engines.service, Configurations()
        self._outages = OutageWatch(engine, self.clock)
        self._lifecycle = Lifecycle(engine, self.clock, configurations, self._outages)
        self._intake = Intake(engine, self.clock, configurations, None)
        self._turns = Turns(self._lifecycle, engine, self.clock, configurations)
        self._raw = RawCommands(self._lifecycle, engine, self.clock)
        self._presence = Presence(self._engines.admin, self.clock)
        edge = Edge(self._lifecycle, QuietTeller())
        self._absences = Absences(edge, engine, self.clock, configurations)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for the work in the house's own event loop."""
        return self._runner.run(work)

    def close(self) -> None:
        """Give the connections back."""
        self.run(self._observer.close())
        self.run(self._engines.dispose())
        self._runner.close()

    def reset(self) -> None:
        """No leads, everybody there, the clock at its beginning."""
        self.clock = StillClock()
        self._wire()
        self._sql(
            "TRUNCATE crm_leads, lead_transitions, lead_offers, contact_attempts, command_results, intake_requests, "
            'agent_state_log, system_outages, agent_time_off, agent_shifts, "AgentPerformanceMetrics" CASCADE'
        )
        self._sql('UPDATE "AgentAvailability" SET status = \'Available\', "currentLoad" = 0')

    def receive(self, new: NewLead) -> LeadId:
        """A new lead, whose workflow is told of it."""
        lead, _ = self.run(self._intake.receive(new))
        self.run(self._told(lead.id))
        return lead.id

    async def _told(self, lead_id: LeadId) -> None:
        async with write_transaction(self._engines.service) as connection:
            await mark_told(connection, [(lead_id, 1)], self.clock.now())

    def apply(self, lead_id: LeadId, command: Command, *, also: Also | None = None) -> Answer:
        """A command at the edge."""
        return self.run(self._lifecycle.apply(lead_id, command, tells=True, also=also))

    def signal(self, asked: CommandInput) -> CommandResult:
        """A command that reached the workflow first."""
        return self.run(self._raw.apply(asked))

    def turn(self, name: str, turn: Turn) -> LeadSnapshot | None:
        """An activity of the lead's workflow: read, score, route, reassign, expire, remind, resume or finish."""
        lead = self.run(getattr(self._turns, name)(turn))
        return LeadSnapshot.of(lead) if lead is not None else None

    def set_status(self, agent: UUID, status: AgentStatus) -> None:
        """An agent comes or goes."""
        admin = Actor(role=Role.ADMIN, id=self.people.admin)
        assert self.run(self._presence.set_status(AgentId(agent), status, admin)) is None

    def work_mornings(self, agent: UUID) -> None:
        """From now on the agent's shifts are nine to noon, from Monday to Friday."""
        query = "INSERT INTO agent_shifts (agent_id, weekday, starts, ends) SELECT $1, n, '09:00', '12:00'"
        self._sql(f"{query} FROM generate_series(0, 4) n", agent)

    def take_leave(self, agent: UUID, by: timedelta) -> None:
        """Time off from now on."""
        query = "INSERT INTO agent_time_off (agent_id, starts_at, ends_at, code) VALUES ($1, $2, $3, 'ill')"
        self._sql(query, agent, self.clock.now(), self.clock.now() + by)

    def look_for_the_absent(self) -> None:
        """Leads of agents who are gone move on."""
        self.run(self._absences.run_once())

    def offers(self) -> list[tuple[datetime, UUID, bool]]:
        """When who was offered a lead, and whether the agent was on leave then."""
        return [
            (at, agent, on_leave)
            for at, agent, on_leave in self._sql(
                "SELECT offered_at, agent_id, EXISTS (SELECT FROM agent_time_off t WHERE t.agent_id = o.agent_id"
                " AND t.starts_at < o.offered_at AND o.offered_at < t.ends_at)"
                " FROM lead_offers o"
            )
        ]

    def be_away(self, by: timedelta) -> None:
        """Nobody can act for a while; it is known when it is over."""
        began = self.clock.now()
        self.clock.move(by)
        query = "INSERT INTO system_outages (role, starts_at, ends_at) VALUES ('api', $1, $2)"
        self._sql(query, began, self.clock.now())
        self.run(self._outages.look())

    def current(self, lead_id: LeadId) -> Lead:
        """The lead as committed."""
        lead = self.run(self._lifecycle.current(lead_id))
        assert lead is not None
        return lead

    def warnings(self) -> list[tuple[datetime, str]]:
        """When which window was warned of."""
        query = """SELECT "timestamp", "eventData" ->> 'window' FROM "RoutingEvent" WHERE "eventType" = 'sla_warning'"""
        return [(at, window) for at, window in self._sql(query)]

    def rows(self) -> dict[UUID, tuple[object, ...]]:
        """Every lead as `Lead.seen` of the model tells it."""
        found = self._sql(
            "SELECT id, lifecycle_state, seq, epoch, assigned_agent_id, wake_at, "
            "(SELECT count(*) FROM crm_lead_reassignments r WHERE r.lead_id = l.id) FROM crm_leads l"
        )
        return {row[0]: tuple(row[1:]) for row in found}

    def loads(self) -> dict[UUID, int]:
        """Every agent's counter of live leads."""
        return {row[0]: row[1] for row in self._sql('SELECT "agentId", "currentLoad" FROM "AgentAvailability"')}

    def violations(self) -> tuple[object, ...]:
        """What the checker finds."""
        return self.run(check_invariants(self._engines.service)).violations

    def _sql(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in self.run(self._observer.fetch(query, *arguments))]
