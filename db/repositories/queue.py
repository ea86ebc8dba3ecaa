"""AssignmentQueue: leads that wait for an agent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, Uuid, bindparam, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import ColumnElement

from db.session import AnyConnection, WriteConnection
from db.tables import (
    assignment_queue,
    lead_contact_details,
    lead_offers,
    lead_routing_history,
    leads,
)
from domain.ids import AgentId, LeadId
from domain.lifecycle.lead import Lead
from domain.queue import QueueType

_HOUR = timedelta(hours=1)
_ROW = assignment_queue.c
_RANK = case({"hot": 0, "reassignment": 1, "active": 2, "waiting": 2, "nurture": 3}, value=_ROW.queue_type)
BEST_FIRST = (
    _RANK,
    _ROW.lead_score.desc(),
    leads.c.created_at,
    _ROW.lead_id,
)
"""Hot leads before all, nurture after all; between them score, then age, then id."""


def hourly_pace(at: datetime) -> ColumnElement[int]:
    """Assignments of the last hour, one at least: how fast a queue moves."""
    return (
        select(func.greatest(func.count(), 1))
        .select_from(lead_routing_history)
        .where(lead_routing_history.c.routing_timestamp > at - _HOUR)
        .scalar_subquery()
    )


async def enqueue(connection: WriteConnection, lead: Lead, queue: QueueType, at: datetime, *, tried: bool) -> None:
    """Let the lead wait in `queue`; `tried` counts an attempt that found nobody.

    Position and estimated wait are a snapshot of this moment: the wait is the position at the pace of the last hour.
    """
    ahead = select(func.count() + 1).select_from(assignment_queue).where(_ROW.queue_type == queue).scalar_subquery()
    attempts = 1 if tried else 0
    statement = insert(assignment_queue).values(
        lead_id=lead.id,
        queue_type=queue,
        lead_score=lead.score or 0.0,
        assignment_attempts=attempts,
        last_attempted=at if tried else None,
        estimated_wait_minutes=func.ceil(ahead * 60.0 / hourly_pace(at)),
        sla_expiry=lead.queue_sla_at,
        queue_position=ahead,
        created_at=at,
        updated_at=at,
    )
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=[_ROW.lead_id],
            set_={
                "queue_type": queue,
                "lead_score": lead.score or 0.0,
                "assignment_attempts": _ROW.assignment_attempts + attempts,
                "last_attempted": at if tried else _ROW.last_attempted,
                "time_in_queue": at - _ROW.created_at,
                "sla_expiry": lead.queue_sla_at,
                "updated_at": at,
            },
        )
    )


async def refresh(connection: WriteConnection, lead: Lead, at: datetime) -> None:
    """The score or the limit of a waiting lead has changed, not its queue."""
    await connection.execute(
        update(assignment_queue)
        .where(_ROW.lead_id == lead.id)
        .values(
            lead_score=lead.score or 0.0,
            sla_expiry=lead.queue_sla_at,
            time_in_queue=at - _ROW.created_at,
            updated_at=at,
        )
    )


async def dequeue(connection: WriteConnection, lead_id: LeadId) -> None:
    """The lead waits no more."""
    await connection.execute(delete(assignment_queue).where(assignment_queue.c.lead_id == lead_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A lead in a queue, as the drain sees it. The lower the queue's `rank`, the earlier it goes."""

    lead_id: LeadId
    seq: int
    config_version: int
    rank: int
    enqueued_at: datetime
    tried_at: datetime | None


_WAITING = (
    select(
        _ROW.lead_id.label("lead_id"),
        leads.c.seq,
        leads.c.config_version,
        _RANK.label("rank"),
        _ROW.created_at.label("enqueued_at"),
        _ROW.last_attempted.label("tried_at"),
    )
    .join_from(assignment_queue, leads, leads.c.id == _ROW.lead_id)
    .where(
        leads.c.lifecycle_state == "queued",
        leads.c.parked_at.is_(None),
        leads.c.paused_at.is_(None),
        leads.c.held_until.is_(None) | (leads.c.held_until <= bindparam("now")),
        _ROW.lead_id != func.all(bindparam("passed_over", type_=ARRAY(Uuid))),
    )
    .order_by(*BEST_FIRST)
    .limit(bindparam("most"))
)


async def waiting_leads(
    connection: AnyConnection, now: datetime, limit: int, *, without: Collection[LeadId] = ()
) -> Sequence[Waiting]:
    """The best waiting leads, best first. Parked, paused and held ones wait for their own time."""
    found = await connection.execute(_WAITING, {"now": now, "passed_over": list(without), "most": limit})
    return [Waiting(**row._mapping) for row in found]


