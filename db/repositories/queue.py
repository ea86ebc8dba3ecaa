"""AssignmentQueue: leads that wait for an agent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from db.session import AnyConnection, WriteConnection
from db.tables import assignment_queue, leads
from domain.ids import LeadId
from domain.lifecycle.lead import Lead
from domain.queue import QueueType

_ESTIMATED_WAIT_MINUTES = 5


async def enqueue(
    connection: WriteConnection, lead: Lead, queue: QueueType, sla_expiry: datetime, at: datetime
) -> None:
    """Let the lead wait, or count one more failed attempt; the SLA of a lead that already waits never moves."""
    row = assignment_queue.c
    position = select(func.count() + 1).select_from(assignment_queue).where(row.queue_type == queue).scalar_subquery()
    statement = insert(assignment_queue).values(
        lead_id=lead.id,
        queue_type=queue,
        lead_score=lead.score or 0.0,
        assignment_attempts=1,
        last_attempted=at,
        estimated_wait_minutes=_ESTIMATED_WAIT_MINUTES,
        sla_expiry=sla_expiry,
        queue_position=position,
        created_at=at,
        updated_at=at,
    )
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=[row.lead_id],
            set_={
                "assignment_attempts": row.assignment_attempts + 1,
                "last_attempted": at,
                "time_in_queue": at - row.created_at,
                "updated_at": at,
            },
        )
    )


async def dequeue(connection: WriteConnection, lead_id: LeadId) -> None:
    """The lead waits no more."""
    await connection.execute(delete(assignment_queue).where(assignment_queue.c.lead_id == lead_id))


async def waiting_leads(connection: AnyConnection, limit: int, skip: int = 0) -> Sequence[LeadId]:
    """Waiting leads, best first: score, then age, then id. Parked ones wait for their own time."""
    row = assignment_queue.c
    statement = (
        select(row.lead_id)
        .join(leads, leads.c.id == row.lead_id)
        .where(leads.c.lifecycle_state == "queued", leads.c.parked_at.is_(None))
        .order_by(row.lead_score.desc(), leads.c.created_at, row.lead_id)
        .limit(limit)
        .offset(skip)
    )
    return [LeadId(lead_id) for lead_id in (await connection.execute(statement)).scalars()]
