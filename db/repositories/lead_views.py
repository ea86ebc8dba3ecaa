"""What people see of leads: lists, one lead, its timeline. Read as baton_reader, with the caller set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, exists, false, func, literal_column, or_, select, true, union_all

from db.repositories.agents import members_led_by
from db.session import ReadConnection
from db.tables import (
    contact_attempts,
    contact_corrections,
    lead_contact_details,
    lead_offers,
    lead_reassignments,
    lead_transitions,
    leads,
    routing_events,
)
from db.tables.leads import OPEN
from domain.ids import LeadId
from domain.lifecycle.actor import Actor, Role

_COLUMNS = (
    leads.c.id,
    leads.c.lifecycle_state,
    leads.c.seq,
    leads.c.epoch,
    leads.c.source,
    leads.c.insurance_type,
    leads.c.language,
    leads.c.city,
    leads.c.state,
    leads.c.score,
    leads.c.tier,
    leads.c.assigned_agent_id,
    leads.c.lead_claimed,
    leads.c.offer_step,
    leads.c.claim_timer_expires_at,
    leads.c.contact_timer_expires_at,
    leads.c.claim_sla_breached,
    leads.c.contact_sla_breached,
    leads.c.reassignment_count,
    leads.c.close_reason,
    leads.c.wake_at,
    leads.c.next_try_at,
    leads.c.follow_ups,
    leads.c.last_alarm_level,
    leads.c.paused_at,
    leads.c.pause_code,
    leads.c.created_at,
    leads.c.closed_at,
)


def _invited(caller: Actor) -> ColumnElement[bool]:
    """The lead is offered to many, the caller among them."""
    return exists().where(
        lead_offers.c.lead_id == leads.c.id,
        lead_offers.c.agent_id == caller.id,
        lead_offers.c.kind == "broadcast",
        lead_offers.c.status == "open",
    )


def visible_to(caller: Actor) -> ColumnElement[bool]:
    """Agents see what they were offered or hold, and escalated leads; managers their teams' and the unassigned."""
    if caller.role in (Role.ADMIN, Role.SERVICE):
        return true()
    if caller.role is Role.AGENT:
        offered = exists().where(lead_offers.c.lead_id == leads.c.id, lead_offers.c.agent_id == caller.id)
        return or_(leads.c.assigned_agent_id == caller.id, leads.c.lifecycle_state == "escalated", offered)
    if caller.role is Role.MANAGER:
        led = members_led_by(caller.agent_id)
        return or_(leads.c.assigned_agent_id.is_(None), leads.c.assigned_agent_id.in_(led))
    return false()


async def view_lead(connection: ReadConnection, lead_id: LeadId, caller: Actor) -> dict[str, Any] | None:
    """One lead; None when there is none that the caller may see.

    Name, phone and e-mail are None unless row-level security shows them to the caller: after the claim.
    """
    details = lead_contact_details.c
    statement = (
        select(*_COLUMNS, details.first_name, details.last_name, details.phone, details.email)
        .outerjoin(lead_contact_details, details.lead_id == leads.c.id)
        .where(leads.c.id == lead_id, leads.c.lifecycle_state.is_not(None), visible_to(caller))
    )
    row = (await connection.execute(statement)).mappings().one_or_none()
    return dict(row) if row is not None else None


async def list_leads(
    connection: ReadConnection, caller: Actor, *, state: str | None, mine: bool, limit: int
) -> Sequence[dict[str, Any]]:
    """Leads that the caller may see; open ones by deadline unless a state is named."""
    conditions: list[Any] = [visible_to(caller)]
    conditions.append(leads.c.lifecycle_state == state if state is not None else OPEN)
    if mine:
        conditions.append(or_(leads.c.assigned_agent_id == caller.id, _invited(caller)))
    statement = select(*_COLUMNS).where(*conditions).order_by(leads.c.wake_at.nulls_last(), leads.c.id).limit(limit)
    return [dict(row) for row in (await connection.execute(statement)).mappings()]


async def count_states(connection: ReadConnection, caller: Actor) -> dict[str, int]:
    """How many leads are in each state, of those the caller may see."""
    statement = (
        select(leads.c.lifecycle_state, func.count())
        .where(leads.c.lifecycle_state.is_not(None), visible_to(caller))
        .group_by(leads.c.lifecycle_state)
    )
    return {row[0]: row[1] for row in await connection.execute(statement)}


async def timeline(connection: ReadConnection, lead_id: LeadId) -> Sequence[dict[str, Any]]:
    """Everything that happened, oldest first: transitions, events, attempts, their corrections, changes of agent."""
    transitions = select(
        lead_transitions.c.at.label("at"),
        lead_transitions.c.seq.label("seq"),
        literal_column("'transition'").label("what"),
        lead_transitions.c.kind.label("kind"),
        lead_transitions.c.actor.label("actor"),
        func.jsonb_build_object("state", lead_transitions.c.state, "epoch", lead_transitions.c.epoch).label("data"),
    ).where(lead_transitions.c.lead_id == lead_id)
    events = select(
        routing_events.c.timestamp,
        literal_column("NULL::bigint"),
        literal_column("'event'"),
        routing_events.c.event_type,
        cast(routing_events.c.agent_id, Text),
        routing_events.c.event_data,
    ).where(routing_events.c.lead_id == lead_id)
    attempts = select(
        contact_attempts.c.occurred_at,
        literal_column("NULL::bigint"),
        literal_column("'attempt'"),
        contact_attempts.c.channel,
        cast(contact_attempts.c.agent_id, Text),
        func.jsonb_build_object("result", contact_attempts.c.result, "direction", contact_attempts.c.direction),
    ).where(contact_attempts.c.lead_id == lead_id)
    changes = select(
        lead_reassignments.c.created_at,
        literal_column("NULL::bigint"),
        literal_column("'reassignment'"),
        lead_reassignments.c.reason,
        cast(lead_reassignments.c.reassigned_by, Text),
        func.jsonb_build_object(
            "from_agent", lead_reassignments.c.from_agent_id, "to_agent", lead_reassignments.c.to_agent_id
        ),
    ).where(lead_reassignments.c.lead_id == lead_id)
    corrections = select(
        contact_corrections.c.at,
        literal_column("NULL::bigint"),
        literal_column("'correction'"),
        contact_corrections.c.code,
        cast(contact_corrections.c.corrected_by, Text),
        func.jsonb_build_object("attempt", contact_corrections.c.attempt_id),
    ).where(contact_corrections.c.lead_id == lead_id)
    merged = union_all(transitions, events, attempts, changes, corrections).subquery()
    statement = select(merged).order_by(merged.c.at, merged.c.seq.nulls_last(), merged.c.what)
    return [dict(row) for row in (await connection.execute(statement)).mappings()]
