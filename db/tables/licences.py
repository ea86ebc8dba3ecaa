"""agent_licences: where and for which line an agent may sell, and from when until when."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Table, Text, Uuid, text

from db.tables.base import LINES, NOW, instant, metadata, one_of, uuid_key

agent_licences = Table(
    "agent_licences",
    metadata,
    uuid_key(),
    Column("agent_id", Uuid, ForeignKey("crm_agents.id", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False),
    Column("line", Text, comment="NULL: every line"),
    Column("number", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, comment="Last valid day; NULL: until further notice"),
    instant("created_at", nullable=False, default=NOW),
    one_of("line", *LINES),
    CheckConstraint("valid_to >= valid_from", name="valid_to"),
    Index("agent_licences_agent_id_idx", "agent_id"),
    Index(
        "agent_licences_one_key",
        "agent_id",
        "state",
        "number",
        "valid_from",
        text("coalesce(line, '')"),
        unique=True,
    ),
)
