"""What customers said about being contacted, kept with their leads."""

from alembic import op

revision = "0010_consents"
down_revision = "0009_calls"
branch_labels = None
depends_on = None

SERVICE, READER, ADMIN = "baton_service", "baton_reader", "baton_admin"


def upgrade() -> None:
    """Add the table; it is append-only: a change of mind is another row."""
    op.execute("""
        CREATE TABLE lead_consents (
            id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
            lead_id uuid NOT NULL REFERENCES crm_leads (id) ON DELETE CASCADE,
            kind text NOT NULL CHECK (kind IN ('call', 'email', 'sms', 'whatsapp', 'do_not_call')),
            answer text NOT NULL CHECK (answer IN ('granted', 'revoked')),
            text_version text,
            at timestamptz NOT NULL,
            source text NOT NULL,
            recorded_by text NOT NULL,
            recorded_at timestamptz DEFAULT clock_timestamp() NOT NULL,
            CONSTRAINT lead_consents_once UNIQUE (lead_id, kind, answer, at, source),
            CONSTRAINT lead_consents_listed_check CHECK (kind <> 'do_not_call' OR answer = 'revoked'))""")
    op.execute("COMMENT ON COLUMN lead_consents.text_version IS 'The wording that was agreed to'")
    op.execute("COMMENT ON COLUMN lead_consents.kind IS 'do_not_call: an entry of the do-not-call list'")
    op.execute("REVOKE ALL ON lead_consents FROM PUBLIC")
    op.execute(f"GRANT SELECT ON lead_consents TO {SERVICE}, {READER}, {ADMIN}")
    op.execute(f"GRANT INSERT ON lead_consents TO {SERVICE}")


def downgrade() -> None:
    """Drop what this revision added."""
    op.execute("DROP TABLE lead_consents")
