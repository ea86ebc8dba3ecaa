"""The routing brain: licences, shifts, time off, shares of strategies, drafts, the admin audit, joined leads."""

from alembic import op

from db.migrations.adopt import Need, check, drop_added_columns, grow

revision = "0006_routing_brain"
down_revision = "0005_identities"
branch_labels = None
depends_on = None

INSTANT = "timestamp with time zone"
SERVICE, READER, ADMIN = "baton_service", "baton_reader", "baton_admin"

LEAD_COLUMNS = (
    Need("policy", "text"),
    Need("owner_agent_id", "uuid", references="crm_agents"),
    Need("queue_sla_at", INSTANT),
    Need("moved_to_hot_at", INSTANT),
    Need("queue_breached_at", INSTANT),
    Need("failed_assignments", "integer", "0", required=True),
    Need("held_until", INSTANT),
    Need("offer_step", "integer", "0", required=True),
)
AGENT_COLUMNS = (
    Need("max_leads_per_hour", "integer"),
    Need("max_leads_per_day", "integer"),
)
OFFER_COLUMNS = (
    Need("pool", "text"),
    Need("credited_at", INSTANT),
)

TABLES = {
    "agent_licences": """
        id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
        agent_id uuid NOT NULL REFERENCES crm_agents (id) ON DELETE CASCADE,
        state text NOT NULL,
        line text CHECK (line IN ('Auto', 'Home', 'Life', 'Health', 'Commercial')),
        number text NOT NULL,
        valid_from date NOT NULL,
        valid_to date,
        created_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT agent_licences_valid_to_check CHECK (valid_to >= valid_from)""",
    "agent_shifts": """
        id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
        agent_id uuid NOT NULL REFERENCES crm_agents (id) ON DELETE CASCADE,
        weekday integer NOT NULL CHECK (weekday BETWEEN 0 AND 6),
        starts time NOT NULL,
        ends time NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL,
        UNIQUE (agent_id, weekday, starts)""",
    "agent_time_off": """
        id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
        agent_id uuid NOT NULL REFERENCES crm_agents (id) ON DELETE CASCADE,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL,
        code text NOT NULL,
        cancelled_at timestamptz,
        created_at timestamptz DEFAULT now() NOT NULL,
        CONSTRAINT agent_time_off_ends_at_check CHECK (ends_at > starts_at)""",
    "strategy_shares": """
        pool text NOT NULL,
        agent_id uuid NOT NULL REFERENCES crm_agents (id) ON DELETE CASCADE,
        turns bigint DEFAULT 0 NOT NULL,
        calibration bigint DEFAULT 0 NOT NULL,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (pool, agent_id)""",
    "configuration_drafts": """
        name text PRIMARY KEY,
        body jsonb NOT NULL,
        based_on integer NOT NULL REFERENCES configuration_versions (version),
        updated_by uuid REFERENCES crm_agents (id),
        updated_at timestamptz NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL""",
    "admin_audit": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        recorded_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        actor text NOT NULL,
        kind text NOT NULL,
        subject text NOT NULL,
        old jsonb,
        new jsonb,
        note text""",
    "lead_joins": """
        id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
        lead_id uuid NOT NULL REFERENCES crm_leads (id) ON DELETE CASCADE,
        source text NOT NULL,
        external_id text,
        matched_by text NOT NULL CHECK (matched_by IN ('phone', 'email')),
        body_hash text NOT NULL,
        at timestamptz NOT NULL""",
}

INDEXES = (
    "INDEX agent_licences_agent_id_idx ON agent_licences (agent_id)",
    "UNIQUE INDEX agent_licences_one_key ON agent_licences (agent_id, state, number, valid_from, coalesce(line, ''))",
    "INDEX agent_time_off_agent_id_ends_at_idx ON agent_time_off (agent_id, ends_at)",
    "INDEX admin_audit_subject_at_idx ON admin_audit (subject, at)",
    "INDEX lead_joins_lead_id_idx ON lead_joins (lead_id)",
    "UNIQUE INDEX lead_joins_source_external_id_key ON lead_joins (source, external_id) WHERE external_id IS NOT NULL",
    "INDEX decision_inputs_at_idx ON decision_inputs (at)",
)

SERVICE_MAY = {
    "agent_licences": "",
    "agent_shifts": "",
    "agent_time_off": "",
    "strategy_shares": "INSERT, UPDATE",
    "configuration_drafts": "",
    "admin_audit": "INSERT",
    "lead_joins": "INSERT",
}
ADMIN_MAY = {
    "agent_licences": "SELECT, INSERT, UPDATE",
    "agent_shifts": "SELECT, INSERT, UPDATE, DELETE",
    "agent_time_off": "SELECT, INSERT, UPDATE",
    "strategy_shares": "SELECT",
    "configuration_drafts": "SELECT, INSERT, UPDATE, DELETE",
    "admin_audit": "SELECT, INSERT",
}
COMMENTS = {
    "crm_leads.policy": "Name of the SLA policy that a rule chose; NULL: the configuration''s own",
    "crm_leads.owner_agent_id": "Who looked after this customer before; goes first while eligible",
    "crm_leads.queue_sla_at": "Until when the lead has to have left the queues; never extended by waiting again",
    "crm_leads.moved_to_hot_at": "The one move to the hot queue that age or a missed queue SLA causes",
    "crm_leads.failed_assignments": "Tries since the lead last had an agent that found nobody",
    "crm_leads.held_until": "A rule holds the lead back until then",
    "crm_leads.offer_step": "Step of the broadcast plan, from 1; 0: a single offer",
    "crm_agents.max_leads_per_hour": "NULL: no cap",
    "crm_agents.max_leads_per_day": "NULL: no cap; a day of the business''s time zone",
    "lead_offers.pool": "Pool whose turn it took; NULL: the strategy keeps no turns",
    "lead_offers.credited_at": "When the turn was given back: the lead was invalid or a duplicate",
    "agent_licences.line": "NULL: every line",
    "agent_licences.valid_to": "Last valid day; NULL: until further notice",
    "agent_shifts.weekday": "0 is Monday, in the agent''s time zone",
    "agent_shifts.ends": "Not after starts: the shift ends on the next day",
    "strategy_shares.calibration": "Head start of somebody who joined later, so that nobody is flooded",
}

EVENTS = (
    *("assigned", "reassigned", "escalated", "failed_assignment"),
    *("sla_warning", "sla_breached", "agent_unavailable", "queue_reordered"),
    *("received", "scored", "queued", "claimed", "contact_attempted", "contacted", "contact_late"),
    *("declined", "released", "restarted", "withdrawn", "closed", "completed", "parked"),
)
NEW_EVENTS = ("rescored", "joined", "held", "widened", "migrated")


def upgrade() -> None:
    """Add columns, tables and grants."""
    grow("crm_leads", LEAD_COLUMNS)
    grow("crm_agents", AGENT_COLUMNS)
    grow("lead_offers", OFFER_COLUMNS)
    check("crm_agents", "crm_agents_max_leads_per_hour_check", "max_leads_per_hour >= 0", column="max_leads_per_hour")
    check("crm_agents", "crm_agents_max_leads_per_day_check", "max_leads_per_day >= 0", column="max_leads_per_day")
    for table, body in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({body})")
    for index in INDEXES:
        op.execute(f"CREATE {index}")
    for column, comment in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN {column} IS '{comment}'")
    _allow_events((*EVENTS, *NEW_EVENTS))
    for table, rights in SERVICE_MAY.items():
        op.execute(f"REVOKE ALL ON {table} FROM PUBLIC")
        op.execute(f"GRANT SELECT ON {table} TO {SERVICE}, {READER}")
        if rights:
            op.execute(f"GRANT {rights} ON {table} TO {SERVICE}")
    for table, rights in ADMIN_MAY.items():
        op.execute(f"GRANT {rights} ON {table} TO {ADMIN}")
    # Publishing a configuration replaces the published rules.
    op.execute(f'GRANT DELETE ON "RoutingRule" TO {ADMIN}')


def downgrade() -> None:
    """Drop what this revision added. Refused by the CHECK when events of the new kinds exist."""
    op.execute(f'REVOKE DELETE ON "RoutingRule" FROM {ADMIN}')
    _allow_events(EVENTS)
    op.execute("DROP INDEX decision_inputs_at_idx")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    drop_added_columns("lead_offers", OFFER_COLUMNS)
    drop_added_columns("crm_agents", AGENT_COLUMNS)
    drop_added_columns("crm_leads", LEAD_COLUMNS)


def _allow_events(words: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    op.execute('ALTER TABLE "RoutingEvent" DROP CONSTRAINT "RoutingEvent_eventType_check"')
    op.execute(
        f'ALTER TABLE "RoutingEvent" ADD CONSTRAINT "RoutingEvent_eventType_check" CHECK ("eventType" IN ({listed}))'
    )