async def note_tries(connection: WriteConnection, lead_ids: Collection[LeadId], at: datetime) -> None:
    """Count a try of the drain that found nobody on the queue rows of these leads.

    A row that somebody else is changing is left out, so that this never waits for anybody.
    """
    free = select(_ROW.lead_id).where(_ROW.lead_id.in_(lead_ids)).with_for_update(skip_locked=True)
    await connection.execute(
        update(assignment_queue)
        .where(_ROW.lead_id.in_(free.scalar_subquery()))
        .values(
            assignment_attempts=_ROW.assignment_attempts + 1,
            last_attempted=at,
            time_in_queue=at - _ROW.created_at,
            updated_at=at,
        )
    )


async def offers_since(
    connection: AnyConnection, agents: Collection[AgentId], since: datetime
) -> Mapping[AgentId, int]:
    """How many offers each of these agents has had after `since`; those without any are missing."""
    offer = lead_offers.c
    statement = (
        select(offer.agent_id, func.count())
        .where(offer.agent_id.in_(agents), offer.offered_at > since)
        .group_by(offer.agent_id)
    )
    return {AgentId(agent): count for agent, count in await connection.execute(statement)}


async def waiting_versions(connection: AnyConnection) -> Sequence[int]:
    """The configuration versions of the waiting leads."""
    statement = select(leads.c.config_version).join(assignment_queue, _ROW.lead_id == leads.c.id).distinct()
    return list((await connection.execute(statement)).scalars())


@dataclass(frozen=True, slots=True, kw_only=True)
class LongWaiting:
    """A lead that has waited too long: past its queue SLA, or `stale`, or both."""

    lead_id: LeadId
    epoch: int
    queue: QueueType
    sla_at: datetime | None
    expired: bool
    stale: bool


async def long_waiting(
    connection: AnyConnection, version: int, now: datetime, *, stale_before: datetime, stale_attempts: int, limit: int
) -> Sequence[LongWaiting]:
    """Leads of a configuration version that nobody has said yet of that they wait too long, best first.

    Past the queue SLA, or made before `stale_before` and tried fewer than `stale_attempts` times. What a rule holds
    back is not tried on purpose, and so not stale.
    """
    expired = leads.c.queue_breached_at.is_(None) & (leads.c.queue_sla_at <= now)
    stale = (
        leads.c.moved_to_hot_at.is_(None)
        & (leads.c.created_at <= stale_before)
        & (_ROW.assignment_attempts < stale_attempts)
        & (leads.c.held_until.is_(None) | (leads.c.held_until <= now))
    )
    statement = (
        select(
            _ROW.lead_id.label("lead_id"),
            leads.c.epoch,
            _ROW.queue_type.label("queue"),
            leads.c.queue_sla_at.label("sla_at"),
            func.coalesce(expired, False).label("expired"),
            stale.label("stale"),
        )
        .join_from(assignment_queue, leads, leads.c.id == _ROW.lead_id)
        .where(
            leads.c.lifecycle_state == "queued",
            leads.c.paused_at.is_(None),
            leads.c.config_version == version,
            or_(expired, stale),
        )
        .order_by(*BEST_FIRST)
        .limit(limit)
    )
    return [
        LongWaiting(**{**row._mapping, "queue": QueueType(row.queue)}) for row in await connection.execute(statement)
    ]


async def waiting_after(connection: AnyConnection, version: int, after: LeadId | None, limit: int) -> Sequence[LeadId]:
    """Waiting leads of a configuration version by their ids, those after `after` only."""
    statement = (
        select(_ROW.lead_id)
        .join(leads, leads.c.id == _ROW.lead_id)
        .where(leads.c.config_version == version)
        .order_by(_ROW.lead_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(_ROW.lead_id > after)
    return [LeadId(lead_id) for lead_id in (await connection.execute(statement)).scalars()]


async def waiting_with_new_facts(connection: AnyConnection, since: datetime) -> Sequence[LeadId]:
    """Waiting leads whose contact details, or whose row outside of any transition, have changed since then."""
    statement = (
        select(_ROW.lead_id)
        .join(leads, leads.c.id == _ROW.lead_id)
        .outerjoin(lead_contact_details, lead_contact_details.c.lead_id == leads.c.id)
        .where(
            or_(
                lead_contact_details.c.updated_at > since,
                (leads.c.updated_at > since) & (leads.c.updated_at > leads.c.last_at),
            )
        )
        .order_by(*BEST_FIRST)
    )
    return [LeadId(lead_id) for lead_id in (await connection.execute(statement)).scalars()]
