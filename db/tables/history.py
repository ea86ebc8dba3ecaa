"""LeadRoutingHistory: every routing decision, and later what came of it."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from db.tables.base import NOW, STRATEGIES, instant, metadata, one_of, uuid_key

lead_routing_history = Table(
    "LeadRoutingHistory",
    metadata,
    uuid_key(),
    Column("leadId", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE"), key="lead_id", nullable=False),
    Column(
        "assignedAgentId",
        Uuid,
        ForeignKey("crm_agents.id", ondelete="CASCADE"),
        key="assigned_agent_id",
        nullable=False,
    ),
    Column("routingStrategy", Text, key="routing_strategy", nullable=False, server_default="greedy"),
    Column("leadScore", Double, key="lead_score", nullable=False),
    Column("assignmentReason", JSONB, key="assignment_reason", nullable=False),
    instant("routingTimestamp", key="routing_timestamp", nullable=False, default=NOW),
    Column("assignmentDurationHours", Double, key="assignment_duration_hours"),
    Column("conversionOutcome", Boolean, key="conversion_outcome"),
    Column("assignmentQualityScore", Double, key="assignment_quality_score"),
    Column("feedback", Text),
    instant("createdAt", key="created_at", nullable=False, default=NOW),
    one_of("routingStrategy", *STRATEGIES),
    Index("LeadRoutingHistory_leadId_idx", "lead_id"),
    Index("LeadRoutingHistory_assignedAgentId_idx", "assigned_agent_id"),
    Index("LeadRoutingHistory_routingTimestamp_idx", "routing_timestamp"),
)
