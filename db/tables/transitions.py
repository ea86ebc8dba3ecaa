"""lead_transitions: the ledger. One row for every change of a lead's lifecycle, in the order of seq."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.tables.base import RECORDED, instant, metadata

lead_transitions = Table(
    "lead_transitions",
    metadata,
    Column("lead_id", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("command_id", Text, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("actor", Text, nullable=False),
    instant("at", nullable=False),
    instant("recorded_at", nullable=False, default=RECORDED),
    Column("epoch", Integer, nullable=False),
    Column("state", Text, nullable=False),
    instant("due_at"),
    Column("result", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    instant("told_at", comment="When the workflow was told; NULL rows are the relay's work"),
    PrimaryKeyConstraint("lead_id", "seq"),
    UniqueConstraint("command_id"),
    Index("lead_transitions_recorded_at_idx", "recorded_at", postgresql_where=text("told_at IS NULL")),
)
