"""teams and team_members, and the people whom a configuration may name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from db.session import AdminConnection, AnyConnection
from db.tables import agent_availability, agents, team_members, teams
from domain.ids import AgentId, TeamId
from domain.lifecycle.actor import Role
from domain.routing.agent import AgentStatus
from domain.rules.facts import TeamFacts

_TEAM = teams.c
_MEMBER = team_members.c
_SLOTS = agent_availability.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a row in crm_agents."""

    id: AgentId
    email: str | None
    role: Role
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRow:
    """A team and whoever belongs to it now, with their roles in it (member, manager)."""

    id: TeamId
    name: str
    is_active: bool = True
    max_live_leads: int | None = None
    max_held_leads: int | None = None
    calendar: Mapping[str, Any] = field(default_factory=dict)
    members: Mapping[AgentId, str] = field(default_factory=dict)


async def read_people(connection: AnyConnection) -> Sequence[Person]:
    """Everybody but the system agent, by id."""
    statement = (
        select(agents.c.id, agents.c.email, agents.c.role, agents.c.is_active)
        .where(agents.c.role != Role.SYSTEM)
        .order_by(agents.c.id)
    )
    return [
        Person(id=AgentId(row.id), email=row.email, role=Role(row.role), is_active=row.is_active)
        for row in await connection.execute(statement)
    ]


async def read_teams(connection: AnyConnection) -> Sequence[TeamRow]:
    """Every team, also the inactive, by name."""
    members: dict[TeamId, dict[AgentId, str]] = {}
    belonging = select(_MEMBER.team_id, _MEMBER.agent_id, _MEMBER.role).where(_MEMBER.left_at.is_(None))
    for row in await connection.execute(belonging.order_by(_MEMBER.agent_id)):
        members.setdefault(TeamId(row.team_id), {})[AgentId(row.agent_id)] = row.role
    statement = select(
        _TEAM.id, _TEAM.name, _TEAM.is_active, _TEAM.max_live_leads, _TEAM.max_held_leads, _TEAM.calendar
    ).order_by(_TEAM.name)
    return [TeamRow(**row._mapping, members=members.get(row.id, {})) for row in await connection.execute(statement)]


async def read_team_facts(connection: AnyConnection, team: TeamId) -> TeamFacts | None:
    """A team as rules see it: its active agents, how many are there, and how full they are; None when there is none."""
    active = (agents.c.role == Role.AGENT) & agents.c.is_active
    load, capacity = func.sum(_SLOTS.current_load).filter(active), func.sum(_SLOTS.max_capacity).filter(active)
    statement = (
        select(
            _TEAM.name,
            func.count().filter(active).label("members"),
            func.count().filter(active & (_SLOTS.status == AgentStatus.AVAILABLE)).label("available"),
            (func.coalesce(load, 0) * 100.0 / func.nullif(capacity, 0)).label("utilization"),
        )
        .select_from(teams)
        .outerjoin(team_members, (_MEMBER.team_id == _TEAM.id) & _MEMBER.left_at.is_(None))
        .outerjoin(agents, agents.c.id == _MEMBER.agent_id)
        .outerjoin(agent_availability, _SLOTS.agent_id == _MEMBER.agent_id)
        .where(_TEAM.id == team)
        .group_by(_TEAM.id)
    )
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    return TeamFacts(
        id=team,
        name=row.name,
        members=row.members,
        available=row.available,
        utilization=100.0 if row.utilization is None else float(row.utilization),
    )


async def write_team(connection: AdminConnection, team: TeamRow, at: datetime) -> None:
    """Write a team by its id, and let exactly its members belong to it; memberships are ended, not deleted."""
    values = {
        "name": team.name,
        "is_active": team.is_active,
        "max_live_leads": team.max_live_leads,
        "max_held_leads": team.max_held_leads,
        "calendar": dict(team.calendar),
    }
    await connection.execute(
        insert(teams)
        .values(id=team.id, created_at=at, **values)
        .on_conflict_do_update(index_elements=[_TEAM.id], set_=values)
    )
    left = update(team_members).where(
        _MEMBER.team_id == team.id, _MEMBER.left_at.is_(None), _MEMBER.agent_id.not_in(list(team.members))
    )
    await connection.execute(left.values(left_at=at))
    for agent, role in team.members.items():
        joined = insert(team_members).values(team_id=team.id, agent_id=agent, role=role, joined_at=at)
        await connection.execute(
            joined.on_conflict_do_update(
                index_elements=[_MEMBER.team_id, _MEMBER.agent_id],
                set_={
                    "role": role,
                    "left_at": None,
                    "joined_at": case((_MEMBER.left_at.is_not(None), at), else_=_MEMBER.joined_at),
                },
            )
        )
