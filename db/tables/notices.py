"""notices: what somebody has to know of, one row for each recipient."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.naming import conv

from db.tables.base import instant, metadata, one_of, uuid_key

notices = Table(
    "notices",
    metadata,
    uuid_key(),
    Column("lead_id", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE")),
    Column("seq", BigInteger),
    Column("kind", Text, nullable=False),
    Column("agent_id", Uuid, ForeignKey("crm_agents.id")),
    Column("audience", Text, comment="For everybody of that role instead of one agent"),
    Column("data", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    instant("at", nullable=False),
    instant("seen_at"),
    one_of("audience", "managers", "admins"),
    CheckConstraint("(agent_id IS NULL) <> (audience IS NULL)", name=conv("notices_recipient_check")),
    Index("notices_lead_id_idx", "lead_id"),
    Index("notices_audience_at_idx", "audience", text("at DESC"), postgresql_where=text("audience IS NOT NULL")),
)

Index("notices_agent_id_at_idx", notices.c.agent_id, notices.c.at.desc())
