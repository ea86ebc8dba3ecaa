"""Who may do what: three roles without login, least privilege, row-level security.

Audit tables are append-only by privilege. The roles belong to the whole server; a downgrade leaves them.
"""

from alembic import op

from db.migrations.adopt import rows

revision = "0005_identities"
down_revision = "0004_lifecycle"
branch_labels = None
depends_on = None

SERVICE, READER, ADMIN = "baton_service", "baton_reader", "baton_admin"
ROLES = (SERVICE, READER, ADMIN)

# Per table: what baton_service may do beside SELECT.
SERVICE_MAY = {
    "crm_leads": "INSERT, UPDATE",
    "crm_agents": "UPDATE (last_assigned_at, updated_at)",
    "AgentSpecialization": "",
    "AgentAvailability": 'UPDATE (status, "currentLoad", "lastUpdated", "updatedAt")',
    "LeadRoutingHistory": (
        'INSERT, UPDATE ("assignmentDurationHours", "conversionOutcome", "assignmentQualityScore", feedback)'
    ),
    "AgentPerformanceMetrics": "INSERT, UPDATE",
    "RoutingExperiment": "",
    "RoutingExperimentVariant": "",
    "LeadExperimentAssignment": "INSERT",
    "AssignmentQueue": "INSERT, UPDATE, DELETE",
    "RoutingRule": "",
    "RoutingEvent": "INSERT",
    "crm_lead_reassignments": "INSERT",
    "lead_transitions": "INSERT, UPDATE (told_at)",
    "command_results": "INSERT",
    "lead_offers": "INSERT, UPDATE",
    "lead_contact_details": "INSERT, UPDATE",
    "lead_notes": "INSERT",
    "lead_outcomes": "INSERT, UPDATE (satisfaction)",
    "contact_attempts": "INSERT",
    "decision_inputs": "INSERT, DELETE",
    "agent_state_log": "INSERT",
    "teams": "",
    "team_members": "",
    "configuration_versions": "",
    "intake_requests": "INSERT",
}

# Per table: what baton_admin may do; nothing is listed, nothing is allowed.
ADMIN_MAY = {
    "crm_agents": "SELECT, INSERT, UPDATE",
    "AgentSpecialization": "SELECT, INSERT, UPDATE",
    "AgentAvailability": 'SELECT, INSERT, UPDATE (status, "maxCapacity", "lastUpdated", "updatedAt")',
    "RoutingRule": "SELECT, INSERT, UPDATE",
    "RoutingExperiment": "SELECT, INSERT, UPDATE",
    "RoutingExperimentVariant": "SELECT, INSERT, UPDATE",
    "LeadExperimentAssignment": "SELECT",
    "teams": "SELECT, INSERT, UPDATE",
    "team_members": "SELECT, INSERT, UPDATE",
    "configuration_versions": "SELECT, INSERT",
    "agent_state_log": "SELECT, INSERT",
}

MANAGES_AGENT = """
CREATE FUNCTION public.manages_agent(manager uuid, agent uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
AS $$
  SELECT EXISTS (
    SELECT 1
      FROM public.team_members lead
      JOIN public.team_members member ON member.team_id = lead.team_id AND member.left_at IS NULL
      JOIN public.teams team ON team.id = lead.team_id AND team.is_active
      JOIN public.crm_agents person ON person.id = lead.agent_id AND person.is_active
     WHERE lead.agent_id = manager AND lead.role = 'manager' AND lead.left_at IS NULL AND member.agent_id = agent)
$$
"""

OUTCOME_ONCE = """
CREATE FUNCTION public.refuse_outcome_overwrite() RETURNS trigger LANGUAGE plpgsql SET search_path = ''
AS $$
BEGIN
  IF (OLD."assignmentDurationHours" IS NOT NULL
      AND NEW."assignmentDurationHours" IS DISTINCT FROM OLD."assignmentDurationHours")
     OR (OLD."conversionOutcome" IS NOT NULL AND NEW."conversionOutcome" IS DISTINCT FROM OLD."conversionOutcome")
     OR (OLD."assignmentQualityScore" IS NOT NULL
      AND NEW."assignmentQualityScore" IS DISTINCT FROM OLD."assignmentQualityScore")
     OR (OLD.feedback IS NOT NULL AND NEW.feedback IS DISTINCT FROM OLD.feedback)
  THEN
    RAISE EXCEPTION 'LeadRoutingHistory %: an outcome is written once', OLD.id USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$
"""

