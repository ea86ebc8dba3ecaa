"""lead_contact_details: the only place of a lead's name, phone and e-mail; protected by row-level security."""

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, Table, Text, Uuid

from db.tables.base import NOW, instant, metadata

lead_contact_details = Table(
    "lead_contact_details",
    metadata,
    Column("lead_id", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE"), nullable=False),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("phone", Text, comment="E.164"),
    Column("email", Text),
    Column("phone_key", Text, comment="Normalised for the search for duplicates and for call webhooks"),
    Column("email_key", Text, comment="Normalised for the search for duplicates"),
    Column("street", Text),
    instant("updated_at", nullable=False, default=NOW),
    PrimaryKeyConstraint("lead_id"),
    Index("lead_contact_details_phone_key_idx", "phone_key"),
    Index("lead_contact_details_email_key_idx", "email_key"),
)
