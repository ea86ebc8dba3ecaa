"""Signs of life, and the times without any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from db.session import AnyConnection, WriteConnection
from db.tables import leads, process_heartbeats, system_outages
from db.tables.leads import OPEN
from domain.ids import LeadId
from domain.sla.outage import Outage

_BEATS, _OUTAGES = process_heartbeats.c, system_outages.c
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('baton:outages', 0))")


async def lock_outages(connection: WriteConnection) -> None:
    """One process at a time decides whether there was an outage; until the transaction ends."""
    await connection.execute(_LOCK)


async def newest_beat(connection: AnyConnection, role: str) -> datetime | None:
    """The last sign of life of any process in that role; None when there never was one."""
    statement = select(func.max(_BEATS.beat_at)).where(_BEATS.role == role)
    found: datetime | None = (await connection.execute(statement)).scalar_one()
    return found


async def beat(connection: WriteConnection, process: str, role: str, at: datetime) -> None:
    """A process says that it lives; those that have said nothing for a day are forgotten by `forget_processes`."""
    statement = insert(process_heartbeats).values(process=process, role=role, started_at=at, beat_at=at)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=[_BEATS.process], set_={"beat_at": statement.excluded.beat_at})
    )


async def forget_processes(connection: WriteConnection, before: datetime) -> None:
    """Drop the heartbeats of processes that are long gone, but never the last one of a role.

    After a long outage it is what says since when nobody could act, and another role may be back first.
    """
    others = process_heartbeats.alias("others")
    later = exists().where(others.c.role == _BEATS.role, others.c.beat_at > _BEATS.beat_at)
    await connection.execute(delete(process_heartbeats).where(_BEATS.beat_at < before, later))


async def insert_outage(connection: WriteConnection, role: str, outage: Outage) -> bool:
    """Record an outage; False when it is known."""
    values = {"role": role, "starts_at": outage.starts_at, "ends_at": outage.ends_at}
    statement = insert(system_outages).values(values).on_conflict_do_nothing().returning(_OUTAGES.id)
    return (await connection.execute(statement)).one_or_none() is not None


async def outages_since(connection: AnyConnection, role: str, since: datetime) -> tuple[Outage, ...]:
    """The recorded outages of a role that ended after the instant, oldest first."""
    statement = (
        select(_OUTAGES.starts_at, _OUTAGES.ends_at)
        .where(_OUTAGES.role == role, _OUTAGES.ends_at > since)
        .order_by(_OUTAGES.starts_at)
    )
    return tuple(Outage(**row._mapping) for row in await connection.execute(statement))


async def overlapped_leads(
    connection: AnyConnection, outage: Outage, after: LeadId | None, limit: int
) -> Sequence[LeadId]:
    """Leads by id, those after `after`, whose running window may have lost time to the outage."""
    statement = (
        select(leads.c.id)
        .where(
            OPEN,
            leads.c.lifecycle_state.in_(("offered", "claimed")),
            leads.c.paused_at.is_(None),
            leads.c.wake_at > outage.starts_at,
            or_(leads.c.given_back_until.is_(None), leads.c.given_back_until < outage.ends_at),
            func.coalesce(leads.c.contact_timer_started_at, leads.c.claim_timer_started_at) < outage.ends_at,
        )
        .order_by(leads.c.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(leads.c.id > after)
    return [LeadId(lead_id) for lead_id in (await connection.execute(statement)).scalars()]


async def count_overdue(connection: AnyConnection, now: datetime) -> int:
    """How many open leads wait for time to do something that is due."""
    statement = select(func.count()).select_from(leads).where(OPEN, leads.c.wake_at < now)
    found: int = (await connection.execute(statement)).scalar_one()
    return found
