"""crm_leads: read, lock, insert, save."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert

from db.repositories.lead_row import LIFECYCLE, lead_columns, lead_of
from db.session import AnyConnection, WriteConnection
from db.tables import leads
from db.tables.leads import OPEN
from domain.ids import LeadId
from domain.lifecycle.lead import Lead

_ADOPTED = leads.c.lifecycle_state.is_not(None)
_READ = select(*LIFECYCLE).where(leads.c.id == bindparam("lead_id"), _ADOPTED)
_LOCK = _READ.with_for_update(key_share=True)
# Built once: making a statement of fifty columns anew costs more than running it.
_SAVE = update(leads).where(leads.c.id == bindparam("saved_id"))
_INSERT = (
    insert(leads)
    .on_conflict_do_nothing(
        index_elements=[leads.c.source, leads.c.external_id], index_where=text("external_id IS NOT NULL")
    )
    .returning(leads.c.id)
)
_OVERDUE = (
    select(leads.c.id)
    .where(OPEN, leads.c.wake_at < bindparam("before"))
    .order_by(leads.c.wake_at)
    .limit(bindparam("at_most", type_=Integer))
)


async def read_lead(connection: AnyConnection, lead_id: LeadId) -> Lead | None:
    """The lead as committed; None when there is no row, or one that Baton has not adopted."""
    row = (await connection.execute(_READ, {"lead_id": lead_id})).one_or_none()
    return lead_of(row) if row is not None else None


async def lock_lead(connection: WriteConnection, lead_id: LeadId) -> Lead | None:
    """The lead, locked FOR NO KEY UPDATE until the transaction ends: the first lock of every transition."""
    row = (await connection.execute(_LOCK, {"lead_id": lead_id})).one_or_none()
    return lead_of(row) if row is not None else None


async def save_lead(connection: WriteConnection, lead: Lead) -> None:
    """Write every lifecycle column of a locked lead."""
    await connection.execute(_SAVE, {"saved_id": lead.id, **lead_columns(lead)})


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
    """Open leads whose wake-up is older than `before`: their workflow is late, missing, or was never told."""
    found = await connection.execute(_OVERDUE, {"before": before, "at_most": limit})
    return [LeadId(lead_id) for lead_id in found.scalars()]
