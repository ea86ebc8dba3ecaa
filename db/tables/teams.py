"""teams and team_members: who works together, under whom, with which caps."""

from sqlalchemy import (
    Boolean,
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

from db.tables.base import NOW, TRUE, at_least, instant, metadata, one_of, uuid_key

teams = Table(
    "teams",
    metadata,
    uuid_key(),
    Column("name", Text, nullable=False),
    Column("calendar", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("max_live_leads", Integer, comment="NULL: no cap"),
    Column("max_held_leads", Integer, comment="NULL: no cap"),
    Column("notification_targets", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("is_active", Boolean, nullable=False, server_default=TRUE),
    instant("created_at", nullable=False, default=NOW),
    UniqueConstraint("name"),
    at_least("max_live_leads", 0),
    at_least("max_held_leads", 0),
)

team_members = Table(
    "team_members",
    metadata,
    Column("team_id", Uuid, ForeignKey("teams.id", ondelete="CASCADE"), nullable=False),
    Column("agent_id", Uuid, ForeignKey("crm_agents.id", ondelete="CASCADE"), nullable=False),
    Column("role", Text, nullable=False, server_default="member"),
    instant("joined_at", nullable=False, default=NOW),
    instant("left_at", comment="NULL: still a member; rows are ended, never deleted"),
    PrimaryKeyConstraint("team_id", "agent_id"),
    one_of("role", "member", "manager"),
    Index("team_members_agent_id_idx", "agent_id"),
)
