"""crm_agents: everybody who can hold, manage or be blamed for a lead."""

from sqlalchemy import Boolean, Column, Double, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from db.tables.base import NOW, TRUE, ZERO, at_least, between, instant, metadata, one_of, uuid_key

agents = Table(
    "crm_agents",
    metadata,
    uuid_key(),
    Column("email", Text),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("role", Text, nullable=False, server_default="agent"),
    Column("languages", ARRAY(Text), nullable=False, server_default=text("'{en}'::text[]"), comment="BCP-47 tags"),
    Column("timezone", Text, nullable=False, server_default="UTC"),
    Column("rating", Double, nullable=False, server_default=text("0.5"), comment="0 to 1"),
    Column("is_active", Boolean, nullable=False, server_default=TRUE),
    Column("accepts_new_leads", Boolean, nullable=False, server_default=TRUE),
    Column(
        "max_active_leads",
        Integer,
        nullable=False,
        server_default=text("50"),
        comment="Bounds every lead held until it closes; live work is bounded by AgentAvailability.maxCapacity",
    ),
    Column(
        "current_lead_count",
        Integer,
        nullable=False,
        server_default=ZERO,
        comment="Legacy, neither read nor written: held leads are counted from crm_leads",
    ),
    Column("email_notifications", Boolean, nullable=False, server_default=TRUE),
    Column("urgent_emails_enabled", Boolean, nullable=False, server_default=TRUE),
    instant("last_assigned_at", comment="Longest idle wins a tie"),
    Column("max_leads_per_hour", Integer, comment="NULL: no cap"),
    Column("max_leads_per_day", Integer, comment="NULL: no cap; a day of the business's time zone"),
    instant("created_at", nullable=False, default=NOW),
    instant("updated_at", nullable=False, default=NOW),
    one_of("role", "agent", "manager", "admin", "system"),
    between("rating", 0, 1),
    at_least("max_active_leads", 0),
    at_least("max_leads_per_hour", 0),
    at_least("max_leads_per_day", 0),
    Index("crm_agents_email_key", "email", unique=True),
)
