"""AssignmentQueue: leads that wait for an agent, at most one row per lead."""

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, Interval, Table, Text, Uuid, text

from db.tables.base import NOW, ZERO, at_least, instant, metadata, one_of, uuid_key

assignment_queue = Table(
    "AssignmentQueue",
    metadata,
    uuid_key(),
    Column("queueType", Text, key="queue_type", nullable=False, server_default="active"),
    Column("leadId", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE"), key="lead_id", nullable=False),
    Column("leadScore", Double, key="lead_score", nullable=False),
    Column("timeInQueue", Interval, key="time_in_queue", nullable=False, server_default=text("'0 seconds'::interval")),
    Column("assignmentAttempts", Integer, key="assignment_attempts", nullable=False, server_default=ZERO),
    instant("lastAttempted", key="last_attempted"),
    Column("estimatedWaitMinutes", Integer, key="estimated_wait_minutes", nullable=False),
    instant("slaExpiry", key="sla_expiry"),
    Column("queuePosition", Integer, key="queue_position", nullable=False),
    instant("createdAt", key="created_at", nullable=False, default=NOW),
    instant("updatedAt", key="updated_at", nullable=False),
    one_of("queueType", "hot", "active", "nurture", "waiting", "reassignment"),
    at_least("assignmentAttempts", 0),
    Index("AssignmentQueue_leadId_key", "lead_id", unique=True),
    Index("AssignmentQueue_slaExpiry_idx", "sla_expiry"),
)

Index("AssignmentQueue_queueType_leadScore_idx", assignment_queue.c.queue_type, assignment_queue.c.lead_score.desc())
