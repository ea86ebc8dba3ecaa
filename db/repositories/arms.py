"""How leads of a segment went with each agent: what the reinforcement strategy learns from."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from db.session import AnyConnection
from db.tables import lead_routing_history, leads
from domain.ids import AgentId
from domain.routing.candidate import Arm

_REMEMBERED = timedelta(days=90)


async def read_arms(connection: AnyConnection, line: str, segment: str, now: datetime) -> dict[AgentId, Arm]:
    """Assignments of the last 90 days in the line and segment that ended, by agent: converted, and not."""
    history = lead_routing_history.c
    segment_of_lead = func.coalesce(leads.c.employee_count, 0)
    low, high = {"Enterprise": (251, 2**31 - 1), "SMB": (11, 250)}.get(segment, (0, 10))
    statement = (
        select(
            history.assigned_agent_id,
            func.count().filter(history.conversion_outcome).label("successes"),
            func.count().filter(~history.conversion_outcome).label("failures"),
        )
        .join(leads, leads.c.id == history.lead_id)
        .where(
            history.routing_timestamp >= now - _REMEMBERED,
            history.conversion_outcome.is_not(None),
            func.coalesce(leads.c.insurance_type, "Auto") == line,
            segment_of_lead.between(low, high),
        )
        .group_by(history.assigned_agent_id)
    )
    return {
        AgentId(row.assigned_agent_id): Arm(successes=row.successes, failures=row.failures)
        for row in await connection.execute(statement)
    }
