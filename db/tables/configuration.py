"""configuration_versions: every published configuration, never changed afterwards."""

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
