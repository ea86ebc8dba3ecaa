"""The open leads of one agent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from db.session import AnyConnection
from db.tables import leads
from db.tables.leads import OPEN
from domain.ids import AgentId, LeadId
from domain.lifecycle.state import LifecycleState


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLead:
    """A lead that an agent is offered or holds; `due_at` is the end of its running window."""

    lead_id: LeadId
    state: LifecycleState
    epoch: int
    due_at: datetime | None


async def open_leads_of(connection: AnyConnection, agent: AgentId) -> Sequence[OpenLead]:
    """What the agent is offered, holds or owns by escalation, the most urgent first."""
    due_at = func.coalesce(leads.c.claim_timer_expires_at, leads.c.contact_timer_expires_at)
    statement = (
        select(leads.c.id, leads.c.lifecycle_state, leads.c.epoch, due_at.label("due_at"))
        .where(OPEN, leads.c.assigned_agent_id == agent, leads.c.lifecycle_state != "queued")
        .order_by(due_at.nulls_last(), leads.c.id)
    )
    return [
        OpenLead(lead_id=LeadId(row.id), state=LifecycleState(row.lifecycle_state), epoch=row.epoch, due_at=row.due_at)
        for row in await connection.execute(statement)
    ]
