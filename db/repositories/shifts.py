"""agent_shifts and agent_time_off: when an agent works, and when not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update

from db.session import AdminConnection, AnyConnection
from db.tables import agent_shifts, agent_time_off
from domain.ids import AgentId
from domain.routing.shift import Shift, TimeOff

_SHIFT = agent_shifts.c
_ABSENCE = agent_time_off.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """An absence that is not cancelled, and whose it is."""

    id: UUID
    agent_id: AgentId
    time_off: TimeOff


async def read_shifts(connection: AnyConnection, agent: AgentId) -> tuple[Shift, ...]:
    """The weekly shifts of an agent, from Monday; none: always on shift."""
    statement = (
        select(_SHIFT.weekday, _SHIFT.starts, _SHIFT.ends)
        .where(_SHIFT.agent_id == agent)
        .order_by(_SHIFT.weekday, _SHIFT.starts)
    )
    return tuple(Shift(**row._mapping) for row in await connection.execute(statement))


async def replace_shifts(connection: AdminConnection, agent: AgentId, shifts: Sequence[Shift], at: datetime) -> None:
    """Let exactly these be the agent's shifts."""
    await connection.execute(delete(agent_shifts).where(_SHIFT.agent_id == agent))
    if shifts:
        rows = [
            {"agent_id": agent, "weekday": one.weekday, "starts": one.starts, "ends": one.ends, "created_at": at}
            for one in shifts
        ]
        await connection.execute(insert(agent_shifts), rows)


async def read_absences(connection: AnyConnection, agent: AgentId, since: datetime) -> Sequence[Absence]:
    """Absences that end after `since`, the first to begin first."""
    statement = (
        select(agent_time_off)
        .where(_ABSENCE.agent_id == agent, _ABSENCE.cancelled_at.is_(None), _ABSENCE.ends_at > since)
        .order_by(_ABSENCE.starts_at, _ABSENCE.id)
    )
    return [_absence(row) for row in await connection.execute(statement)]


async def find_absence(connection: AdminConnection, absence: UUID) -> Absence | None:
    """An absence by id, its row locked; None when there is none or it is cancelled."""
    statement = select(agent_time_off).where(_ABSENCE.id == absence, _ABSENCE.cancelled_at.is_(None))
    row = (await connection.execute(statement.with_for_update())).one_or_none()
    return _absence(row) if row is not None else None


async def add_absence(connection: AdminConnection, agent: AgentId, time_off: TimeOff, at: datetime) -> Absence:
    """Insert an absence."""
    values = {"starts_at": time_off.starts_at, "ends_at": time_off.ends_at, "code": time_off.code, "created_at": at}
    statement = insert(agent_time_off).values(agent_id=agent, **values).returning(_ABSENCE.id)
    made: UUID = (await connection.execute(statement)).scalar_one()
    return Absence(id=made, agent_id=agent, time_off=time_off)


async def cancel_absence(connection: AdminConnection, absence: UUID, at: datetime) -> None:
    """Take an absence back; the row stays."""
    await connection.execute(update(agent_time_off).where(_ABSENCE.id == absence).values(cancelled_at=at))


def _absence(row: Row[Any]) -> Absence:
    values = row._mapping
    return Absence(
        id=values["id"],
        agent_id=AgentId(values["agent_id"]),
        time_off=TimeOff(starts_at=values["starts_at"], ends_at=values["ends_at"], code=values["code"]),
    )
