"""RoutingRule: the published rules (drafts and older versions live in configuration_versions)."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from db.tables.base import NOW, TRUE, instant, metadata, one_of, uuid_key

routing_rules = Table(
    "RoutingRule",
    metadata,
    uuid_key(),
    Column("ruleName", Text, key="rule_name", nullable=False),
    Column("ruleType", Text, key="rule_type", nullable=False),
    Column("condition", JSONB, nullable=False),
    Column("action", Text, nullable=False),
    Column("priority", Integer, nullable=False, server_default=text("50")),
    Column("isActive", Boolean, key="is_active", nullable=False, server_default=TRUE),
    instant("createdAt", key="created_at", nullable=False, default=NOW),
    instant("updatedAt", key="updated_at", nullable=False),
    one_of("ruleType", "matching", "capacity", "geographic", "business_logic", "temporal"),
)

Index("RoutingRule_priority_isActive_idx", routing_rules.c.priority.desc(), routing_rules.c.is_active)
