"""The dual-stage SLA seed: two windows on crm_leads, the audit of reassignments, its three policies.

Beyond the seed: NOT NULL on the flags, the count and created_at (a NULL would escape every `= false`), and a CHECK
that pairs reason and stage.
"""

from alembic import op

from db.migrations.adopt import (
    Need,
    adopted,
    check,
    create_or_adopt,
    drop_added_columns,
    drop_if_ours,
    grow,
    rows,
)

revision = "0003_dual_stage_sla"
down_revision = "0002_routing"
branch_labels = None
depends_on = None

LEADS = "crm_leads"
REASSIGNMENTS = "crm_lead_reassignments"
INSTANT = "timestamp with time zone"

LEAD_COLUMNS = (
    Need("claim_timer_started_at", INSTANT),
    Need("claim_timer_expires_at", INSTANT),
    Need("claim_sla_breached", "boolean", "false", required=True),
    Need("contact_timer_started_at", INSTANT),
    Need("contact_timer_expires_at", INSTANT),
    Need("contact_sla_breached", "boolean", "false", required=True),
    Need("reassignment_count", "integer", "0", required=True),
    Need("previous_agent_id", "uuid", references="crm_agents"),
    Need("reassignment_reason", "text"),
    Need("reassigned_at", INSTANT),
)

REASSIGNMENT_COLUMNS = (
    Need("lead_id", "uuid", required=True, references=LEADS, on_delete="ON DELETE CASCADE"),
    Need("from_agent_id", "uuid", references="crm_agents"),
    Need("to_agent_id", "uuid", required=True, references="crm_agents"),
    Need("reassigned_by", "uuid", required=True, references="crm_agents"),
    Need("reason", "text", required=True),
    Need("stage", "text", required=True),
    Need("notes", "text"),
    Need("created_at", INSTANT, "now()", required=True),
)

INDEXES = (
    """CREATE INDEX IF NOT EXISTS idx_crm_leads_claim_timer_expires ON crm_leads (claim_timer_expires_at)
        WHERE claim_timer_expires_at IS NOT NULL AND lead_claimed = FALSE""",
    """CREATE INDEX IF NOT EXISTS idx_crm_leads_contact_timer_expires ON crm_leads (contact_timer_expires_at)
        WHERE contact_timer_expires_at IS NOT NULL AND first_action_completed = FALSE""",
    "CREATE INDEX IF NOT EXISTS idx_reassignments_lead ON crm_lead_reassignments (lead_id, created_at DESC)",
    """CREATE INDEX IF NOT EXISTS idx_reassignments_from_agent
        ON crm_lead_reassignments (from_agent_id, created_at DESC)""",
    "CREATE INDEX IF NOT EXISTS idx_reassignments_to_agent ON crm_lead_reassignments (to_agent_id, created_at DESC)",
)

POLICIES = {
    "Admins can view all reassignments": "FOR SELECT USING (is_admin(auth.uid()))",
    "Agents can view own reassignments": ("FOR SELECT USING (from_agent_id = auth.uid() OR to_agent_id = auth.uid())"),
    "Service role can insert reassignments": "FOR INSERT WITH CHECK (true)",
}

COMMENTS = {
    "claim_timer_started_at": "When the lead was created and claim window started",
    "claim_timer_expires_at": "When the 5-minute claim window expires (5 min after creation)",
    "contact_timer_started_at": "When the lead was claimed and contact window started",
    "contact_timer_expires_at": "When the 5-minute contact window expires (5 min after claim)",
}


def upgrade() -> None:
    """Add what is missing; a database where the seed's SQL was applied keeps its rows."""
    grow(LEADS, LEAD_COLUMNS)
    create_or_adopt(REASSIGNMENTS)
    grow(REASSIGNMENTS, REASSIGNMENT_COLUMNS)
    check(
        REASSIGNMENTS,
        "crm_lead_reassignments_reason_check",
        "reason IN ('unclaimed', 'no_contact', 'manual')",
        column="reason",
    )
    check(
        REASSIGNMENTS,
        "crm_lead_reassignments_stage_check",
        "stage IN ('claim_window', 'contact_window', 'manual')",
        column="stage",
    )
    check(
        REASSIGNMENTS,
        "crm_lead_reassignments_reason_stage_check",
        "(reason, stage) IN (('unclaimed', 'claim_window'), ('no_contact', 'contact_window'), ('manual', 'manual'))",
    )
    for statement in INDEXES:
        op.execute(statement)
    op.execute("ALTER TABLE crm_lead_reassignments ENABLE ROW LEVEL SECURITY")
    for name, rule in POLICIES.items():
        if not rows(
            "SELECT 1 FROM pg_policies WHERE schemaname = 'public' AND tablename = :table AND policyname = :name",
            table=REASSIGNMENTS,
            name=name,
        ):
            op.execute(f'CREATE POLICY "{name}" ON crm_lead_reassignments {rule}')
    for column, comment in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN crm_leads.{column} IS '{comment}'")


def downgrade() -> None:
    """Drop the audit table and the columns, except where the seed's SQL had been applied before Baton."""
    if adopted(REASSIGNMENTS):
        op.execute(f"ALTER TABLE {REASSIGNMENTS} DROP CONSTRAINT crm_lead_reassignments_reason_stage_check")
    drop_if_ours(REASSIGNMENTS)
    drop_added_columns(LEADS, LEAD_COLUMNS)
