"""agent_shifts and agent_time_off: when an agent works."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, Time, UniqueConstraint, Uuid

from db.tables.base import NOW, between, instant, metadata, uuid_key

agent_shifts = Table(
    "agent_shifts",
    metadata,
    uuid_key(),
    Column("agent_id", Uuid, ForeignKey("crm_agents.id", ondelete="CASCADE"), nullable=False),
    Column("weekday", Integer, nullable=False, comment="0 is Monday, in the agent's time zone"),
    Column("starts", Time, nullable=False),
    Column("ends", Time, nullable=False, comment="Not after starts: the shift ends on the next day"),
    instant("created_at", nullable=False, default=NOW),
    UniqueConstraint("agent_id", "weekday", "starts"),
    between("weekday", 0, 6),
)

agent_time_off = Table(
    "agent_time_off",
    metadata,
    uuid_key(),
    Column("agent_id", Uuid, ForeignKey("crm_agents.id", ondelete="CASCADE"), nullable=False),
    instant("starts_at", nullable=False),
    instant("ends_at", nullable=False),
    Column("code", Text, nullable=False),
    instant("cancelled_at"),
    instant("created_at", nullable=False, default=NOW),
    CheckConstraint("ends_at > starts_at", name="ends_at"),
    Index("agent_time_off_agent_id_ends_at_idx", "agent_id", "ends_at"),
)
