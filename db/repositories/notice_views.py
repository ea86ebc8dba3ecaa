"""Notices as those for whom they are read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, update

from db.repositories.lead_views import visible_to
from db.session import ReadConnection, WriteConnection
from db.tables import leads, notices
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.notices import Audience

_AUDIENCES = {Role.MANAGER: (Audience.MANAGERS,), Role.ADMIN: (Audience.MANAGERS, Audience.ADMINS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """One notice. `audience` is None for one agent's own; the `seen_at` of an audience is its first reader's."""

    id: UUID
    at: datetime
    kind: str
    lead_id: UUID | None
    audience: str | None
    data: dict[str, Any]
    seen_at: datetime | None


async def list_notices(
    connection: ReadConnection, caller: Actor, *, unseen: bool, before: datetime | None, limit: int
) -> Sequence[NoticeView]:
    """The caller's, newest first: those from before `before`, when it is given; with `unseen` only what is new."""
    wanted = [_for(caller)]
    if unseen:
        wanted.append(notices.c.seen_at.is_(None))
    if before is not None:
        wanted.append(notices.c.at < before)
    columns = [notices.c[name] for name in NoticeView.__slots__]
    statement = select(*columns).where(*wanted).order_by(notices.c.at.desc(), notices.c.id).limit(limit)
    return [NoticeView(**row) for row in (await connection.execute(statement)).mappings()]


async def mark_seen(connection: WriteConnection, caller: Actor, notice: UUID, at: datetime) -> bool:
    """Note that the caller has seen it; the first time stays. False when it is not for the caller, or is not there."""
    statement = (
        update(notices)
        .where(notices.c.id == notice, _for(caller))
        .values(seen_at=func.coalesce(notices.c.seen_at, at))
        .returning(notices.c.id)
    )
    return (await connection.execute(statement)).one_or_none() is not None


def _for(caller: Actor) -> ColumnElement[bool]:
    """An agent's own; a manager's also those to managers about leads that he may see, an admin's those to admins."""
    if caller.role is Role.SERVICE:
        return false()
    about = exists().where(leads.c.id == notices.c.lead_id, visible_to(caller))
    to_all = and_(notices.c.audience.in_(_AUDIENCES.get(caller.role, ())), or_(notices.c.lead_id.is_(None), about))
    return or_(notices.c.agent_id == caller.id, to_all)
