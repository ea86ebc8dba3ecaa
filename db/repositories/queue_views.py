"""What people see of the queues: positions and waits as they are now, not as they were at enqueueing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, case, cast, extract, func, select

from db.repositories.queue import BEST_FIRST, hourly_pace
from db.session import AnyConnection
from db.tables import assignment_queue, leads

_ROW = assignment_queue.c
_AT_RISK = timedelta(minutes=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLine:
    """One queue. Minutes are whole; `at_risk` leads are less than an hour from their queue SLA, `breached` past it.

    `expected_minutes` is what its last lead still has to wait at the pace of the last hour.
    """

    queue: str
    waiting: int
    at_risk: int
    breached: int
    longest_minutes: int
    expected_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLine:
    """One waiting lead.

    `position` is its place in its queue, `place` the one among all waiting leads, which is the drain's order;
    `status` is ok, at_risk or breached.
    """

    lead_id: UUID
    queue: str
    position: int
    place: int
    score: float
    attempts: int
    waited_minutes: int
    expected_minutes: int
    sla_at: datetime | None
    held_until: datetime | None
    parked: bool
    status: str


async def read_queues(connection: AnyConnection, now: datetime) -> Sequence[QueueLine]:
    """Every queue in which leads wait, the one that goes first first."""
    line = _lines(now).subquery()
    status = line.c.status
    statement = (
        select(
            line.c.queue,
            func.count().label("waiting"),
            func.count().filter(status == "at_risk").label("at_risk"),
            func.count().filter(status == "breached").label("breached"),
            func.max(line.c.waited_minutes).label("longest_minutes"),
            func.max(line.c.expected_minutes).label("expected_minutes"),
        )
        .group_by(line.c.queue)
        .order_by(func.min(line.c.place))
    )
    return [QueueLine(**row._mapping) for row in await connection.execute(statement)]


async def read_line(connection: AnyConnection, now: datetime, limit: int) -> Sequence[WaitingLine]:
    """The first leads in the drain's order."""
    statement = _lines(now).order_by("place").limit(limit)
    return [WaitingLine(**row._mapping) for row in await connection.execute(statement)]


def _lines(now: datetime) -> Select[Any]:
    place = func.row_number().over(order_by=BEST_FIRST)
    expiry = leads.c.queue_sla_at
    return (
        select(
            _ROW.lead_id.label("lead_id"),
            _ROW.queue_type.label("queue"),
            func.row_number().over(partition_by=_ROW.queue_type, order_by=BEST_FIRST).label("position"),
            place.label("place"),
            _ROW.lead_score.label("score"),
            _ROW.assignment_attempts.label("attempts"),
            cast(func.floor(extract("epoch", now - _ROW.created_at) / 60), Integer).label("waited_minutes"),
            cast(func.ceil(place * 60.0 / hourly_pace(now)), Integer).label("expected_minutes"),
            expiry.label("sla_at"),
            case((leads.c.held_until > now, leads.c.held_until)).label("held_until"),
            leads.c.parked_at.is_not(None).label("parked"),
            case((expiry <= now, "breached"), (expiry <= now + _AT_RISK, "at_risk"), else_="ok").label("status"),
        )
        .join_from(assignment_queue, leads, leads.c.id == _ROW.lead_id)
        .where(leads.c.lifecycle_state == "queued")
    )
