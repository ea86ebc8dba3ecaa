"""The two parents both seeds lean on, and what their policies call: created, or adopted as they stand."""

from alembic import op

from db.migrations.adopt import (
    Need,
    adopted,
    check,
    create_or_adopt,
    drop_if_ours,
    grow,
    relax_unknown,
    remember,
    rows,
    unique_index,
)

revision = "0001_parents"
down_revision = None
branch_labels = None
depends_on = None

AGENTS = "crm_agents"
LEADS = "crm_leads"
INSTANT = "timestamp with time zone"

AGENT_COLUMNS = (
    Need("email", "text"),
    Need("first_name", "text"),
    Need("last_name", "text"),
    Need("role", "text", "'agent'", required=True),
    Need("languages", "text[]", "'{en}'::text[]", required=True),
    Need("timezone", "text", "'UTC'", required=True),
    Need("rating", "double precision", "0.5", required=True),
    Need("is_active", "boolean", "true", required=True),
    Need("accepts_new_leads", "boolean", "true", required=True),
    Need("max_active_leads", "integer", "50", required=True),
    Need("current_lead_count", "integer", "0", required=True),
    Need("email_notifications", "boolean", "true", required=True),
    Need("urgent_emails_enabled", "boolean", "true", required=True),
    Need("last_assigned_at", INSTANT),
    Need("created_at", INSTANT, "now()", required=True),
    Need("updated_at", INSTANT, "now()", required=True),
)

LEAD_COLUMNS = (
    Need("source", "text", "'unknown'", required=True),
    Need("external_id", "text"),
    Need("status", "text", "'RECEIVED'", required=True),
    Need("quality_score", "integer"),
    Need("insurance_type", "text"),
    Need("language", "text"),
    Need("employee_count", "integer"),
    Need("city", "text"),
    Need("state", "text"),
    Need("zip", "text"),
    Need("country", "text"),
    Need("metadata", "jsonb", "'{}'::jsonb", required=True),
    Need("preferred_agent_id", "uuid", references=AGENTS),
    Need("lead_claimed", "boolean", "false", required=True),
    Need("claimed_by", "text"),
    Need("assigned_agent_id", "uuid", references=AGENTS),
    Need("assigned_at", INSTANT),
    Need("assignment_method", "text"),
    Need("claim_window_expires_at", INSTANT),
    Need("first_action_completed", "boolean", "false", required=True),
    Need("sla_breached", "boolean", "false", required=True),
    Need("first_contact_at", INSTANT),
    Need("last_contact_at", INSTANT),
    Need("last_alarm_level", "integer", "0", required=True),
    Need("archived", "boolean", "false", required=True),
    Need("created_at", INSTANT, "now()", required=True),
    Need("updated_at", INSTANT, "now()", required=True),
)

COMMENTS = (
    ("languages", "BCP-47 tags"),
    ("rating", "0 to 1"),
    (
        "max_active_leads",
        "Bounds every lead held until it closes; live work is bounded by AgentAvailability.maxCapacity",
    ),
    ("current_lead_count", "Legacy, neither read nor written: held leads are counted from crm_leads"),
    ("last_assigned_at", "Longest idle wins a tie"),
)

AUTH_UID = """
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE
AS $$ SELECT NULLIF(current_setting('request.jwt.claim.sub', true), '')::uuid $$
"""

# SECURITY DEFINER: whoever asks need not be able to read crm_agents. The empty search_path keeps a caller from
# putting a table of his own in front.
IS_ADMIN = """
CREATE FUNCTION public.is_admin(caller uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$ SELECT EXISTS (SELECT 1 FROM public.crm_agents a WHERE a.id = caller AND a.role = 'admin' AND a.is_active) $$
"""


def upgrade() -> None:
    """Create or adopt crm_agents, crm_leads, auth.uid() and is_admin()."""
    op.execute(
        "CREATE TABLE baton_adoption (object text NOT NULL, CONSTRAINT baton_adoption_pkey PRIMARY KEY (object))"
    )
    op.execute("COMMENT ON COLUMN baton_adoption.object IS 'table, table.column or function() as found'")

    create_or_adopt(AGENTS)
    grow(AGENTS, AGENT_COLUMNS)
    relax_unknown(AGENTS, [need.name for need in AGENT_COLUMNS])
    check(AGENTS, "crm_agents_role_check", "role IN ('agent', 'manager', 'admin', 'system')", column="role")
    check(AGENTS, "crm_agents_rating_check", "rating BETWEEN 0 AND 1", column="rating")
    check(AGENTS, "crm_agents_max_active_leads_check", "max_active_leads >= 0", column="max_active_leads")
    unique_index(AGENTS, "crm_agents_email_key", ["email"])
    for column, comment in COMMENTS:
        op.execute(f"COMMENT ON COLUMN crm_agents.{column} IS '{comment}'")

    create_or_adopt(LEADS)
    grow(LEADS, LEAD_COLUMNS)
    relax_unknown(LEADS, [need.name for need in LEAD_COLUMNS])
    check(
        LEADS,
        "crm_leads_status_check",
        "status IN ('RECEIVED', 'PROCESSING', 'QUALIFIED', 'ROUTED', 'CONVERTED', 'REJECTED')",
        column="status",
    )
    check(LEADS, "crm_leads_quality_score_check", "quality_score BETWEEN 0 AND 100", column="quality_score")

    if rows("SELECT 1 FROM pg_namespace WHERE nspname = 'auth'"):
        remember("schema auth")
    else:
        op.execute("CREATE SCHEMA auth")
    _function("auth.uid()", AUTH_UID)
    _function("public.is_admin(uuid)", IS_ADMIN)


def downgrade() -> None:
    """Drop what the upgrade created. Adopted tables keep the columns they gained: the next upgrade finds them."""
    for function in ("public.is_admin(uuid)", "auth.uid()"):
        if not adopted(function):
            op.execute(f"DROP FUNCTION {function}")
    if not adopted("schema auth"):
        op.execute("DROP SCHEMA auth")
    drop_if_ours(LEADS)
    drop_if_ours(AGENTS)
    op.execute("DROP TABLE baton_adoption")


def _function(signature: str, definition: str) -> None:
    if rows("SELECT 1 WHERE to_regprocedure(:signature) IS NOT NULL", signature=signature):
        remember(signature)
    else:
        op.execute(definition)
