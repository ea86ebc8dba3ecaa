"""The SLA clock: warnings, pauses, next tries, outages, and notices for people."""

from alembic import op

from db.migrations.adopt import Need, drop_added_columns, grow

revision = "0008_sla_clock"
down_revision = "0007_held_leads"
branch_labels = None
depends_on = None

INSTANT = "timestamp with time zone"
SERVICE, READER, ADMIN = "baton_service", "baton_reader", "baton_admin"

LEAD_COLUMNS = (
    Need("remind_at", INSTANT),
    Need("follow_ups", "integer", "0", required=True),
    Need("next_try_at", INSTANT),
    Need("paused_at", INSTANT),
    Need("pause_code", "text"),
    Need("resume_due_at", INSTANT),
    Need("given_back_until", INSTANT),
    Need("customer_zones", "text[]"),
    Need("customer_state", "text"),
)
TABLES = {
    "notices": """
        id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
        lead_id uuid REFERENCES crm_leads (id) ON DELETE CASCADE,
        seq bigint,
        kind text NOT NULL,
        agent_id uuid REFERENCES crm_agents (id),
        audience text CHECK (audience IN ('managers', 'admins')),
        data jsonb DEFAULT '{}'::jsonb NOT NULL,
        at timestamptz NOT NULL,
        seen_at timestamptz,
        CONSTRAINT notices_recipient_check CHECK ((agent_id IS NULL) <> (audience IS NULL))""",
    "process_heartbeats": """
        process text PRIMARY KEY,
        role text NOT NULL CHECK (role IN ('api', 'worker')),
        started_at timestamptz NOT NULL,
        beat_at timestamptz NOT NULL""",
    "system_outages": """
        id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
        role text NOT NULL CHECK (role IN ('api', 'worker')),
        starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL,
        recorded_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT system_outages_ends_at_check CHECK (ends_at > starts_at),
        UNIQUE (role, starts_at)""",
}
INDEXES = (
    "INDEX notices_agent_id_at_idx ON notices (agent_id, at DESC)",
    "INDEX notices_audience_at_idx ON notices (audience, at DESC) WHERE audience IS NOT NULL",
    "INDEX notices_lead_id_idx ON notices (lead_id)",
    "INDEX system_outages_ends_at_idx ON system_outages (role, ends_at)",
    "INDEX crm_leads_remind_at_idx ON crm_leads (remind_at)"
    " WHERE lifecycle_state IS NOT NULL AND lifecycle_state <> 'closed'",
)
SERVICE_MAY = {
    "notices": "INSERT, UPDATE",
    "process_heartbeats": "INSERT, UPDATE, DELETE",
    "system_outages": "INSERT",
}
COMMENTS = {
    "crm_leads.remind_at": "The next warning or try of which somebody is reminded",
    "crm_leads.follow_ups": "Attempts of the holder that got no answer",
    "crm_leads.next_try_at": "When the customer is to be tried again",
    "crm_leads.paused_at": "No window runs since then; wake_at is the end of the pause",
    "crm_leads.resume_due_at": "What wake_at was before the pause",
    "crm_leads.given_back_until": "Outages up to then have been given back to the running window",
    "crm_leads.customer_zones": "Time zones in which the customer may be; NULL: unknown",
    "crm_leads.customer_state": "Code of the state whose calling hours count",
    "notices.audience": "For everybody of that role instead of one agent",
    "system_outages.role": "api: nobody could act; worker: nothing that was due was done",
}
OLD_EVENTS = (
    *("assigned", "reassigned", "escalated", "failed_assignment"),
    *("sla_warning", "sla_breached", "agent_unavailable", "queue_reordered"),
    *("received", "scored", "queued", "claimed", "contact_attempted", "contacted", "contact_late"),
    *("declined", "released", "restarted", "withdrawn", "closed", "completed", "parked"),
    *("rescored", "joined", "held", "widened", "migrated"),
)
NEW_EVENTS = ("paused", "snoozed", "resumed", "extended", "follow_up_due", "follow_up_missed")


def upgrade() -> None:
    """Add columns, tables and grants."""
    grow("crm_leads", LEAD_COLUMNS)
    op.execute(
        "ALTER TABLE crm_leads ADD CONSTRAINT crm_leads_paused_check"
        " CHECK ((paused_at IS NULL) = (resume_due_at IS NULL))"
    )
    for table, body in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({body})")
    for index in INDEXES:
        op.execute(f"CREATE {index}")
    for column, comment in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN {column} IS '{comment}'")
    _allow_events((*OLD_EVENTS, *NEW_EVENTS))
    for table, rights in SERVICE_MAY.items():
        op.execute(f"REVOKE ALL ON {table} FROM PUBLIC")
        op.execute(f"GRANT SELECT ON {table} TO {SERVICE}, {READER}, {ADMIN}")
        op.execute(f"GRANT {rights} ON {table} TO {SERVICE}")


def downgrade() -> None:
    """Drop what this revision added. Refused by the CHECK when events of the new kinds exist."""
    _allow_events(OLD_EVENTS)
    op.execute("DROP INDEX crm_leads_remind_at_idx")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE crm_leads DROP CONSTRAINT crm_leads_paused_check")
    drop_added_columns("crm_leads", LEAD_COLUMNS)


def _allow_events(words: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    op.execute('ALTER TABLE "RoutingEvent" DROP CONSTRAINT "RoutingEvent_eventType_check"')
    op.execute(
        f'ALTER TABLE "RoutingEvent" ADD CONSTRAINT "RoutingEvent_eventType_check" CHECK ("eventType" IN ({listed}))'
    )
