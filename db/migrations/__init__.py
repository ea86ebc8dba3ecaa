"""Alembic's script location. Run through db.migrate; there is no alembic.ini."""
