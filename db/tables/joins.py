"""lead_joins: arrivals that were joined to an open lead of the same customer."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, Uuid, text

from db.tables.base import instant, metadata, one_of, uuid_key

lead_joins = Table(
    "lead_joins",
    metadata,
    uuid_key(),
    Column("lead_id", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE"), nullable=False),
    Column("source", Text, nullable=False),
    Column("external_id", Text),
    Column("matched_by", Text, nullable=False),
    Column("body_hash", Text, nullable=False),
    instant("at", nullable=False),
    one_of("matched_by", "phone", "email"),
    Index("lead_joins_lead_id_idx", "lead_id"),
    Index(
        "lead_joins_source_external_id_key",
        "source",
        "external_id",
        unique=True,
        postgresql_where=text("external_id IS NOT NULL"),
    ),
)
