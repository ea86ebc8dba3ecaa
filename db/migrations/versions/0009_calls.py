"""Calls that a telephony system reports, and corrections of attempts that were credited wrongly."""

from alembic import op

revision = "0009_calls"
down_revision = "0008_sla_clock"
branch_labels = None
depends_on = None

SERVICE, READER, ADMIN = "baton_service", "baton_reader", "baton_admin"

TABLES = {
    "call_events": """
        id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
        provider text NOT NULL,
        external_id text NOT NULL,
        direction text NOT NULL CHECK (direction IN ('outbound', 'inbound')),
        result text NOT NULL,
        number_key text,
        number_tail text NOT NULL,
        agent_id uuid REFERENCES crm_agents (id),
        occurred_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL,
        duration_seconds integer,
        state text NOT NULL CHECK (state IN ('received', 'waiting', 'applied', 'unmatched', 'undone')),
        reason text,
        lead_id uuid REFERENCES crm_leads (id) ON DELETE CASCADE,
        settled_at timestamptz,
        UNIQUE (provider, external_id)""",
    "contact_corrections": """
        id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
        attempt_id uuid NOT NULL UNIQUE REFERENCES contact_attempts (id) ON DELETE CASCADE,
        lead_id uuid NOT NULL REFERENCES crm_leads (id) ON DELETE CASCADE,
        corrected_by uuid NOT NULL REFERENCES crm_agents (id),
        code text NOT NULL,
        at timestamptz NOT NULL""",
}
INDEXES = (
    "INDEX call_events_pending_idx ON call_events (received_at) WHERE state IN ('received', 'waiting')",
    "INDEX call_events_state_received_at_idx ON call_events (state, received_at DESC)",
    "INDEX contact_corrections_lead_id_idx ON contact_corrections (lead_id)",
)
SERVICE_MAY = {"call_events": "INSERT, UPDATE", "contact_corrections": "INSERT"}
COMMENTS = {
    "call_events.number_key": "The customer''s number, E.164, while the call is not settled; NULL afterwards",
    "call_events.number_tail": "Its last four digits, for people",
    "call_events.state": "waiting: the agent has the offer and has not claimed it yet",
    "contact_corrections.code": "Why the attempt was not this lead''s, in a word",
}


def upgrade() -> None:
    """Add tables and grants. The number is for baton_service only."""
    for table, body in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({body})")
    for index in INDEXES:
        op.execute(f"CREATE {index}")
    for column, comment in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN {column} IS '{comment}'")
    for table, rights in SERVICE_MAY.items():
        op.execute(f"REVOKE ALL ON {table} FROM PUBLIC")
        op.execute(f"GRANT SELECT, {rights} ON {table} TO {SERVICE}")
    shown = (
        "id, provider, external_id, direction, result, number_tail, agent_id, occurred_at, received_at,"
        " duration_seconds, state, reason, lead_id, settled_at"
    )
    op.execute(f"GRANT SELECT ({shown}) ON call_events TO {READER}, {ADMIN}")
    op.execute(f"GRANT SELECT ON contact_corrections TO {READER}, {ADMIN}")


def downgrade() -> None:
    """Drop what this revision added."""
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
