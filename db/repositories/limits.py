"""Limits of an agent that its live slots do not show."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select

from db.tables import agent_availability, agent_specializations, agents

_AGENT = agents.c
_ROW = agent_specializations.c
_LOAD = agent_availability.c


def has_limits(agent: ColumnElement[UUID]) -> ColumnElement[bool]:
    """True when the agent has one: of a specialisation, or of offers in an hour or a day."""
    by_time = or_(_AGENT.max_leads_per_hour.is_not(None), _AGENT.max_leads_per_day.is_not(None))
    below = and_(_LOAD.agent_id == _ROW.agent_id, _ROW.max_concurrent_leads < _LOAD.max_capacity)
    return or_(
        exists(select(_AGENT.id).where(_AGENT.id == agent, by_time)),
        exists(select(_ROW.id).where(_ROW.agent_id == agent, below)),
    )
