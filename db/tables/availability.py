"""AgentAvailability: an agent's status and live load, one row per agent, rewritten at every assignment."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, Uuid

from db.tables.base import ZERO, at_least, instant, metadata, one_of, uuid_key

agent_availability = Table(
    "AgentAvailability",
    metadata,
    uuid_key(),
    Column("agentId", Uuid, ForeignKey("crm_agents.id", ondelete="CASCADE"), key="agent_id", nullable=False),
    Column("status", Text, nullable=False, server_default="Available"),
    Column("currentLoad", Integer, key="current_load", nullable=False, server_default=ZERO),
    Column("maxCapacity", Integer, key="max_capacity", nullable=False),
    instant("lastUpdated", key="last_updated", nullable=False),
    instant("updatedAt", key="updated_at", nullable=False),
    one_of("status", "Available", "In_Call", "Break", "Training", "Offline"),
    at_least("currentLoad", 0),
    at_least("maxCapacity", 0),
    Index("AgentAvailability_agentId_key", "agent_id", unique=True),
    Index("AgentAvailability_agentId_idx", "agent_id"),
    Index("AgentAvailability_status_currentLoad_idx", "status", "current_load"),
    postgresql_with={"fillfactor": 70},
)
