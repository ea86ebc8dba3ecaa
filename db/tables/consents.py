"""lead_consents: what customers said about being contacted; append-only."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, Text, UniqueConstraint, Uuid
from sqlalchemy.sql.naming import conv

from db.tables.base import RECORDED, instant, metadata, one_of, uuid_key

lead_consents = Table(
    "lead_consents",
    metadata,
    uuid_key(),
    Column("lead_id", Uuid, ForeignKey("crm_leads.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False, comment="do_not_call: an entry of the do-not-call list"),
    Column("answer", Text, nullable=False),
    Column("text_version", Text, comment="The wording that was agreed to"),
    instant("at", nullable=False),
    Column("source", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    instant("recorded_at", nullable=False, default=RECORDED),
    one_of("kind", "call", "email", "sms", "whatsapp", "do_not_call"),
    one_of("answer", "granted", "revoked"),
    UniqueConstraint("lead_id", "kind", "answer", "at", "source", name=conv("lead_consents_once")),
    CheckConstraint("kind <> 'do_not_call' OR answer = 'revoked'", name=conv("lead_consents_listed_check")),
)
