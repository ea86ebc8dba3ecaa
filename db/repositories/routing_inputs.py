"""What a routing decision reads: the lead's facts and the pool of agents; and the record it leaves."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Date, bindparam, func, insert, select, true

from db.session import AnyConnection, WriteConnection
from db.tables import (
    agent_availability,
    agent_performance_metrics,
    agent_specializations,
    agents,
    decision_inputs,
    lead_contact_details,
    lead_offers,
    lead_transitions,
    leads,
)
from db.tables.leads import OPEN
from domain.ids import AgentId, HistoryId, LeadId
from domain.routing.agent import Agent, InsuranceLine, Performance, Specialization
from domain.routing.request import RoutingRequest, segment_of
from domain.scoring.score import ScoreFacts

_METRICS_AGE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingFacts:
    """A lead's side of a decision, and the score as it was recorded."""

    request: RoutingRequest
    scoring: dict[str, Any]


_DETAILS = lead_contact_details.c
_SCORE_FACTS = (
    select(
        leads.c.status,
        leads.c.source,
        leads.c.quality_score,
        leads.c.created_at,
        _DETAILS.email.is_not(None).label("has_email"),
        _DETAILS.phone.is_not(None).label("has_phone"),
        (_DETAILS.first_name.is_not(None) & _DETAILS.last_name.is_not(None)).label("has_name"),
        (leads.c.state.is_not(None) & leads.c.city.is_not(None)).label("has_place"),
        leads.c.insurance_type.is_not(None).label("has_line"),
    )
    .outerjoin(lead_contact_details, _DETAILS.lead_id == leads.c.id)
    .where(leads.c.id == bindparam("of_lead"))
)
_SCORED = (
    select(lead_transitions.c.result)
    .where(lead_transitions.c.lead_id == leads.c.id, lead_transitions.c.kind == "score")
    .limit(1)
    .scalar_subquery()
)
_EARLIER_HOLDERS = select(lead_offers.c.agent_id).where(lead_offers.c.lead_id == leads.c.id).scalar_subquery()
_ROUTING_FACTS = select(
    leads.c.insurance_type,
    leads.c.employee_count,
    leads.c.language,
    leads.c.state,
    leads.c.preferred_agent_id,
    _SCORED.label("scored"),
    func.array(_EARLIER_HOLDERS).label("earlier_holders"),
).where(leads.c.id == bindparam("of_lead"))
_NEWEST = (
    select(
        agent_performance_metrics.c.conversion_rate,
        agent_performance_metrics.c.customer_satisfaction_rating,
        agent_performance_metrics.c.avg_handling_time_minutes,
        agent_performance_metrics.c.cross_sell_rate,
    )
    .where(
        agent_performance_metrics.c.agent_id == agents.c.id,
        agent_performance_metrics.c.period_date >= bindparam("since", type_=Date),
    )
    .order_by(agent_performance_metrics.c.period_date.desc())
    .limit(1)
    .lateral("newest")
)
_HELD = (
    select(leads.c.assigned_agent_id, func.count().label("held"))
    .where(OPEN, leads.c.assigned_agent_id.is_not(None))
    .group_by(leads.c.assigned_agent_id)
    .subquery("held")
)
_LAST_OFFER = (
    select(lead_offers.c.offered_at)
    .where(lead_offers.c.agent_id == agents.c.id)
    .order_by(lead_offers.c.offered_at.desc())
    .limit(1)
    .scalar_subquery()
)
_ROWS = agent_specializations.c
_SPECIALIZATIONS = (
    select(
        func.jsonb_agg(
            func.jsonb_build_array(
                _ROWS.insurance_line,
                _ROWS.customer_segment,
                _ROWS.proficiency_level,
                _ROWS.max_concurrent_leads,
                _ROWS.languages,
                _ROWS.territories,
            )
        )
    )
    .where(_ROWS.agent_id == agents.c.id)
    .scalar_subquery()
)
_AGENTS = (
    select(
        agents.c.id,
        agents.c.is_active,
        agents.c.accepts_new_leads,
        agents.c.role,
        agents.c.max_active_leads,
        agent_availability.c.status,
        func.coalesce(agent_availability.c.current_load, 0).label("load"),
        func.coalesce(agent_availability.c.max_capacity, 0).label("capacity"),
        func.coalesce(_HELD.c.held, 0).label("held"),
        _LAST_OFFER.label("last_assigned_at"),
        _SPECIALIZATIONS.label("specializations"),
        _NEWEST,
    )
    .outerjoin(agent_availability, agent_availability.c.agent_id == agents.c.id)
    .outerjoin(_HELD, _HELD.c.assigned_agent_id == agents.c.id)
    .outerjoin(_NEWEST, true())
    .where(agents.c.role == "agent")
)
_KEEP_INPUTS = insert(decision_inputs)


