"""How many open leads an agent holds, counted anew at the instant of asking."""

from alembic import op

revision = "0007_held_leads"
down_revision = "0006_routing_brain"
branch_labels = None
depends_on = None

# VOLATILE is the point: a statement that waits for a lock re-checks its conditions with the snapshot that it began
# with, while a volatile function looks with a snapshot of its own, and so counts what was committed meanwhile.
HELD_LEADS = """
CREATE FUNCTION public.held_leads(agent uuid) RETURNS bigint LANGUAGE plpgsql VOLATILE SET search_path = ''
AS $$
BEGIN
  RETURN (SELECT count(*) FROM public.crm_leads l
           WHERE l.assigned_agent_id = agent AND l.lifecycle_state IS NOT NULL AND l.lifecycle_state <> 'closed');
END $$
"""


def upgrade() -> None:
    """Add the function for whoever changes loads."""
    op.execute(HELD_LEADS)
    op.execute("REVOKE ALL ON FUNCTION public.held_leads(uuid) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION public.held_leads(uuid) TO baton_service")


def downgrade() -> None:
    """Drop the function."""
    op.execute("DROP FUNCTION public.held_leads(uuid)")
