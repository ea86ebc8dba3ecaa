"""admin_audit: who changed which part of the configuration, and what it was before."""

from sqlalchemy import BigInteger, Column, Identity, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from db.tables.base import RECORDED, instant, metadata

admin_audit = Table(
    "admin_audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    instant("at", nullable=False),
    instant("recorded_at", nullable=False, default=RECORDED),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("old", JSONB),
    Column("new", JSONB),
    Column("note", Text),
    Index("admin_audit_subject_at_idx", "subject", "at"),
)