async def read_score_facts(connection: AnyConnection, lead_id: LeadId) -> ScoreFacts | None:
    """What scoring looks at; of the contact details only whether they are there."""
    row = (await connection.execute(_SCORE_FACTS, {"of_lead": lead_id})).one_or_none()
    if row is None:
        return None
    return ScoreFacts(
        status=row.status,
        source=row.source,
        quality=row.quality_score,
        has_email=bool(row.has_email),
        has_phone=bool(row.has_phone),
        has_name=bool(row.has_name),
        has_place=row.has_place,
        has_line=row.has_line,
        created_at=row.created_at,
    )


async def read_routing_facts(connection: AnyConnection, lead_id: LeadId) -> RoutingFacts | None:
    """The lead as routing sees it; a lead without a line counts as Auto, the origin's default."""
    row = (await connection.execute(_ROUTING_FACTS, {"of_lead": lead_id})).one_or_none()
    if row is None:
        return None
    request = RoutingRequest(
        lead_id=lead_id,
        line=row.insurance_type or InsuranceLine.AUTO,
        segment=segment_of(row.employee_count),
        language=row.language,
        territory=row.state,
        preferred_agent=AgentId(row.preferred_agent_id) if row.preferred_agent_id else None,
        earlier_holders=frozenset(AgentId(agent) for agent in row.earlier_holders),
    )
    return RoutingFacts(request=request, scoring=(row.scored or {}).get("score", {}))


async def read_agents(connection: AnyConnection, now: datetime) -> list[Agent]:
    """Every agent with its specialisations, load, newest metrics of 30 days, and when it last got a lead."""
    rows = (await connection.execute(_AGENTS, {"since": (now - _METRICS_AGE).date()})).all()
    return [
        Agent(
            id=AgentId(row.id),
            is_active=row.is_active,
            accepts_new_leads=row.accepts_new_leads,
            role=row.role,
            status=row.status,
            load=row.load,
            capacity=row.capacity,
            held=row.held,
            max_held=row.max_active_leads,
            specializations=_specializations(row.specializations),
            performance=Performance(
                conversion_rate=row.conversion_rate,
                satisfaction=row.customer_satisfaction_rating,
                handling_minutes=row.avg_handling_time_minutes,
                cross_sell_rate=row.cross_sell_rate,
            )
            if row.conversion_rate is not None
            else None,
            last_assigned_at=row.last_assigned_at,
        )
        for row in rows
    ]


def _specializations(rows: list[list[Any]] | None) -> tuple[Specialization, ...]:
    return tuple(
        Specialization(
            line=line,
            segment=segment,
            proficiency=proficiency,
            max_concurrent=max_concurrent,
            languages=frozenset(languages),
            territories=frozenset(territories),
        )
        for line, segment, proficiency, max_concurrent, languages, territories in rows or ()
    )


async def insert_decision_inputs(
    connection: WriteConnection,
    *,
    lead_id: LeadId,
    seq: int,
    at: datetime,
    config_version: int,
    history_id: HistoryId | None,
    inputs: dict[str, Any],
) -> None:
    """One compressed, prunable row: everything the decision looked at."""
    plain = json.dumps(inputs, separators=(",", ":"), default=str).encode()
    await connection.execute(
        _KEEP_INPUTS,
        {
            "lead_id": lead_id,
            "seq": seq,
            "at": at,
            "config_version": config_version,
            "history_id": history_id,
            "payload": zlib.compress(plain),
            "size": len(plain),
        },
    )
