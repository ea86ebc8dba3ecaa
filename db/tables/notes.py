"""lead_notes: free text about a lead; protected by row-level security, never evidence of contact."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, Uuid

from db.tables.base import NOW, instant, metadata, uuid_key

lead_notes = Table(
    "lead_notes",
    metadata,
    uuid_key(),
    Column("lead_id", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE"), nullable=False),
    Column("author_id", Uuid, ForeignKey("crm_agents.id")),
    Column("body", Text, nullable=False),
    instant("created_at", nullable=False, default=NOW),
    Index("lead_notes_lead_id_created_at_idx", "lead_id", "created_at"),
)