# The owner is exempt: erasure runs as the owner and has to clear feedback.
OUTCOME_TRIGGER = """
CREATE TRIGGER outcome_once BEFORE UPDATE ON "LeadRoutingHistory" FOR EACH ROW
WHEN (current_user IN ('baton_service', 'baton_reader', 'baton_admin'))
EXECUTE FUNCTION public.refuse_outcome_overwrite()
"""

CALLER = "(SELECT auth.uid())"
HELD = "SELECT 1 FROM crm_leads l WHERE l.id = lead_id"
PERSONAL = {
    "Service may read and write": f"FOR ALL TO {SERVICE} USING (true) WITH CHECK (true)",
    "Admins can view all": f"FOR SELECT TO {READER} USING ((SELECT is_admin(auth.uid())))",
    "Holders can view after the claim": (
        f"FOR SELECT TO {READER} USING (EXISTS ({HELD} AND l.lead_claimed AND l.claimed_by = {CALLER}::text))"
    ),
    "Managers can view their teams": (
        f"FOR SELECT TO {READER} USING (EXISTS ({HELD} AND manages_agent({CALLER}, l.assigned_agent_id)))"
    ),
}
POLICIES = {
    "crm_lead_reassignments": {
        "Service may read": f"FOR SELECT TO {SERVICE} USING (true)",
        "Managers can view their teams": (
            f"FOR SELECT TO {READER} USING"
            f" (manages_agent({CALLER}, from_agent_id) OR manages_agent({CALLER}, to_agent_id))"
        ),
    },
    "lead_contact_details": PERSONAL,
    "lead_notes": PERSONAL,
}


def upgrade() -> None:
    """Create the roles where they are missing, then grants, functions, trigger and policies."""
    for role in ROLES:
        # Another database of this server may create the role in the same moment.
        op.execute(
            f"""DO $$ BEGIN
                  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN
                    CREATE ROLE {role} NOLOGIN NOINHERIT;
                  END IF;
                EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
                END $$"""
        )
        op.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    op.execute(MANAGES_AGENT)
    op.execute(OUTCOME_ONCE)
    op.execute(OUTCOME_TRIGGER)
    for function in ("public.manages_agent(uuid, uuid)", "public.is_admin(uuid)", "auth.uid()"):
        _grant_execute(function)
    for table, rights in SERVICE_MAY.items():
        op.execute(f'REVOKE ALL ON "{table}" FROM PUBLIC')
        op.execute(f'GRANT SELECT ON "{table}" TO {SERVICE}, {READER}')
        if rights:
            op.execute(f'GRANT {rights} ON "{table}" TO {SERVICE}')
    for table, rights in ADMIN_MAY.items():
        op.execute(f'GRANT {rights} ON "{table}" TO {ADMIN}')
    op.execute(f"GRANT SELECT ON alembic_version TO {', '.join(ROLES)}")
    for table, rules in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        for name, rule in rules.items():
            op.execute(f'CREATE POLICY "{name}" ON {table} {rule}')


def downgrade() -> None:
    """Take everything back except the roles, which other databases of the server may use."""
    for table, rules in POLICIES.items():
        for name in rules:
            op.execute(f'DROP POLICY "{name}" ON {table}')
    op.execute("ALTER TABLE lead_contact_details DISABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE lead_notes DISABLE ROW LEVEL SECURITY")
    op.execute('DROP TRIGGER outcome_once ON "LeadRoutingHistory"')
    op.execute("DROP FUNCTION public.refuse_outcome_overwrite()")
    op.execute("DROP FUNCTION public.manages_agent(uuid, uuid)")
    roles = ", ".join(ROLES)
    for table in [*SERVICE_MAY, "alembic_version"]:
        op.execute(f'REVOKE ALL ON "{table}" FROM {roles}')
    for function in ("public.is_admin(uuid)", "auth.uid()"):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM {roles}")
    op.execute(f"REVOKE ALL ON SCHEMA public FROM {roles}")
    op.execute(f"REVOKE ALL ON SCHEMA auth FROM {roles}")


def _grant_execute(function: str) -> None:
    """Let the roles call `function`. One that is not ours is left alone where they may call it already."""
    schema = function.partition(".")[0]
    for role in ROLES:
        if not rows("SELECT 1 WHERE has_schema_privilege(:role, :schema, 'USAGE')", role=role, schema=schema):
            op.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
        if not rows("SELECT 1 WHERE has_function_privilege(:role, :name, 'EXECUTE')", role=role, name=function):
            op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {role}")
