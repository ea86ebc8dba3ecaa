"""command_results: the answer given to a command that left no transition (refusals above all)."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from db.tables.base import RECORDED, instant, metadata

command_results = Table(
    "command_results",
    metadata,
    Column("command_id", Text, nullable=False),
    Column("lead_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("result", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    instant("at", nullable=False),
    instant("recorded_at", nullable=False, default=RECORDED),
    PrimaryKeyConstraint("command_id"),
    Index("command_results_lead_id_idx", "lead_id"),
)
