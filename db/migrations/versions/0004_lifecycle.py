"""Baton's own: the lifecycle on crm_leads, the ledger, offers, contact details, teams, configuration."""

from alembic import op

from db.migrations.adopt import Need, check, drop_added_columns, grow, unique_index

revision = "0004_lifecycle"
down_revision = "0003_dual_stage_sla"
branch_labels = None
depends_on = None

LEADS = "crm_leads"
INSTANT = "timestamp with time zone"
OPEN = "lifecycle_state IS NOT NULL AND lifecycle_state <> 'closed'"
SYSTEM_AGENT = "00000000-0000-0000-0000-000000000001"

LEAD_COLUMNS = (
    Need("lifecycle_state", "text"),
    Need("seq", "bigint", "0", required=True),
    Need("epoch", "integer", "0", required=True),
    Need("last_at", INSTANT),
    Need("wake_at", INSTANT),
    Need("close_reason", "text"),
    Need("closed_at", INSTANT),
    Need("score", "double precision"),
    Need("tier", "text"),
    Need("config_version", "integer", "1", required=True),
    Need("history_id", "uuid"),
    Need("contact_attempts", "integer", "0", required=True),
    Need("first_action_at", INSTANT),
    Need("contacted_late", "boolean", "false", required=True),
    Need("sla_reassignments", "integer", "0", required=True),
    Need("other_reassignments", "integer", "0", required=True),
    Need("pending_from_agent_id", "uuid", references="crm_agents"),
    Need("pending_reason", "text"),
    Need("pending_stage", "text"),
    Need("pending_notes", "text"),
    Need("pending_by", "uuid", references="crm_agents"),
    Need("escalation_level", "integer", "0", required=True),
    Need("escalated_at", INSTANT),
    Need("parked_at", INSTANT),
    Need("parked_code", "text"),
    Need("duplicate_of", "uuid", references=LEADS),
    Need("received_at", INSTANT),
)

WORDS = {
    "lifecycle_state": (
        "'received', 'queued', 'offered', 'claimed', 'attempting', 'contacted', 'closed', 'incomplete', 'escalated'"
    ),
    "close_reason": (
        "'won', 'lost', 'not_interested', 'unreachable', 'invalid', 'duplicate', 'withdrawn', 'expired', 'erased'"
    ),
    "tier": "'Tier1', 'Tier2', 'Tier3', 'Tier4'",
    "pending_reason": "'unclaimed', 'no_contact', 'manual'",
    "pending_stage": "'claim_window', 'contact_window', 'manual'",
}

COMMENTS = {
    "crm_leads.lifecycle_state": "NULL: a row from before Baton, not adopted, without a workflow",
    "crm_leads.seq": "Number of the last lead_transitions row",
    "crm_leads.epoch": "Generation of the assignment",
    "crm_leads.last_at": "Instant of the last transition; the next one is never earlier",
    "crm_leads.wake_at": "When time has something to do here; every open lead has one",
    "crm_leads.history_id": "Current LeadRoutingHistory row; no foreign key, the ten tables stay removable",
    "crm_leads.pending_reason": "The crm_lead_reassignments row that a queued lead still owes",
    "crm_leads.received_at": "Arrival at Baton",
    "lead_transitions.told_at": "When the workflow was told; NULL rows are the relay''s work",
    "lead_offers.breach_excused": "The breach counts against nobody: the agent was in time, or could not act",
    "lead_contact_details.phone": "E.164",
    "lead_contact_details.phone_key": "Normalised for the search for duplicates and for call webhooks",
    "lead_contact_details.email_key": "Normalised for the search for duplicates",
    "lead_outcomes.satisfaction": "May follow after the lead has closed",
    "decision_inputs.payload": "JSON, compressed with zlib",
    "decision_inputs.size": "Bytes before compression",
    "teams.max_live_leads": "NULL: no cap",
    "teams.max_held_leads": "NULL: no cap",
    "team_members.left_at": "NULL: still a member; rows are ended, never deleted",
    "configuration_versions.body": "Only what differs from the defaults of the domain",
}

