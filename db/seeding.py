"""The statements of `baton seed`: add what is missing, touch nothing that exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from db.session import AdminConnection
from db.tables import (
    agent_availability,
    agent_specializations,
    agent_state_log,
    agents,
    routing_experiment_variants,
    routing_experiments,
    routing_rules,
    team_members,
    teams,
)

_LOCK = 7_266_317_002
"""Key of the advisory lock that makes two seedings of one database wait for each other."""


async def lock_seeding(connection: AdminConnection) -> None:
    """Hold off other seedings of this database until the transaction ends."""
    await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def agents_without_specialization(connection: AdminConnection) -> Sequence[tuple[UUID, list[str]]]:
    """(id, languages) of every agent with role agent and no AgentSpecialization row, by id."""
    owned = exists().where(agent_specializations.c.agent_id == agents.c.id)
    found = await connection.execute(
        select(agents.c.id, agents.c.languages).where(agents.c.role == "agent", ~owned).order_by(agents.c.id)
    )
    return [(agent_id, languages) for agent_id, languages in found]


async def agents_without_availability(connection: AdminConnection) -> Sequence[tuple[UUID, float]]:
    """(id, rating) of every agent with role agent and no AgentAvailability row, by id."""
    owned = exists().where(agent_availability.c.agent_id == agents.c.id)
    found = await connection.execute(
        select(agents.c.id, agents.c.rating).where(agents.c.role == "agent", ~owned).order_by(agents.c.id)
    )
    return [(agent_id, rating) for agent_id, rating in found]


async def add_agents(connection: AdminConnection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert agents whose id and e-mail are both new; returns how many."""
    return await _add(connection, agents, rows)


async def add_specializations(connection: AdminConnection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert specialisations whose (agent, line, segment) is new; returns how many."""
    return await _add(connection, agent_specializations, rows)


async def add_availability(connection: AdminConnection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert availability rows for agents that have none; returns how many."""
    return await _add(connection, agent_availability, rows)


async def add_rules(connection: AdminConnection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rules whose id is new; returns how many. A rule that was edited or renamed is left alone."""
    return await _add(connection, routing_rules, rows)


async def add_experiment(
    connection: AdminConnection, experiment: Mapping[str, Any], variants: Sequence[Mapping[str, Any]]
) -> int:
    """Insert an experiment with its variants unless its id exists; returns 1 or 0."""
    added = await _add(connection, routing_experiments, [experiment])
    if added:
        await _add(connection, routing_experiment_variants, variants)
    return added


async def add_team(connection: AdminConnection, team: Mapping[str, Any], members: Mapping[UUID, str]) -> int:
    """Insert a team unless its name exists, and members (agent id to role) it lacks; returns 1 or 0 for the team."""
    added = await _add(connection, teams, [team])
    team_id = await connection.scalar(select(teams.c.id).where(teams.c.name == team["name"]))
    known = set((await connection.scalars(select(agents.c.id).where(agents.c.id.in_(list(members))))).all())
    await _add(
        connection,
        team_members,
        [
            {"team_id": team_id, "agent_id": agent_id, "role": role}
            for agent_id, role in members.items()
            if agent_id in known
        ],
    )
    return added


async def log_agent_state(
    connection: AdminConnection, *, at: datetime, field: str, states: Sequence[tuple[UUID, Mapping[str, Any]]]
) -> None:
    """Append one agent_state_log row per (agent, new state), signed by the seed command."""
    if states:
        await connection.execute(
            agent_state_log.insert(),
            [
                {"agent_id": agent_id, "at": at, "actor": "cli:seed", "field": field, "new": dict(state)}
                for agent_id, state in states
            ],
        )


async def _add(connection: AdminConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    if not rows:
        return 0
    first_key = next(iter(table.primary_key.columns))
    statement = insert(table).values([dict(row) for row in rows]).on_conflict_do_nothing().returning(first_key)
    return len((await connection.execute(statement)).all())
