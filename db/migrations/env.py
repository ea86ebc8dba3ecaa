"""Alembic's entry: runs the revisions on the connection db.migrate hands over, inside its one transaction."""

from alembic import context

from db.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
