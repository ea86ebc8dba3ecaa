"""Whether an agent may get one more lead, judged by what is committed at the instant of asking."""

from alembic import op

revision = "0012_room"
down_revision = "0011_away_from_a_pool"
branch_labels = None
depends_on = None

# VOLATILE for the reason that held_leads is: a statement that waited for a lock would judge by the agent as it was when
# the statement began, and give a lead to somebody who was deactivated meanwhile. held_leads itself stays for processes
# of the release before, which may run for a while on the new schema.
HAS_ROOM = """
CREATE FUNCTION public.has_room(agent uuid, routed boolean) RETURNS boolean LANGUAGE plpgsql VOLATILE
SET search_path = ''
AS $$
BEGIN
  RETURN coalesce((
    SELECT a.is_active AND (a.accepts_new_leads OR NOT routed)
           AND a.max_active_leads > (
             SELECT count(*) FROM public.crm_leads l
              WHERE l.assigned_agent_id = a.id AND l.lifecycle_state IS NOT NULL AND l.lifecycle_state <> 'closed')
      FROM public.crm_agents a WHERE a.id = agent), false);
END $$
"""


def upgrade() -> None:
    """Add the function for whoever changes loads."""
    op.execute(HAS_ROOM)
    op.execute("REVOKE ALL ON FUNCTION public.has_room(uuid, boolean) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION public.has_room(uuid, boolean) TO baton_service")


def downgrade() -> None:
    """Drop the function."""
    op.execute("DROP FUNCTION public.has_room(uuid, boolean)")
