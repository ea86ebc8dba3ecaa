"""First data: what the routing tables need before the first lead, and demo agents on request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from db import seeding
from db.session import AdminConnection, admin_transaction
from services import seed_rows as rows
from services.demo_people import DemoPerson, demo_people


@dataclass(frozen=True)
class SeedReport:
    """How many rows one run added; all zero when there was nothing to do."""

    people: int
    specializations: int
    availability: int
    rules: int
    experiments: int
    teams: int

    @property
    def total(self) -> int:
        """Rows added in all."""
        return sum(vars(self).values())


async def seed(engine: AsyncEngine, *, at: datetime, demo_agents: int = 0) -> SeedReport:
    """Add what is missing, in one transaction as baton_admin: idempotent, and nothing that exists is changed.

    Every agent (role agent) without one gets a specialisation (Auto, Individual, its own languages, no territories)
    and an availability row (Offline; capacity 8 from rating 0.9, else 5); two example rules, inactive; one paused
    experiment. `demo_agents` > 0 adds that many agents with deterministic names at example.com, one manager, one
    admin and their team first; these agents are Available.
    """
    async with admin_transaction(engine) as connection:
        await seeding.lock_seeding(connection)
        people = demo_people(demo_agents)
        added_people, teams, special, available = 0, 0, 0, 0
        if people:
            added_people = await seeding.add_agents(connection, [rows.agent(person, at) for person in people])
            teams = await seeding.add_team(
                connection,
                {"id": rows.fixed_id("team/demo"), "name": "Demo team"},
                {person.id: "manager" if person.role == "manager" else "member" for person in people},
            )
            special, available = await _equip_demo(connection, people, at)
        return SeedReport(
            people=added_people,
            teams=teams,
            specializations=special + await _missing_specializations(connection, at),
            availability=available + await _missing_availability(connection, at),
            rules=await seeding.add_rules(connection, rows.example_rules(at)),
            experiments=await seeding.add_experiment(connection, *rows.default_experiment(at)),
        )


async def _equip_demo(connection: AdminConnection, people: tuple[DemoPerson, ...], at: datetime) -> tuple[int, int]:
    bare = {agent_id for agent_id, _ in await seeding.agents_without_specialization(connection)}
    idle = {agent_id for agent_id, _ in await seeding.agents_without_availability(connection)}
    skills = [
        rows.specialization(
            agent_id=person.id,
            line=line,
            segment=segment,
            languages=person.languages,
            territories=person.territories,
            proficiency=person.proficiency,
            at=at,
        )
        for person in people
        if person.id in bare
        for line, segment in person.skills
    ]
    states = [rows.availability(p.id, p.rating, "Available", at) for p in people if p.id in idle]
    return await _write_specializations(connection, skills, at), await _write_availability(connection, states, at)


async def _missing_specializations(connection: AdminConnection, at: datetime) -> int:
    missing = [
        rows.specialization(agent_id=agent_id, line="Auto", segment="Individual", languages=languages, at=at)
        for agent_id, languages in await seeding.agents_without_specialization(connection)
    ]
    return await _write_specializations(connection, missing, at)


async def _missing_availability(connection: AdminConnection, at: datetime) -> int:
    missing = [
        rows.availability(agent_id, rating, "Offline", at)
        for agent_id, rating in await seeding.agents_without_availability(connection)
    ]
    return await _write_availability(connection, missing, at)


async def _write_specializations(connection: AdminConnection, new_rows: list[dict[str, Any]], at: datetime) -> int:
    added = await seeding.add_specializations(connection, new_rows)
    await _log(connection, "specialization", new_rows, at)
    return added


async def _write_availability(connection: AdminConnection, new_rows: list[dict[str, Any]], at: datetime) -> int:
    added = await seeding.add_availability(connection, new_rows)
    await _log(connection, "availability", new_rows, at)
    return added


async def _log(connection: AdminConnection, field: str, new_rows: list[dict[str, Any]], at: datetime) -> None:
    silent = {"agent_id", "created_at", "updated_at", "last_updated"}
    await seeding.log_agent_state(
        connection,
        at=at,
        field=field,
        states=[(row["agent_id"], {key: value for key, value in row.items() if key not in silent}) for row in new_rows],
    )
