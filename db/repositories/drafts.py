"""configuration_drafts: what may be published next, by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from db.session import AdminConnection, AnyConnection
from db.tables import configuration_drafts

_ROW = configuration_drafts.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A whole configuration body, and the published version that it was made from."""

    name: str
    body: dict[str, Any]
    based_on: int
    updated_by: UUID | None
    updated_at: datetime


async def read_draft(connection: AnyConnection, name: str) -> Draft | None:
    """The draft of that name; None when there is none."""
    statement = select(_ROW.name, _ROW.body, _ROW.based_on, _ROW.updated_by, _ROW.updated_at).where(_ROW.name == name)
    row = (await connection.execute(statement)).one_or_none()
    return Draft(**row._mapping) if row is not None else None


async def save_draft(connection: AdminConnection, draft: Draft) -> None:
    """Write the draft in place of an older one of that name."""
    values = {
        "body": draft.body,
        "based_on": draft.based_on,
        "updated_by": draft.updated_by,
        "updated_at": draft.updated_at,
    }
    statement = insert(configuration_drafts).values(name=draft.name, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=[_ROW.name], set_=values))


async def delete_draft(connection: AdminConnection, name: str) -> None:
    """Forget the draft; nothing happens when there is none."""
    await connection.execute(delete(configuration_drafts).where(_ROW.name == name))