TABLES = {
    "lead_transitions": """
        lead_id uuid NOT NULL REFERENCES crm_leads (id) ON DELETE CASCADE,
        seq bigint NOT NULL,
        kind text NOT NULL,
        command_id text NOT NULL UNIQUE,
        body_hash text NOT NULL,
        actor text NOT NULL,
        at timestamptz NOT NULL,
        recorded_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        epoch integer NOT NULL,
        state text NOT NULL,
        due_at timestamptz,
        result jsonb DEFAULT '{}'::jsonb NOT NULL,
        told_at timestamptz,
        PRIMARY KEY (lead_id, seq)""",
    "command_results": """
        command_id text PRIMARY KEY,
        lead_id uuid,
        kind text NOT NULL,
        actor text NOT NULL,
        body_hash text NOT NULL,
        code text NOT NULL,
        result jsonb DEFAULT '{}'::jsonb NOT NULL,
        at timestamptz NOT NULL,
        recorded_at timestamptz DEFAULT clock_timestamp() NOT NULL""",
    "lead_offers": """
        id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
        lead_id uuid NOT NULL REFERENCES crm_leads (id) ON DELETE CASCADE,
        epoch integer NOT NULL,
        agent_id uuid NOT NULL REFERENCES crm_agents (id),
        round integer DEFAULT 1 NOT NULL,
        kind text NOT NULL CHECK (kind IN ('single', 'broadcast', 'manual', 'escalation')),
        status text NOT NULL CHECK (status IN ('open', 'claimed', 'missed', 'declined', 'withdrawn', 'released',
            'reassigned', 'completed')),
        offered_at timestamptz NOT NULL,
        claim_expires_at timestamptz,
        claimed_at timestamptz,
        contact_started_at timestamptz,
        contact_expires_at timestamptz,
        first_action_at timestamptz,
        contacted_at timestamptz,
        ended_at timestamptz,
        end_code text,
        claim_breached boolean DEFAULT false NOT NULL,
        contact_breached boolean DEFAULT false NOT NULL,
        breach_excused boolean DEFAULT false NOT NULL,
        config_version integer NOT NULL,
        history_id uuid,
        UNIQUE (lead_id, epoch, agent_id)""",
    "lead_contact_details": """
        lead_id uuid PRIMARY KEY REFERENCES crm_leads (id) ON DELETE CASCADE,
        first_name text,
        last_name text,
        phone text,
        email text,
        phone_key text,
        email_key text,
        street text,
        updated_at timestamptz DEFAULT now() NOT NULL""",
    "lead_notes": """
        id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
        lead_id uuid NOT NULL REFERENCES crm_leads (id) ON DELETE CASCADE,
        author_id uuid REFERENCES crm_agents (id),
        body text NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL""",
    "lead_outcomes": """
        lead_id uuid PRIMARY KEY REFERENCES crm_leads (id) ON DELETE CASCADE,
        result text NOT NULL,
        reason text,
        value numeric(14, 2),
        handling_minutes double precision,
        cross_sell boolean DEFAULT false NOT NULL,
        upsell boolean DEFAULT false NOT NULL,
        repeat_customer boolean DEFAULT false NOT NULL,
        quality integer CHECK (quality BETWEEN 0 AND 100),
        feedback text,
        agent_id uuid REFERENCES crm_agents (id),
        at timestamptz NOT NULL,
        satisfaction double precision""",
    "contact_attempts": """
        id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
        lead_id uuid NOT NULL REFERENCES crm_leads (id) ON DELETE CASCADE,
        epoch integer NOT NULL,
        agent_id uuid REFERENCES crm_agents (id),
        channel text NOT NULL CHECK (channel IN ('call', 'email', 'sms', 'whatsapp', 'meeting')),
        direction text NOT NULL CHECK (direction IN ('outbound', 'inbound')),
        result text NOT NULL CHECK (result IN ('connected', 'no_answer', 'voicemail', 'busy', 'wrong_number', 'sent',
            'delivered', 'replied', 'held', 'no_show', 'failed')),
        occurred_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL,
        recorded_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        external_id text""",
    "decision_inputs": """
        id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
        lead_id uuid NOT NULL REFERENCES crm_leads (id) ON DELETE CASCADE,
        seq bigint NOT NULL,
        at timestamptz NOT NULL,
        config_version integer NOT NULL,
        history_id uuid,
        payload bytea NOT NULL,
        size integer NOT NULL""",
    "agent_state_log": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        agent_id uuid NOT NULL REFERENCES crm_agents (id),
        at timestamptz NOT NULL,
        recorded_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        actor text NOT NULL,
        field text NOT NULL,
        old jsonb,
        new jsonb""",
    "teams": """
        id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
        name text NOT NULL UNIQUE,
        calendar jsonb DEFAULT '{}'::jsonb NOT NULL,
        max_live_leads integer CHECK (max_live_leads >= 0),
        max_held_leads integer CHECK (max_held_leads >= 0),
        notification_targets jsonb DEFAULT '[]'::jsonb NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        created_at timestamptz DEFAULT now() NOT NULL""",
    "team_members": """
        team_id uuid NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
        agent_id uuid NOT NULL REFERENCES crm_agents (id) ON DELETE CASCADE,
        role text DEFAULT 'member' NOT NULL CHECK (role IN ('member', 'manager')),
        joined_at timestamptz DEFAULT now() NOT NULL,
        left_at timestamptz,
        PRIMARY KEY (team_id, agent_id)""",
    "configuration_versions": """
        version integer PRIMARY KEY,
        body jsonb NOT NULL,
        note text,
        published_by uuid REFERENCES crm_agents (id),
        published_at timestamptz DEFAULT now() NOT NULL""",
    "intake_requests": """
        idempotency_key text PRIMARY KEY,
        body_hash text NOT NULL,
        lead_id uuid NOT NULL REFERENCES crm_leads (id) ON DELETE CASCADE,
        received_at timestamptz DEFAULT now() NOT NULL""",
}

INDEXES = (
    f"crm_leads_wake_at_idx ON crm_leads (wake_at) WHERE {OPEN}",
    f"crm_leads_assigned_agent_id_idx ON crm_leads (assigned_agent_id) WHERE {OPEN}",
    f"crm_leads_lifecycle_state_idx ON crm_leads (lifecycle_state) WHERE {OPEN}",
    "lead_transitions_recorded_at_idx ON lead_transitions (recorded_at) WHERE told_at IS NULL",
    "command_results_lead_id_idx ON command_results (lead_id)",
    "lead_offers_agent_id_offered_at_idx ON lead_offers (agent_id, offered_at DESC)",
    "lead_offers_lead_id_offered_at_idx ON lead_offers (lead_id, offered_at)",
    "lead_contact_details_phone_key_idx ON lead_contact_details (phone_key)",
    "lead_contact_details_email_key_idx ON lead_contact_details (email_key)",
    "lead_notes_lead_id_created_at_idx ON lead_notes (lead_id, created_at)",
    "contact_attempts_lead_id_occurred_at_idx ON contact_attempts (lead_id, occurred_at)",
    "decision_inputs_lead_id_seq_idx ON decision_inputs (lead_id, seq)",
    "agent_state_log_agent_id_at_idx ON agent_state_log (agent_id, at)",
    "team_members_agent_id_idx ON team_members (agent_id)",
)


def upgrade() -> None:
    """Add the lifecycle and Baton's tables; rows that exist keep lifecycle_state NULL, which means not adopted."""
    grow(LEADS, LEAD_COLUMNS)
    for column, words in WORDS.items():
        check(LEADS, f"crm_leads_{column}_check", f"{column} IN ({words})", column=column)
    check(LEADS, "crm_leads_score_check", "score BETWEEN 0 AND 100", column="score")
    check(
        LEADS,
        "crm_leads_open_has_wake_at",
        "lifecycle_state IS NULL OR lifecycle_state = 'closed' OR wake_at IS NOT NULL",
    )
    check(
        LEADS,
        "crm_leads_closed_has_reason",
        "lifecycle_state IS NULL OR (close_reason IS NOT NULL) = (lifecycle_state = 'closed')",
    )
    unique_index(LEADS, "crm_leads_source_external_id_key", ["source", "external_id"], where="external_id IS NOT NULL")
    for table, body in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({body})")
    for index in INDEXES:
        op.execute(f"CREATE INDEX {index}")
    op.execute(
        "CREATE UNIQUE INDEX contact_attempts_channel_external_id_key ON contact_attempts (channel, external_id)"
        " WHERE external_id IS NOT NULL"
    )
    for column, comment in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN {column} IS '{comment}'")
    op.execute(
        "INSERT INTO crm_agents (id, first_name, last_name, role, is_active, accepts_new_leads, email_notifications,"
        f" urgent_emails_enabled) VALUES ('{SYSTEM_AGENT}', 'Baton', 'System', 'system', false, false, false, false)"
        " ON CONFLICT (id) DO NOTHING"
    )
    op.execute("INSERT INTO configuration_versions (version, body, note) VALUES (1, '{}', 'defaults')")


def downgrade() -> None:
    """Drop Baton's tables and lifecycle columns. The system agent stays while an audit row names it."""
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    for name in ("crm_leads_open_has_wake_at", "crm_leads_closed_has_reason"):
        op.execute(f"ALTER TABLE crm_leads DROP CONSTRAINT {name}")
    op.execute("DROP INDEX crm_leads_source_external_id_key")
    drop_added_columns(LEADS, LEAD_COLUMNS)
    op.execute(
        f"DELETE FROM crm_agents WHERE id = '{SYSTEM_AGENT}' AND NOT EXISTS (SELECT 1 FROM crm_lead_reassignments"
        f" WHERE '{SYSTEM_AGENT}' IN (reassigned_by, from_agent_id, to_agent_id)) AND NOT EXISTS"
        f" (SELECT 1 FROM crm_leads"
        f" WHERE '{SYSTEM_AGENT}' IN (assigned_agent_id, previous_agent_id, preferred_agent_id))"
    )
