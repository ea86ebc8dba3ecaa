"""Where callers race: the real services on real Postgres, without Temporal, and a record of every answer."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy.exc import DBAPIError

from db.errors import DatabaseBusyError, sqlstate
from db.repositories.ledger import mark_told
from db.session import Engines, write_transaction
from domain.ids import LeadId
from domain.lifecycle.actor import SYSTEM, Actor, Role
from domain.lifecycle.commands import Command, Route, Withdraw
from domain.lifecycle.lead import Lead
from services.applied import Answer, Applied, Refused
from services.configurations import Configurations
from services.intake import Intake
from services.invariants import check_invariants
from services.lifecycle import Lifecycle
from services.new_lead import NewLead
from services.presence import Presence
from tests.db.databases import Database, fetch, run_script
from tests.support.clock import MovableClock
from tests.support.people import People, populate
from tests.support.phones import fresh_phone

T = TypeVar("T")
_DEADLOCK = "40P01"
_TRIES = 20


@dataclass(kw_only=True)
class Arena:
    """One database, its services, and what every caller was told."""

    database: Database
    engines: Engines
    clock: MovableClock
    lifecycle: Lifecycle
    intake: Intake
    presence: Presence
    dice: random.Random
    deadlocks: int = 0
    received: set[LeadId] = field(default_factory=set)
    changed: Counter[str] = field(default_factory=Counter)

    async def populate(self, agents: int, *, capacity: int = 200) -> People:
        """A team; the wide caps leave the race as the only obstacle."""
        people = await populate(self.database, agents, capacity=capacity)
        await run_script(self.database.owner, "UPDATE crm_agents SET max_active_leads = 1000")
        return people

    async def configure(self, **body: Any) -> None:
        """Publish a configuration for the leads that come from now on."""
        text = json.dumps(body).replace("'", "''")
        await run_script(
            self.database.owner,
            "INSERT INTO configuration_versions (version, body) "
            f"SELECT max(version) + 1, '{text}' FROM configuration_versions",
        )

    async def receive(self, count: int) -> list[Lead]:
        """New leads, not routed yet."""
        news = [NewLead(source="race", phone=fresh_phone(), external_id=uuid4().hex) for _ in range(count)]
        leads = [lead for lead, _ in await asyncio.gather(*(self.intake.receive(new) for new in news))]
        self.received.update(lead.id for lead in leads)
        return leads

    async def offered(self, count: int) -> list[Lead]:
        """New leads, each offered to an agent."""
        leads = await self.receive(count)
        answers = await asyncio.gather(*(self.give(lead.id, self.command(Route)) for lead in leads))
        return [accepted(answer) for answer in answers]

    def command(
        self, kind: type[Command], actor: Actor = SYSTEM, *, received_at: datetime | None = None, **body: Any
    ) -> Command:
        """A command with an id of its own."""
        return kind(command_id=uuid4().hex, actor=actor, received_at=received_at or self.clock.now(), **body)

    async def give(self, lead_id: LeadId, command: Command) -> Answer:
        """Apply a command as a patient caller does: while the row is busy, again with the same id."""
        for _ in range(_TRIES):
            try:
                answer = await self.lifecycle.apply(lead_id, command, tells=True)
            except DatabaseBusyError as error:
                cause = error.__cause__
                self.deadlocks += isinstance(cause, DBAPIError) and sqlstate(cause) == _DEADLOCK
                continue
            self.changed[command.command_id] += isinstance(answer, Applied) and answer.changed
            return answer
        raise AssertionError(f"lead {lead_id} was busy {_TRIES} times in a row")

    async def together(self, *attempts: Awaitable[T]) -> list[T]:
        """Let all of them go at once, in a random order and with random small delays; answers as they were given."""

        async def run(attempt: Awaitable[T], turns: int) -> T:
            for _ in range(turns):
                await asyncio.sleep(0)
            return await attempt

        order = list(range(len(attempts)))
        self.dice.shuffle(order)
        tasks = {place: asyncio.create_task(run(attempts[place], self.dice.randrange(8))) for place in order}
        await asyncio.gather(*tasks.values())
        return [tasks[place].result() for place in range(len(attempts))]

    async def current(self, lead_id: LeadId) -> Lead:
        """The lead as committed."""
        lead = await self.lifecycle.current(lead_id)
        assert lead is not None
        return lead

    async def clear(self, leads: Iterable[Lead], admin: UUID) -> None:
        """Withdraw what is still open, so that the next round starts with every slot free."""
        actor = Actor(role=Role.ADMIN, id=admin)
        await asyncio.gather(*(self.give(lead.id, self.command(Withdraw, actor)) for lead in leads))

    async def pass_deadlines(self, deadlines: Iterable[datetime | None]) -> None:
        """Move the clock two seconds past the last of them."""
        last = max(deadline for deadline in deadlines if deadline is not None)
        self.clock.move(max(last - self.clock.now(), timedelta(0)) + timedelta(seconds=2))

    async def sql(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """All rows of a query, past every policy."""
        return await fetch(self.database.superuser, query, *arguments)

    async def check(self) -> None:
        """Every invariant holds, no command was lost or doubled, and no two transactions waited for each other."""
        async with write_transaction(self.engines.service) as connection:
            await mark_told(connection, [(lead_id, 1) for lead_id in self.received], self.clock.now())
        report = await check_invariants(self.engines.service)
        assert report.violations == ()
        assert report.leads == len(self.received)
        assert set(self.changed.values()) <= {0, 1}, "a command changed its lead twice"
        written = await self.sql("SELECT command_id FROM lead_transitions WHERE kind <> 'receive'")
        answered = {command_id for command_id, times in self.changed.items() if times}
        assert {command_id for (command_id,) in written} == answered, "the ledger and the answers differ"
        assert self.deadlocks == 0
        # The server's own count, which is complete once the connections are gone.
        await self.engines.dispose()
        assert await self.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == [(0,)]


def make_arena(database: Database, engines: Engines, seed: int) -> Arena:
    """An empty arena; the same seed gives the same order of callers."""
    clock = MovableClock()
    configurations = Configurations()
    return Arena(
        database=database,
        engines=engines,
        clock=clock,
        lifecycle=Lifecycle(engines.service, clock, configurations),
        intake=Intake(engines.service, clock, configurations, None),
        presence=Presence(engines.admin, clock),
        dice=random.Random(seed),
    )


def accepted(answer: Answer) -> Lead:
    """The lead of an accepted command."""
    assert isinstance(answer, Applied), answer
    return answer.lead


def refused(answer: Answer) -> Refused:
    """The refusal of a refused one."""
    assert isinstance(answer, Refused), answer
    return answer


def agent(person: UUID) -> Actor:
    """An agent at the edge."""
    return Actor(role=Role.AGENT, id=person)
