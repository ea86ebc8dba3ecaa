"""The pool of a decision, loaded as objects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bench.orm_records import Agent as AgentRow
from bench.orm_records import Lead, Metrics, Offer
from db.tables import agents
from db.tables.leads import OPEN
from domain.ids import AgentId, TeamId
from domain.routing.agent import Agent, AgentStatus, Performance, Specialization
from domain.routing.language import language_tag
from domain.routing.licence import Licence
from domain.routing.request import RoutingRequest
from domain.routing.shift import Shift, TimeOff, on_leave, on_shift

_METRICS_AGE = timedelta(days=30)
_WITH = (
    selectinload(AgentRow.availability),
    selectinload(AgentRow.specializations),
    selectinload(AgentRow.licences),
    selectinload(AgentRow.shifts),
    selectinload(AgentRow.time_off),
    selectinload(AgentRow.memberships),
)


async def load_pool(session: AsyncSession, request: RoutingRequest, now: datetime) -> tuple[Agent, ...]:
    """Everybody with role agent, with all that the filters and the fitness look at."""
    recent = selectinload(AgentRow.metrics.and_(Metrics.period_date >= (now - _METRICS_AGE).date()))
    people = (await session.scalars(select(AgentRow).where(agents.c.role == "agent").options(*_WITH, recent))).all()
    held = await _by_agent(
        session, select(Lead.assigned_agent_id, func.count()).where(OPEN).group_by(Lead.assigned_agent_id)
    )
    last = await _by_agent(session, select(Offer.agent_id, func.max(Offer.offered_at)).group_by(Offer.agent_id))
    return tuple(_agent(one, request, now, held.get(one.id, 0), last.get(one.id)) for one in people)


async def _by_agent(session: AsyncSession, statement: Any) -> Mapping[UUID, Any]:
    return {row[0]: row[1] for row in await session.execute(statement)}


def _agent(row: Any, request: RoutingRequest, now: datetime, held: int, last: datetime | None) -> Agent:
    slots = row.availability
    newest = max(row.metrics, key=lambda one: one.period_date, default=None)
    shifts = [Shift(weekday=one.weekday, starts=one.starts, ends=one.ends) for one in row.shifts]
    absences = [
        TimeOff(starts_at=one.starts_at, ends_at=one.ends_at, code=one.code)
        for one in row.time_off
        if one.cancelled_at is None
    ]
    return Agent(
        id=AgentId(row.id),
        is_active=row.is_active,
        accepts_new_leads=row.accepts_new_leads,
        role=row.role,
        status=AgentStatus(slots.status) if slots else None,
        load=slots.current_load if slots else 0,
        capacity=slots.max_capacity if slots else 0,
        held=held,
        max_held=row.max_active_leads,
        specializations=tuple(
            _specialization(one) for one in row.specializations if one.insurance_line == request.line
        ),
        performance=_performance(newest) if newest else None,
        last_assigned_at=last,
        on_shift=on_shift(shifts, row.timezone, now),
        on_leave=on_leave(absences, now),
        licences=tuple(map(_licence, row.licences)) or None,
        teams=frozenset(TeamId(one.team_id) for one in row.memberships if one.left_at is None),
        rating=row.rating,
        is_elite=any(one.is_elite_agent for one in row.specializations),
        max_per_hour=row.max_leads_per_hour,
        max_per_day=row.max_leads_per_day,
    )


def _specialization(row: Any) -> Specialization:
    return Specialization(
        line=row.insurance_line,
        segment=row.customer_segment,
        proficiency=row.proficiency_level,
        max_concurrent=row.max_concurrent_leads,
        languages=frozenset(map(language_tag, row.languages)),
        territories=frozenset(row.territories),
    )


def _performance(row: Any) -> Performance:
    return Performance(
        conversion_rate=row.conversion_rate,
        satisfaction=row.customer_satisfaction_rating,
        handling_minutes=row.avg_handling_time_minutes,
        cross_sell_rate=row.cross_sell_rate,
        tier1_conversion_rate=row.tier1_conversion_rate,
        tier2_conversion_rate=row.tier2_conversion_rate,
    )


def _licence(row: Any) -> Licence:
    return Licence(state=row.state, line=row.line, number=row.number, valid_from=row.valid_from, valid_to=row.valid_to)
