"""crm_leads: read, lock, insert; saving belongs to recording.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Uuid, bindparam, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from db.repositories.lead_row import LIFECYCLE, lead_columns, lead_of
from db.session import AnyConnection, WriteConnection
from db.tables import lead_transitions, leads
from db.tables.leads import OPEN
from domain.ids import LeadId
from domain.lifecycle.lead import Lead

_ADOPTED = leads.c.lifecycle_state.is_not(None)
_READ = select(*LIFECYCLE).where(leads.c.id == bindparam("lead_id"), _ADOPTED)
_READ_MANY = select(*LIFECYCLE).where(leads.c.id == func.any(bindparam("lead_ids", type_=ARRAY(Uuid))), _ADOPTED)
_KNOWN = (
    select(
        func.jsonb_build_object(
            "lead_id",
            lead_transitions.c.lead_id,
            "body_hash",
            lead_transitions.c.body_hash,
            "result",
            lead_transitions.c.result,
        )
    )
    .where(lead_transitions.c.command_id == bindparam("asked"))
    .scalar_subquery()
    .label("known")
)
_LOCK = (
    select(*LIFECYCLE, _KNOWN)
    .where(leads.c.id == bindparam("lead_id"), _ADOPTED)
    .with_for_update(key_share=True, of=leads)
)
# Built once, like every statement of the hot path: making one of fifty columns anew costs more than running it.
_INSERT = (
    insert(leads)
    .on_conflict_do_nothing(
        index_elements=[leads.c.source, leads.c.external_id], index_where=text("external_id IS NOT NULL")
    )
    .returning(leads.c.id)
)
_OVERDUE = (
    select(leads.c.id)
    .where(OPEN, or_(leads.c.wake_at < bindparam("before"), leads.c.remind_at < bindparam("before")))
    .order_by(leads.c.wake_at)
    .limit(bindparam("at_most", type_=Integer))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCommand:
    """A command that has been answered before."""

    lead_id: LeadId
    body_hash: str
    result: dict[str, Any]


async def read_lead(connection: AnyConnection, lead_id: LeadId) -> Lead | None:
    """The lead as committed; None when there is no row, or one that Baton has not adopted."""
    row = (await connection.execute(_READ, {"lead_id": lead_id})).one_or_none()
    return lead_of(row._mapping) if row is not None else None


async def read_leads(connection: AnyConnection, lead_ids: Sequence[LeadId]) -> Sequence[Lead]:
    """The leads as committed, in no order; without those that have no row, or one that Baton has not adopted."""
    found = await connection.execute(_READ_MANY, {"lead_ids": list(lead_ids)})
    return [lead_of(row._mapping) for row in found]


async def lock_lead(
    connection: WriteConnection, lead_id: LeadId, command_id: str
) -> tuple[Lead, StoredCommand | None] | None:
    """The lead, locked FOR NO KEY UPDATE until the transaction ends: the first lock of every transition.

    With it the answer that the command id was given before. A command that commits while this waits for the lock
    is not seen: look with `find_command` before refusing; recording it twice violates the unique command id.
    """
    row = (await connection.execute(_LOCK, {"lead_id": lead_id, "asked": command_id})).one_or_none()
    return (lead_of(row._mapping), _stored(row.known)) if row is not None else None


async def find_command(connection: WriteConnection, command_id: str) -> StoredCommand | None:
    """The answer that the command id was given before, as committed by now; None for a new id."""
    return _stored((await connection.execute(select(_KNOWN), {"asked": command_id})).scalar_one())


def _stored(known: dict[str, Any] | None) -> StoredCommand | None:
    if known is None:
        return None
    return StoredCommand(lead_id=LeadId(UUID(known["lead_id"])), body_hash=known["body_hash"], result=known["result"])


async def insert_lead(connection: WriteConnection, lead: Lead, facts: dict[str, Any]) -> bool:
    """Insert a new lead; False, and nothing written, when (source, external_id) is taken.

    Waits for a concurrent insert of the same key to commit or roll back.
    """
    values = {"id": lead.id, "created_at": lead.created_at, **lead_columns(lead), **facts}
    return (await connection.execute(_INSERT, values)).one_or_none() is not None


async def find_by_external_id(connection: AnyConnection, source: str, external_id: str) -> LeadId | None:
    """The lead that this source has sent under this id."""
    statement = select(leads.c.id).where(leads.c.source == source, leads.c.external_id == external_id)
    found = (await connection.execute(statement)).scalar_one_or_none()
    return LeadId(found) if found is not None else None


async def overdue_leads(connection: AnyConnection, before: datetime, limit: int) -> Sequence[LeadId]:
    """Open leads whose wake-up or reminder is older than `before`: their workflow is late, missing, or never told."""
    found = await connection.execute(_OVERDUE, {"before": before, "at_most": limit})
    return [LeadId(lead_id) for lead_id in found.scalars()]
