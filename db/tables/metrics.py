"""AgentPerformanceMetrics: one rolled-up row per agent and day."""

from typing import Any

from sqlalchemy import Column, Date, Double, ForeignKey, Index, Integer, Table, Uuid

from db.tables.base import ZERO, at_least, instant, metadata, uuid_key


def _figure(name: str, key: str) -> Column[Any]:
    return Column(name, Double, key=key, nullable=False, server_default=ZERO)


agent_performance_metrics = Table(
    "AgentPerformanceMetrics",
    metadata,
    uuid_key(),
    Column("agentId", Uuid, ForeignKey("crm_agents.id", ondelete="CASCADE"), key="agent_id", nullable=False),
    Column("periodDate", Date, key="period_date", nullable=False),
    Column("leadsAssigned", Integer, key="leads_assigned", nullable=False, server_default=ZERO),
    Column("leadsConverted", Integer, key="leads_converted", nullable=False, server_default=ZERO),
    _figure("conversionRate", "conversion_rate"),
    _figure("avgHandlingTimeMinutes", "avg_handling_time_minutes"),
    _figure("customerSatisfactionRating", "customer_satisfaction_rating"),
    _figure("crossSellRate", "cross_sell_rate"),
    _figure("upsellRate", "upsell_rate"),
    _figure("repeatCustomerRate", "repeat_customer_rate"),
    _figure("avgLeadScore", "avg_lead_score"),
    _figure("tier1ConversionRate", "tier1_conversion_rate"),
    _figure("tier2ConversionRate", "tier2_conversion_rate"),
    _figure("tier3ConversionRate", "tier3_conversion_rate"),
    instant("updatedAt", key="updated_at", nullable=False),
    at_least("leadsAssigned", 0),
    at_least("leadsConverted", 0),
    Index("AgentPerformanceMetrics_agentId_periodDate_key", "agent_id", "period_date", unique=True),
)

Index(
    "AgentPerformanceMetrics_agentId_periodDate_idx",
    agent_performance_metrics.c.agent_id,
    agent_performance_metrics.c.period_date.desc(),
)
