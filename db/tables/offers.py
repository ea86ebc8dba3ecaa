"""lead_offers: each agent's own truth about one attempt at one lead."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, Uuid, text

from db.tables.base import FALSE, instant, metadata, one_of, uuid_key

lead_offers = Table(
    "lead_offers",
    metadata,
    uuid_key(),
    Column("lead_id", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE"), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("agent_id", Uuid, ForeignKey("crm_agents.id"), nullable=False),
    Column("round", Integer, nullable=False, server_default=text("1")),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    instant("offered_at", nullable=False),
    instant("claim_expires_at"),
    instant("claimed_at"),
    instant("contact_started_at"),
    instant("contact_expires_at"),
    instant("first_action_at"),
    instant("contacted_at"),
    instant("ended_at"),
    Column("end_code", Text),
    Column("claim_breached", Boolean, nullable=False, server_default=FALSE),
    Column("contact_breached", Boolean, nullable=False, server_default=FALSE),
    Column(
        "breach_excused",
        Boolean,
        nullable=False,
        server_default=FALSE,
        comment="The breach counts against nobody: the agent was in time, or could not act",
    ),
    Column("config_version", Integer, nullable=False),
    Column("history_id", Uuid),
    Column("pool", Text, comment="Pool whose turn it took; NULL: the strategy keeps no turns"),
    instant("credited_at", comment="When the turn was given back: the lead was invalid or a duplicate"),
    one_of("kind", "single", "broadcast", "manual", "escalation"),
    one_of("status", "open", "claimed", "missed", "declined", "withdrawn", "released", "reassigned", "completed"),
    UniqueConstraint("lead_id", "epoch", "agent_id"),
    Index("lead_offers_lead_id_offered_at_idx", "lead_id", "offered_at"),
)

Index("lead_offers_agent_id_offered_at_idx", lead_offers.c.agent_id, lead_offers.c.offered_at.desc())
