"""RoutingExperiment, its variants, and which lead got which variant."""

from sqlalchemy import Column, Double, ForeignKey, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from db.tables.base import NOW, STRATEGIES, between, instant, metadata, one_of, uuid_key

routing_experiments = Table(
    "RoutingExperiment",
    metadata,
    uuid_key(),
    Column("name", Text, nullable=False),
    Column("strategyType", Text, key="strategy_type", nullable=False),
    Column("description", Text),
    Column("status", Text, nullable=False, server_default="active"),
    Column("trafficPercentage", Double, key="traffic_percentage", nullable=False, server_default=text("50")),
    instant("startDate", key="start_date", nullable=False),
    instant("endDate", key="end_date"),
    Column(
        "controlStrategyId",
        Uuid,
        ForeignKey("RoutingExperiment.id", ondelete="SET NULL"),
        key="control_strategy_id",
    ),
    Column("successMetric", Text, key="success_metric", nullable=False, server_default="conversion_rate"),
    instant("createdAt", key="created_at", nullable=False, default=NOW),
    instant("updatedAt", key="updated_at", nullable=False),
    one_of("strategyType", *STRATEGIES),
    one_of("status", "active", "paused", "completed", "archived"),
    one_of("successMetric", "conversion_rate", "avg_handling_time", "sla_compliance", "customer_satisfaction"),
    between("trafficPercentage", 0, 100),
    Index("RoutingExperiment_status_idx", "status"),
    Index("RoutingExperiment_startDate_endDate_idx", "start_date", "end_date"),
)

routing_experiment_variants = Table(
    "RoutingExperimentVariant",
    metadata,
    uuid_key(),
    Column(
        "experimentId",
        Uuid,
        ForeignKey("RoutingExperiment.id", ondelete="CASCADE"),
        key="experiment_id",
        nullable=False,
    ),
    Column("name", Text, nullable=False),
    Column("strategy", Text, nullable=False),
    Column("parameters", JSONB, nullable=False),
    Column("trafficAllocation", Double, key="traffic_allocation", nullable=False, server_default=text("50")),
    instant("createdAt", key="created_at", nullable=False, default=NOW),
    one_of("strategy", *STRATEGIES),
    between("trafficAllocation", 0, 100),
    Index("RoutingExperimentVariant_experimentId_idx", "experiment_id"),
)

lead_experiment_assignments = Table(
    "LeadExperimentAssignment",
    metadata,
    uuid_key(),
    Column("leadId", Uuid, key="lead_id", nullable=False),
    Column(
        "experimentId",
        Uuid,
        ForeignKey("RoutingExperiment.id", ondelete="CASCADE"),
        key="experiment_id",
        nullable=False,
    ),
    Column(
        "variantId",
        Uuid,
        ForeignKey("RoutingExperimentVariant.id", ondelete="CASCADE"),
        key="variant_id",
        nullable=False,
    ),
    instant("assignedAt", key="assigned_at", nullable=False, default=NOW),
    Index("LeadExperimentAssignment_leadId_key", "lead_id", unique=True),
    Index("LeadExperimentAssignment_leadId_idx", "lead_id"),
    Index("LeadExperimentAssignment_experimentId_variantId_idx", "experiment_id", "variant_id"),
)
