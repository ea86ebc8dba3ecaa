"""baton_adoption: what stood in the database before Baton; a downgrade leaves it alone."""

from sqlalchemy import Column, PrimaryKeyConstraint, Table, Text

from db.tables.base import metadata

adoption = Table(
    "baton_adoption",
    metadata,
    Column("object", Text, nullable=False, comment="table, table.column or function() as found"),
    PrimaryKeyConstraint("object"),
)
