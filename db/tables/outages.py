"""process_heartbeats and system_outages: who is alive, and when nobody was."""

from sqlalchemy import CheckConstraint, Column, Index, Table, Text, UniqueConstraint
from sqlalchemy.sql.naming import conv

from db.tables.base import RECORDED, instant, metadata, one_of, uuid_key

process_heartbeats = Table(
    "process_heartbeats",
    metadata,
    Column("process", Text, primary_key=True),
    Column("role", Text, nullable=False),
    instant("started_at", nullable=False),
    instant("beat_at", nullable=False),
    one_of("role", "api", "worker"),
)

system_outages = Table(
    "system_outages",
    metadata,
    uuid_key(),
    Column("role", Text, nullable=False, comment="api: nobody could act; worker: nothing that was due was done"),
    instant("starts_at", nullable=False),
    instant("ends_at", nullable=False),
    instant("recorded_at", nullable=False, default=RECORDED),
    one_of("role", "api", "worker"),
    CheckConstraint("ends_at > starts_at", name=conv("system_outages_ends_at_check")),
    UniqueConstraint("role", "starts_at"),
    Index("system_outages_ends_at_idx", "role", "ends_at"),
)
