"""configuration_versions: every published configuration, never changed afterwards; and drafts of the next."""

from sqlalchemy import Column, ForeignKey, Integer, PrimaryKeyConstraint, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from db.tables.base import NOW, instant, metadata

configuration_versions = Table(
    "configuration_versions",
    metadata,
    Column("version", Integer, nullable=False, autoincrement=False),
    Column("body", JSONB, nullable=False, comment="Only what differs from the defaults of the domain"),
    Column("note", Text),
    Column("published_by", Uuid, ForeignKey("crm_agents.id")),
    instant("published_at", nullable=False, default=NOW),
    PrimaryKeyConstraint("version"),
)

configuration_drafts = Table(
    "configuration_drafts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("body", JSONB, nullable=False),
    Column("based_on", Integer, ForeignKey("configuration_versions.version"), nullable=False),
    Column("updated_by", Uuid, ForeignKey("crm_agents.id")),
    instant("updated_at", nullable=False),
    instant("created_at", nullable=False, default=NOW),
)
