"""intake_requests: which lead an Idempotency-Key has made."""

from sqlalchemy import Column, ForeignKey, PrimaryKeyConstraint, Table, Text, Uuid

from db.tables.base import NOW, instant, metadata

intake_requests = Table(
    "intake_requests",
    metadata,
    Column("idempotency_key", Text, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("lead_id", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE"), nullable=False),
    instant("received_at", nullable=False, default=NOW),
    PrimaryKeyConstraint("idempotency_key"),
)
