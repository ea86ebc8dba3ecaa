"""AgentSpecialization: which line and segment an agent works, how well, in which languages and territories."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from db.tables.base import (
    FALSE,
    LINES,
    NOW,
    SEGMENTS,
    at_least,
    between,
    instant,
    metadata,
    one_of,
    uuid_key,
)

agent_specializations = Table(
    "AgentSpecialization",
    metadata,
    uuid_key(),
    Column("agentId", Uuid, ForeignKey("crm_agents.id", ondelete="CASCADE"), key="agent_id", nullable=False),
    Column("insuranceLine", Text, key="insurance_line", nullable=False),
    Column("customerSegment", Text, key="customer_segment", nullable=False),
    Column("proficiencyLevel", Integer, key="proficiency_level", nullable=False, server_default=text("1")),
    Column("maxConcurrentLeads", Integer, key="max_concurrent_leads", nullable=False, server_default=text("5")),
    Column("languages", JSONB, nullable=False),
    Column("territories", JSONB, nullable=False),
    Column("isEliteAgent", Boolean, key="is_elite_agent", nullable=False, server_default=FALSE),
    instant("createdAt", key="created_at", nullable=False, default=NOW),
    instant("updatedAt", key="updated_at", nullable=False),
    one_of("insuranceLine", *LINES),
    one_of("customerSegment", *SEGMENTS),
    between("proficiencyLevel", 1, 5),
    at_least("maxConcurrentLeads", 0),
    Index(
        "AgentSpecialization_agentId_insuranceLine_customerSegment_key",
        "agent_id",
        "insurance_line",
        "customer_segment",
        unique=True,
    ),
    Index("AgentSpecialization_agentId_idx", "agent_id"),
    Index("AgentSpecialization_insuranceLine_idx", "insurance_line"),
    Index("AgentSpecialization_customerSegment_idx", "customer_segment"),
)
