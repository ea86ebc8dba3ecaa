"""lead_offers, LeadRoutingHistory and crm_lead_reassignments: who had a lead, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from db.session import AnyConnection, WriteConnection
from db.tables import lead_offers, lead_reassignments, lead_routing_history
from domain.ids import AgentId, LeadId
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import STAGE_OF
from domain.lifecycle.transition import OfferChanged, OfferOpened, PastOffer, ReassignmentRow


async def open_history(
    connection: WriteConnection, lead: Lead, offer: OfferOpened, *, strategy: str, reason: dict[str, Any]
) -> None:
    """One history row for a new assignment, with the reasons of the decision."""
    await connection.execute(
        insert(lead_routing_history).values(
            id=lead.history_id,
            lead_id=lead.id,
            assigned_agent_id=offer.agent,
            routing_strategy=strategy,
            lead_score=lead.score or 0.0,
            assignment_reason=reason,
            routing_timestamp=lead.last_at,
            created_at=lead.last_at,
        )
    )


async def open_offer(connection: WriteConnection, lead: Lead, offer: OfferOpened) -> None:
    """One row for the agent's attempt at the lead."""
    claimed = lead.last_at if lead.lead_claimed else None
    await connection.execute(
        insert(lead_offers).values(
            lead_id=lead.id,
            epoch=offer.epoch,
            agent_id=offer.agent,
            kind=offer.kind,
            status=offer.status,
            offered_at=lead.last_at,
            claim_expires_at=offer.claim_expires_at,
            claimed_at=claimed,
            contact_started_at=claimed,
            contact_expires_at=offer.contact_expires_at,
            config_version=lead.config_version,
            history_id=lead.history_id,
        )
    )


async def change_offer(connection: WriteConnection, lead_id: LeadId, change: OfferChanged) -> None:
    """New values for the agent's attempt of that epoch."""
    await connection.execute(
        update(lead_offers)
        .where(
            lead_offers.c.lead_id == lead_id,
            lead_offers.c.epoch == change.epoch,
            lead_offers.c.agent_id == change.agent,
        )
        .values(**change.changes)
    )


async def end_history(connection: WriteConnection, lead_id: LeadId, change: OfferChanged, at: datetime) -> None:
    """Fill the outcome columns of the assignment that ends; filled ones stay as they are."""
    ended = select(lead_offers.c.history_id).where(
        lead_offers.c.lead_id == lead_id,
        lead_offers.c.epoch == change.epoch,
        lead_offers.c.agent_id == change.agent,
    )
    history = lead_routing_history
    hours = func.extract("epoch", at - history.c.routing_timestamp) / 3600
    await connection.execute(
        update(history)
        .where(history.c.id == ended.scalar_subquery(), history.c.assignment_duration_hours.is_(None))
        .values(
            assignment_duration_hours=hours,
            conversion_outcome=change.converted,
            assignment_quality_score=change.quality,
            feedback=change.feedback,
        )
    )


async def insert_reassignment(connection: WriteConnection, lead_id: LeadId, row: ReassignmentRow, at: datetime) -> None:
    """One audit row for a change of agent."""
    await connection.execute(
        insert(lead_reassignments).values(
            lead_id=lead_id,
            from_agent_id=row.from_agent,
            to_agent_id=row.to_agent,
            reassigned_by=row.by,
            reason=row.reason,
            stage=STAGE_OF[row.reason],
            notes=row.notes,
            created_at=at,
        )
    )


async def find_past_offer(
    connection: AnyConnection, lead_id: LeadId, agent: AgentId, *, epoch: int | None, before: int
) -> PastOffer | None:
    """The agent's newest assignment of an epoch earlier than `before`, or the one of `epoch`; None without one."""
    offers = lead_offers.c
    statement = (
        select(
            offers.agent_id,
            offers.epoch,
            offers.claim_expires_at,
            offers.contact_started_at,
            offers.contact_expires_at,
            offers.claim_breached,
            offers.contact_breached,
        )
        .where(offers.lead_id == lead_id, offers.agent_id == agent, offers.epoch < before)
        .order_by(offers.epoch.desc())
        .limit(1)
    )
    if epoch is not None:
        statement = statement.where(offers.epoch == epoch)
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    return PastOffer(agent=AgentId(values.pop("agent_id")), **values)


async def earlier_holders(connection: AnyConnection, lead_id: LeadId) -> frozenset[AgentId]:
    """Everybody the lead was offered to or assigned to before."""
    statement = select(lead_offers.c.agent_id).where(lead_offers.c.lead_id == lead_id).distinct()
    return frozenset(AgentId(agent) for agent in (await connection.execute(statement)).scalars())
