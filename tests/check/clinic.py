"""A world whose checker and doctor wait for nothing: whatever is wrong now is wrong."""

from __future__ import annotations

from datetime import timedelta

from domain.ids import LeadId
from services.check import CheckReport, check
from services.clock import SystemClock
from services.doctor import Doctor, DoctorReport
from services.telling import Teller
from services.temporal_view import TemporalView
from tests.support.world import World

NOW = timedelta(0)


def view_of(world: World) -> TemporalView:
    """What the world's Temporal server shows of its own task queue."""
    return TemporalView(world.client, world.task_queue)


async def examine(world: World, *, patience: timedelta = NOW) -> CheckReport:
    """`baton check` on the world."""
    return await check(world.engines.service, world.clock, SystemClock(), view_of(world), patience=patience)


async def faults(world: World) -> set[tuple[str, str | None]]:
    """What `baton check` finds: the check and the id."""
    return {(fault.check, fault.id) for fault in (await examine(world)).faults}


async def treat(
    world: World, *, dry: bool = False, patience: timedelta = NOW, ending: timedelta = timedelta(seconds=10)
) -> DoctorReport:
    """`baton doctor` on the world."""
    engine, clock = world.engines.service, world.clock
    teller = Teller(world.client, engine, clock, world.task_queue)
    return await Doctor(engine, view_of(world), teller, clock, patience=patience, ending=ending).run(dry=dry)


async def lives_of(world: World) -> list[tuple[object, ...]]:
    """Everything of the leads' lifecycles, to be compared before and after a doctor."""
    rows = await world.sql("SELECT l::text FROM crm_leads l ORDER BY id")
    ledger = await world.sql(
        "SELECT lead_id, seq, kind, state, epoch, at, result::text FROM lead_transitions ORDER BY 1, 2"
    )
    return [*rows, *ledger]


async def slept(world: World, *lead_ids: LeadId) -> None:
    """Wait until every one of these is offered and asleep, with everything told."""
    for lead_id in lead_ids:
        await world.until(lead_id, "offered")
    await world.settle()
    await world.services.relay.run_once()
    await world.observer.execute("UPDATE lead_transitions SET told_at = at WHERE told_at IS NULL")
