"""Limits of an agent that its live slots do not show."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, Uuid, and_, bindparam, cast, exists, func, literal, or_, select

from db.session import WriteConnection
from db.tables import agent_availability, agent_specializations, agents, team_members, teams
from domain.ids import AgentId

_AGENT = agents.c
_ROW = agent_specializations.c
_LOAD = agent_availability.c
_MEMBER = team_members.c
_TEAM = teams.c


def _capped_teams(agent: ColumnElement[UUID]) -> Select[tuple[UUID]]:
    capped = or_(_TEAM.max_live_leads.is_not(None), _TEAM.max_held_leads.is_not(None))
    return (
        select(_TEAM.id)
        .join(team_members, _MEMBER.team_id == _TEAM.id)
        .where(_MEMBER.agent_id == agent, _MEMBER.left_at.is_(None), _TEAM.is_active, capped)
    )


# In the order of their ids; the seed keeps teams apart from the pools of strategies.
_IN_ORDER = _capped_teams(bindparam("of_agent", type_=Uuid())).order_by(_TEAM.id).subquery()
_LOCK_TEAMS = select(func.pg_advisory_xact_lock(func.hashtextextended(cast(_IN_ORDER.c.id, Text), literal(1))))


async def lock_teams(connection: WriteConnection, agent: AgentId) -> None:
    """Wait until nobody else can give a lead to a member of the agent's capped teams.

    The last locks of a transaction: whoever takes them holds the agents' rows already.
    """
    await connection.execute(_LOCK_TEAMS, {"of_agent": agent})


def has_limits(agent: ColumnElement[UUID]) -> ColumnElement[bool]:
    """True when the agent has one: of a specialisation, of offers in an hour or a day, or of a team."""
    by_time = or_(_AGENT.max_leads_per_hour.is_not(None), _AGENT.max_leads_per_day.is_not(None))
    below = and_(_LOAD.agent_id == _ROW.agent_id, _ROW.max_concurrent_leads < _LOAD.max_capacity)
    return or_(
        exists(select(_AGENT.id).where(_AGENT.id == agent, by_time)),
        exists(_capped_teams(agent)),
        exists(select(_ROW.id).where(_ROW.agent_id == agent, below)),
    )
