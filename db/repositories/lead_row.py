"""The lead's row and the domain's lead: one mapping, and the older columns that mirror it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.sql.elements import ColumnElement

from db.tables import leads
from domain.ids import AgentId, HistoryId, LeadId
from domain.lifecycle.lead import Lead, PendingReassignment
from domain.lifecycle.state import STAGE_OF, CloseReason, LifecycleState, Reason
from domain.tier import Tier

_STATUS = {
    LifecycleState.RECEIVED: "RECEIVED",
    LifecycleState.INCOMPLETE: "RECEIVED",
    LifecycleState.QUEUED: "QUALIFIED",
    LifecycleState.OFFERED: "ROUTED",
    LifecycleState.CLAIMED: "ROUTED",
    LifecycleState.ATTEMPTING: "ROUTED",
    LifecycleState.CONTACTED: "ROUTED",
    LifecycleState.ESCALATED: "ROUTED",
}

_SAME = {
    "seq": leads.c.seq,
    "epoch": leads.c.epoch,
    "created_at": leads.c.created_at,
    "last_at": leads.c.last_at,
    "wake_at": leads.c.wake_at,
    "config_version": leads.c.config_version,
    "score": leads.c.score,
    "assigned_at": leads.c.assigned_at,
    "assignment_method": leads.c.assignment_method,
    "lead_claimed": leads.c.lead_claimed,
    "claim_started_at": leads.c.claim_timer_started_at,
    "claim_expires_at": leads.c.claim_timer_expires_at,
    "claim_breached": leads.c.claim_sla_breached,
    "contact_started_at": leads.c.contact_timer_started_at,
    "contact_expires_at": leads.c.contact_timer_expires_at,
    "contact_breached": leads.c.contact_sla_breached,
    "first_action_completed": leads.c.first_action_completed,
    "first_action_at": leads.c.first_action_at,
    "first_contact_at": leads.c.first_contact_at,
    "last_contact_at": leads.c.last_contact_at,
    "contact_attempts": leads.c.contact_attempts,
    "contacted_late": leads.c.contacted_late,
    "reassignment_count": leads.c.reassignment_count,
    "sla_reassignments": leads.c.sla_reassignments,
    "other_reassignments": leads.c.other_reassignments,
    "reassigned_at": leads.c.reassigned_at,
    "escalation_level": leads.c.escalation_level,
    "escalated_at": leads.c.escalated_at,
    "closed_at": leads.c.closed_at,
    "parked_at": leads.c.parked_at,
    "parked_code": leads.c.parked_code,
    "policy": leads.c.policy,
    "queue_sla_at": leads.c.queue_sla_at,
    "moved_to_hot_at": leads.c.moved_to_hot_at,
    "queue_breached_at": leads.c.queue_breached_at,
    "failed_assignments": leads.c.failed_assignments,
    "held_until": leads.c.held_until,
    "offer_step": leads.c.offer_step,
    "remind_at": leads.c.remind_at,
    "alarm_level": leads.c.last_alarm_level,
    "follow_ups": leads.c.follow_ups,
    "next_try_at": leads.c.next_try_at,
    "paused_at": leads.c.paused_at,
    "pause_code": leads.c.pause_code,
    "resume_due_at": leads.c.resume_due_at,
    "given_back_until": leads.c.given_back_until,
    "customer_state": leads.c.customer_state,
}
"""Fields of Lead that the row stores as they are, by column."""

LIFECYCLE: tuple[ColumnElement[Any], ...] = (
    leads.c.id,
    leads.c.lifecycle_state,
    leads.c.tier,
    leads.c.assigned_agent_id,
    leads.c.history_id,
    leads.c.previous_agent_id,
    leads.c.reassignment_reason,
    leads.c.close_reason,
    leads.c.pending_from_agent_id,
    leads.c.pending_reason,
    leads.c.pending_notes,
    leads.c.pending_by,
    leads.c.customer_zones,
    *_SAME.values(),
)
"""Columns that `lead_of` reads."""


def lead_of(values: RowMapping) -> Lead:
    """The lead of an adopted row that was selected with `LIFECYCLE`."""
    pending = None
    if values["pending_from_agent_id"] is not None:
        pending = PendingReassignment(
            from_agent=AgentId(values["pending_from_agent_id"]),
            reason=Reason(values["pending_reason"]),
            by=AgentId(values["pending_by"]),
            notes=values["pending_notes"],
        )
    return Lead(
        id=LeadId(values["id"]),
        state=LifecycleState(values["lifecycle_state"]),
        tier=Tier(values["tier"]) if values["tier"] else None,
        agent=AgentId(values["assigned_agent_id"]) if values["assigned_agent_id"] else None,
        history_id=HistoryId(values["history_id"]) if values["history_id"] else None,
        previous_agent=AgentId(values["previous_agent_id"]) if values["previous_agent_id"] else None,
        reassignment_reason=Reason(values["reassignment_reason"]) if values["reassignment_reason"] else None,
        close_reason=CloseReason(values["close_reason"]) if values["close_reason"] else None,
        pending=pending,
        customer_zones=tuple(values["customer_zones"] or ()),
        **{field: values[column.name] for field, column in _SAME.items()},
    )


def lead_columns(lead: Lead) -> dict[str, Any]:
    """Every lifecycle column of the lead, with the older columns that mirror it."""
    pending = lead.pending
    return {
        "lifecycle_state": lead.state,
        "tier": lead.tier,
        "assigned_agent_id": lead.agent,
        "history_id": lead.history_id,
        "previous_agent_id": lead.previous_agent,
        "reassignment_reason": lead.reassignment_reason,
        "close_reason": lead.close_reason,
        "pending_from_agent_id": pending.from_agent if pending else None,
        "pending_reason": pending.reason if pending else None,
        "pending_stage": STAGE_OF[pending.reason] if pending else None,
        "pending_notes": pending.notes if pending else None,
        "pending_by": pending.by if pending else None,
        "customer_zones": list(lead.customer_zones) or None,
        **{column.name: getattr(lead, field) for field, column in _SAME.items()},
        **mirrored_columns(lead),
    }


def mirrored_columns(lead: Lead) -> dict[str, Any]:
    """What older readers of crm_leads see of the lifecycle."""
    return {
        "status": _status(lead),
        "claimed_by": str(lead.agent) if lead.lead_claimed and lead.agent else None,
        "claim_window_expires_at": lead.claim_expires_at,
        "sla_breached": lead.claim_breached or lead.contact_breached,
        "updated_at": lead.last_at,
    }


def _status(lead: Lead) -> str:
    if lead.state is LifecycleState.CLOSED:
        return "CONVERTED" if lead.close_reason is CloseReason.WON else "REJECTED"
    if lead.state is LifecycleState.RECEIVED and lead.score is not None:
        return "PROCESSING"
    return _STATUS[lead.state]


_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
LIFECYCLE_NAMES = tuple(
    lead_columns(
        Lead(
            id=LeadId(UUID(int=0)),
            seq=0,
            epoch=0,
            state=LifecycleState.RECEIVED,
            created_at=_NO_TIME,
            last_at=_NO_TIME,
        )
    )
)
"""Names of the columns that `lead_columns` fills."""
