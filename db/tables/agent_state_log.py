"""agent_state_log: every change of an agent's status, caps, shifts, time off, specialisations and licences."""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from db.tables.base import RECORDED, instant, metadata

agent_state_log = Table(
    "agent_state_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("agent_id", Uuid, ForeignKey("crm_agents.id"), nullable=False),
    instant("at", nullable=False),
    instant("recorded_at", nullable=False, default=RECORDED),
    Column("actor", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("old", JSONB),
    Column("new", JSONB),
    Index("agent_state_log_agent_id_at_idx", "agent_id", "at"),
)
