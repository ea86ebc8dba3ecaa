"""lead_outcomes: how a lead ended, one row per closed lead with an outcome."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Integer, Numeric, PrimaryKeyConstraint, Table, Text, Uuid

from db.tables.base import FALSE, between, instant, metadata

lead_outcomes = Table(
    "lead_outcomes",
    metadata,
    Column("lead_id", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE"), nullable=False),
    Column("result", Text, nullable=False),
    Column("reason", Text),
    Column("value", Numeric(14, 2)),
    Column("handling_minutes", Double),
    Column("cross_sell", Boolean, nullable=False, server_default=FALSE),
    Column("upsell", Boolean, nullable=False, server_default=FALSE),
    Column("repeat_customer", Boolean, nullable=False, server_default=FALSE),
    Column("quality", Integer),
    Column("feedback", Text),
    Column("agent_id", Uuid, ForeignKey("crm_agents.id")),
    instant("at", nullable=False),
    Column("satisfaction", Double, comment="May follow after the lead has closed"),
    between("quality", 0, 100),
    PrimaryKeyConstraint("lead_id"),
)
