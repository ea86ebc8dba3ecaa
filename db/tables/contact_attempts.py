"""contact_attempts: evidence of contact, outbound or inbound; idempotent on the sender's id."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, Uuid, text

from db.tables.base import RECORDED, instant, metadata, one_of, uuid_key

contact_attempts = Table(
    "contact_attempts",
    metadata,
    uuid_key(),
    Column("lead_id", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE"), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("agent_id", Uuid, ForeignKey("crm_agents.id")),
    Column("channel", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("result", Text, nullable=False),
    instant("occurred_at", nullable=False),
    instant("received_at", nullable=False),
    instant("recorded_at", nullable=False, default=RECORDED),
    Column("external_id", Text),
    one_of("channel", "call", "email", "sms", "whatsapp", "meeting"),
    one_of("direction", "outbound", "inbound"),
    one_of(
        "result",
        "connected",
        "no_answer",
        "voicemail",
        "busy",
        "wrong_number",
        "sent",
        "delivered",
        "replied",
        "held",
        "no_show",
        "failed",
    ),
    Index(
        "contact_attempts_channel_external_id_key",
        "channel",
        "external_id",
        unique=True,
        postgresql_where=text("external_id IS NOT NULL"),
    ),
    Index("contact_attempts_lead_id_occurred_at_idx", "lead_id", "occurred_at"),
)
