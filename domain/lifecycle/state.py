"""The closed sets of the lead's life."""

from __future__ import annotations

from enum import StrEnum


class LifecycleState(StrEnum):
    """Where a lead is. `incomplete` has no phone and no e-mail; `escalated` has used up its re-assignments."""

    RECEIVED = "received"
    QUEUED = "queued"
    OFFERED = "offered"
    CLAIMED = "claimed"
    ATTEMPTING = "attempting"
    CONTACTED = "contacted"
    CLOSED = "closed"
    INCOMPLETE = "incomplete"
    ESCALATED = "escalated"


LIVE_STATES = frozenset({LifecycleState.OFFERED, LifecycleState.CLAIMED, LifecycleState.ATTEMPTING})
"""States that take one of the assigned agent's live slots: offers and claims until the customer was reached."""

HELD_STATES = frozenset({LifecycleState.CLAIMED, LifecycleState.ATTEMPTING, LifecycleState.CONTACTED})
"""States in which an agent has claimed the lead."""


class CloseReason(StrEnum):
    """Why a lead's life ended."""

    WON = "won"
    LOST = "lost"
    NOT_INTERESTED = "not_interested"
    UNREACHABLE = "unreachable"
    INVALID = "invalid"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ERASED = "erased"


class Stage(StrEnum):
    """Stage of a re-assignment row."""

    CLAIM_WINDOW = "claim_window"
    CONTACT_WINDOW = "contact_window"
    MANUAL = "manual"


class Reason(StrEnum):
    """Reason of a re-assignment row."""

    UNCLAIMED = "unclaimed"
    NO_CONTACT = "no_contact"
    MANUAL = "manual"


STAGE_OF: dict[Reason, Stage] = {
    Reason.UNCLAIMED: Stage.CLAIM_WINDOW,
    Reason.NO_CONTACT: Stage.CONTACT_WINDOW,
    Reason.MANUAL: Stage.MANUAL,
}
"""Reason and stage are paired."""


class EventType(StrEnum):
    """Events of `RoutingEvent`: the eight of the routing schema, then Baton's own."""

    ASSIGNED = "assigned"
    REASSIGNED = "reassigned"
    ESCALATED = "escalated"
    FAILED_ASSIGNMENT = "failed_assignment"
    SLA_WARNING = "sla_warning"
    SLA_BREACHED = "sla_breached"
    AGENT_UNAVAILABLE = "agent_unavailable"
    QUEUE_REORDERED = "queue_reordered"
    RECEIVED = "received"
    SCORED = "scored"
    QUEUED = "queued"
    CLAIMED = "claimed"
    CONTACT_ATTEMPTED = "contact_attempted"
    CONTACTED = "contacted"
    CONTACT_LATE = "contact_late"
    DECLINED = "declined"
    RELEASED = "released"
    RESTARTED = "restarted"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    COMPLETED = "completed"
    PARKED = "parked"
    RESCORED = "rescored"
    JOINED = "joined"
    HELD = "held"
    WIDENED = "widened"
    MIGRATED = "migrated"
    PAUSED = "paused"
    SNOOZED = "snoozed"
    RESUMED = "resumed"
    EXTENDED = "extended"
    FOLLOW_UP_DUE = "follow_up_due"
    FOLLOW_UP_MISSED = "follow_up_missed"


class OfferKind(StrEnum):
    """How an agent came to a lead."""

    SINGLE = "single"
    BROADCAST = "broadcast"
    MANUAL = "manual"
    ESCALATION = "escalation"


class OfferStatus(StrEnum):
    """What became of an offer."""

    OPEN = "open"
    CLAIMED = "claimed"
    MISSED = "missed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    RELEASED = "released"
    REASSIGNED = "reassigned"
    COMPLETED = "completed"
