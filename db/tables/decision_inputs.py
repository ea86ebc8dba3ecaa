"""decision_inputs: what a routing decision saw, compressed; prunable, so nothing refers to it."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Uuid

from db.tables.base import instant, metadata, uuid_key

decision_inputs = Table(
    "decision_inputs",
    metadata,
    uuid_key(),
    Column("lead_id", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    instant("at", nullable=False),
    Column("config_version", Integer, nullable=False),
    Column("history_id", Uuid),
    Column("payload", LargeBinary, nullable=False, comment="JSON, compressed with zlib"),
    Column("size", Integer, nullable=False, comment="Bytes before compression"),
    Index("decision_inputs_lead_id_seq_idx", "lead_id", "seq"),
    Index("decision_inputs_at_idx", "at"),
)
