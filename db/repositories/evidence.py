"""contact_attempts, lead_outcomes and AgentPerformanceMetrics: what was done for a lead, and what it brought."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Date, DateTime, Uuid, and_, bindparam, case, cast, func, select
from sqlalchemy.dialects.postgresql import Insert, insert

from db.session import WriteConnection
from db.tables import agent_performance_metrics, contact_attempts, lead_outcomes, lead_routing_history, leads
from domain.ids import AgentId, LeadId
from domain.lifecycle.commands import Outcome
from domain.lifecycle.lead import Lead
from domain.lifecycle.transition import Attempt

_ATTEMPT = insert(contact_attempts)
_KNOWN_ATTEMPT = select(contact_attempts.c.lead_id).where(
    contact_attempts.c.channel == bindparam("of_channel"), contact_attempts.c.external_id == bindparam("of_id")
)
_OUTCOME = insert(lead_outcomes)


async def insert_attempt(connection: WriteConnection, lead_id: LeadId, attempt: Attempt) -> None:
    """One attempt. The sender's id is unique per channel: a second delivery raises ConstraintError."""
    await connection.execute(
        _ATTEMPT,
        {
            "lead_id": lead_id,
            "epoch": attempt.epoch,
            "agent_id": attempt.agent,
            "channel": attempt.channel,
            "direction": attempt.direction,
            "result": attempt.result,
            "occurred_at": attempt.occurred_at,
            "received_at": attempt.received_at,
            "external_id": attempt.external_id,
        },
    )


async def find_attempt(connection: WriteConnection, channel: str, external_id: str) -> LeadId | None:
    """The lead for which a call or message of this id was recorded; None when it is new."""
    found = (await connection.execute(_KNOWN_ATTEMPT, {"of_channel": channel, "of_id": external_id})).scalar()
    return LeadId(found) if found is not None else None


async def insert_outcome(connection: WriteConnection, lead: Lead, outcome: Outcome) -> None:
    """How the lead ended; once, since a closed lead stays closed."""
    await connection.execute(
        _OUTCOME,
        {
            "lead_id": lead.id,
            "result": outcome.result,
            "reason": outcome.reason,
            "value": outcome.value,
            "handling_minutes": outcome.handling_minutes,
            "cross_sell": outcome.cross_sell,
            "upsell": outcome.upsell,
            "repeat_customer": outcome.repeat_customer,
            "quality": outcome.quality,
            "agent_id": lead.agent,
            "at": lead.last_at,
        },
    )


def _rate(condition: Any) -> Any:
    return case((condition, 1.0), else_=0.0)


def _refresh() -> Insert:
    history, metrics = lead_routing_history.c, agent_performance_metrics.c
    agent_id, day, at = (
        bindparam("of_agent", type_=Uuid),
        bindparam("day", type_=Date),
        bindparam("at", type_=DateTime(timezone=True)),
    )
    won = history.conversion_outcome.is_(True)
    tier_won = {
        f"tier{n}_conversion_rate": func.coalesce(func.avg(case((leads.c.tier == f"Tier{n}", _rate(won)))), 0.0)
        for n in (1, 2, 3)
    }
    figures: dict[str, Any] = {
        "leads_assigned": func.count(),
        "leads_converted": func.count().filter(won),
        "conversion_rate": func.coalesce(func.avg(_rate(won)), 0.0),
        "avg_handling_time_minutes": func.coalesce(func.avg(lead_outcomes.c.handling_minutes), 0.0),
        "customer_satisfaction_rating": func.coalesce(func.avg(lead_outcomes.c.satisfaction), 0.0),
        "cross_sell_rate": func.coalesce(func.avg(_rate(lead_outcomes.c.cross_sell)), 0.0),
        "upsell_rate": func.coalesce(func.avg(_rate(lead_outcomes.c.upsell)), 0.0),
        "repeat_customer_rate": func.coalesce(func.avg(_rate(lead_outcomes.c.repeat_customer)), 0.0),
        "avg_lead_score": func.coalesce(func.avg(history.lead_score), 0.0),
        **tier_won,
    }
    counted = (
        select(func.gen_random_uuid(), agent_id, day, at, *figures.values())
        .select_from(lead_routing_history)
        .join(leads, leads.c.id == history.lead_id)
        .outerjoin(
            lead_outcomes,
            and_(lead_outcomes.c.lead_id == history.lead_id, lead_outcomes.c.agent_id == history.assigned_agent_id),
        )
        .where(
            history.assigned_agent_id == agent_id,
            history.assignment_duration_hours.is_not(None),
            cast(func.timezone("UTC", history.routing_timestamp), Date) == day,
        )
    )
    names = ["id", "agent_id", "period_date", "updated_at", *figures]
    statement = insert(agent_performance_metrics).from_select(names, counted)
    excluded = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=[metrics.agent_id, metrics.period_date],
        set_={metrics[name]: excluded[name] for name in ("updated_at", *figures)},
    )


_REFRESH = _refresh()
_TOUCHED = select(lead_routing_history.c.assigned_agent_id, lead_routing_history.c.routing_timestamp).where(
    lead_routing_history.c.lead_id == bindparam("of_lead")
)


async def refresh_metrics(connection: WriteConnection, agent_id: AgentId, at: datetime) -> None:
    """Recompute the agent's metrics of the UTC day from its assignments. Idempotent: it counts, it does not add.

    Rates are 0..1 of the assignments that ended; minutes are minutes.
    """
    await connection.execute(_REFRESH, {"of_agent": agent_id, "day": at.astimezone(UTC).date(), "at": at})


async def touched(connection: WriteConnection, lead_id: LeadId) -> list[tuple[AgentId, datetime]]:
    """The agents that had a lead, and when: whose metrics a closed lead changes."""
    return [(AgentId(agent), at) for agent, at in await connection.execute(_TOUCHED, {"of_lead": lead_id})]
