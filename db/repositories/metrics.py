"""AgentPerformanceMetrics: one row per agent and UTC day, recomputed from the day's assignments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Date, DateTime, Uuid, and_, bindparam, case, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import Insert, insert

from db.session import AnyConnection
from db.tables import agent_performance_metrics, lead_outcomes, lead_routing_history, leads
from domain.ids import LeadId


def _rate(condition: Any) -> Any:
    return case((condition, 1.0), else_=0.0)


def _refresh() -> Insert:
    history, metrics = lead_routing_history.c, agent_performance_metrics.c
    day = cast(func.timezone("UTC", history.routing_timestamp), Date)
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
    touched = lead_routing_history.alias("touched")
    touched_day = cast(func.timezone("UTC", touched.c.routing_timestamp), Date)
    of_lead = touched.c.lead_id == bindparam("of_lead", type_=Uuid)
    counted = (
        select(
            func.gen_random_uuid(),
            history.assigned_agent_id,
            day,
            bindparam("refreshed_at", type_=DateTime(timezone=True)),
            *figures.values(),
        )
        .select_from(lead_routing_history)
        .join(leads, leads.c.id == history.lead_id)
        .outerjoin(
            lead_outcomes,
            and_(lead_outcomes.c.lead_id == history.lead_id, lead_outcomes.c.agent_id == history.assigned_agent_id),
        )
        .where(
            tuple_(history.assigned_agent_id, day).in_(select(touched.c.assigned_agent_id, touched_day).where(of_lead)),
            history.assignment_duration_hours.is_not(None),
        )
        .group_by(history.assigned_agent_id, day)
        # Always in the same order, so that two refreshes cannot wait for each other.
        .order_by(history.assigned_agent_id, day)
    )
    names = ["id", "agent_id", "period_date", "updated_at", *figures]
    statement = insert(agent_performance_metrics).from_select(names, counted)
    return statement.on_conflict_do_update(
        index_elements=[metrics.agent_id, metrics.period_date],
        set_={metrics[name]: statement.excluded[name] for name in ("updated_at", *figures)},
    )


_REFRESH = _refresh()


async def refresh_metrics(connection: AnyConnection, lead_id: LeadId, at: datetime) -> None:
    """Recompute the metrics of everybody who had the lead, for the days on which they got it.

    Idempotent: it counts, it does not add. Rates are 0..1 of the assignments that ended; minutes are minutes.
    """
    await connection.execute(_REFRESH, {"of_lead": lead_id, "refreshed_at": at})
