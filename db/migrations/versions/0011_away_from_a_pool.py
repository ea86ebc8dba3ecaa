"""Since when a member of a pool has been away, so that whoever comes back is not given all that it missed."""

from alembic import op

revision = "0011_away_from_a_pool"
down_revision = "0010_consents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of those who are away now, the next turn of their pool takes note."""
    op.execute("ALTER TABLE strategy_shares ADD COLUMN away_since timestamptz")
    op.execute(
        "COMMENT ON COLUMN strategy_shares.away_since IS "
        "'The first turn that somebody else took while the agent was away; NULL while it is there'"
    )


def downgrade() -> None:
    """Drop what this revision added."""
    op.execute("ALTER TABLE strategy_shares DROP COLUMN away_since")
