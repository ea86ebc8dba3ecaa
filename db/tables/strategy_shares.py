"""strategy_shares: how many turns each agent of a pool has had, for the strategies that take turns."""

from sqlalchemy import BigInteger, Column, ForeignKey, PrimaryKeyConstraint, Table, Text, Uuid

from db.tables.base import ZERO, instant, metadata

strategy_shares = Table(
    "strategy_shares",
    metadata,
    Column("pool", Text, nullable=False),
    Column("agent_id", Uuid, ForeignKey("crm_agents.id", ondelete="CASCADE"), nullable=False),
    Column("turns", BigInteger, nullable=False, server_default=ZERO),
    Column(
        "calibration",
        BigInteger,
        nullable=False,
        server_default=ZERO,
        comment="Head start of somebody who joined later, so that nobody is flooded",
    ),
    instant("updated_at", nullable=False),
    instant(
        "away_since",
        comment="The first turn that somebody else took while the agent was away; NULL while it is there",
    ),
    PrimaryKeyConstraint("pool", "agent_id"),
)
