"""crm_lead_reassignments: one row for every change of agent, append-only."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, Uuid

from db.tables.base import NOW, instant, metadata, one_of, uuid_key

lead_reassignments = Table(
    "crm_lead_reassignments",
    metadata,
    uuid_key(),
    Column("lead_id", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE"), nullable=False),
    Column("from_agent_id", Uuid, ForeignKey("crm_agents.id")),
    Column("to_agent_id", Uuid, ForeignKey("crm_agents.id"), nullable=False),
    Column("reassigned_by", Uuid, ForeignKey("crm_agents.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("notes", Text),
    instant("created_at", nullable=False, default=NOW),
    one_of("reason", "unclaimed", "no_contact", "manual"),
    one_of("stage", "claim_window", "contact_window", "manual"),
    CheckConstraint(
        "(reason, stage) IN (('unclaimed', 'claim_window'), ('no_contact', 'contact_window'), ('manual', 'manual'))",
        name="reason_stage",
    ),
)

Index("idx_reassignments_lead", lead_reassignments.c.lead_id, lead_reassignments.c.created_at.desc())
Index("idx_reassignments_from_agent", lead_reassignments.c.from_agent_id, lead_reassignments.c.created_at.desc())
Index("idx_reassignments_to_agent", lead_reassignments.c.to_agent_id, lead_reassignments.c.created_at.desc())
