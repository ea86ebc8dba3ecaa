"""call_events: what a telephony system reports; contact_corrections: attempts that were credited wrongly."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, Uuid, text

from db.tables.base import instant, metadata, one_of, uuid_key

call_events = Table(
    "call_events",
    metadata,
    uuid_key(),
    Column("provider", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("number_key", Text, comment="The customer's number, E.164, while the call is not settled; NULL afterwards"),
    Column("number_tail", Text, nullable=False, comment="Its last four digits, for people"),
    Column("agent_id", Uuid, ForeignKey("crm_agents.id")),
    instant("occurred_at", nullable=False),
    instant("received_at", nullable=False),
    Column("duration_seconds", Integer),
    Column("state", Text, nullable=False, comment="waiting: the agent has the offer and has not claimed it yet"),
    Column("reason", Text),
    Column("lead_id", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE")),
    instant("settled_at"),
    one_of("direction", "outbound", "inbound"),
    one_of("state", "received", "waiting", "applied", "unmatched", "undone"),
    UniqueConstraint("provider", "external_id"),
    Index("call_events_pending_idx", "received_at", postgresql_where=text("state IN ('received', 'waiting')")),
)

Index("call_events_state_received_at_idx", call_events.c.state, call_events.c.received_at.desc())

contact_corrections = Table(
    "contact_corrections",
    metadata,
    uuid_key(),
    Column("attempt_id", Uuid, ForeignKey("contact_attempts.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("lead_id", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE"), nullable=False),
    Column("corrected_by", Uuid, ForeignKey("crm_agents.id"), nullable=False),
    Column("code", Text, nullable=False, comment="Why the attempt was not this lead's, in a word"),
    instant("at", nullable=False),
    Index("contact_corrections_lead_id_idx", "lead_id"),
)
