"""RoutingEvent: what happened to a lead on its way, for monitoring and audit."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from db.tables.base import NOW, instant, metadata, one_of, uuid_key

routing_events = Table(
    "RoutingEvent",
    metadata,
    uuid_key(),
    Column("leadId", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE"), key="lead_id", nullable=False),
    Column("eventType", Text, key="event_type", nullable=False),
    Column("agentId", Uuid, key="agent_id"),
    Column("eventData", JSONB, key="event_data", nullable=False),
    instant("timestamp", nullable=False, default=NOW),
    one_of(
        "eventType",
        "assigned",
        "reassigned",
        "escalated",
        "failed_assignment",
        "sla_warning",
        "sla_breached",
        "agent_unavailable",
        "queue_reordered",
        "received",
        "scored",
        "queued",
        "claimed",
        "contact_attempted",
        "contacted",
        "contact_late",
        "declined",
        "released",
        "restarted",
        "withdrawn",
        "closed",
        "completed",
        "parked",
        "rescored",
        "joined",
        "held",
        "widened",
        "migrated",
        "paused",
        "snoozed",
        "resumed",
        "extended",
        "follow_up_due",
        "follow_up_missed",
    ),
    Index("RoutingEvent_eventType_idx", "event_type"),
)

Index("RoutingEvent_leadId_timestamp_idx", routing_events.c.lead_id, routing_events.c.timestamp.desc())
