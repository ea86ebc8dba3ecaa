"""Damage between Postgres and Temporal, on real servers: the check sees it, the doctor repairs what it claims to."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.ids import LeadId
from services.check import TEMPORAL_CHECKS
from services.disagreements import Kind
from services.doctor import DoctorReport
from tests.check.clinic import NOW, examine, faults, lives_of, slept, treat, view_of
from tests.db.databases import Database
from tests.demo.lives import damage
from tests.support.clock import MovableClock
from tests.support.eventually import assert_eventually
from tests.support.people import populate
from tests.support.world import World, open_world
from workers.worker import make_worker
from workflows.lead import LeadWorkflow
from workflows.messages import LeadInput, LeadSnapshot

HOUR = timedelta(hours=1)


@pytest.fixture
async def asleep(world: World) -> LeadId:
    """A lead that is offered, with its workflow asleep, and nothing wrong."""
    await populate(world.database, agents=2)
    lead_id = await world.receive()
    await slept(world, lead_id)
    return lead_id


async def running(world: World, lead_id: LeadId) -> bool:
    return await view_of(world).describe(lead_id) is not None


def said(report: DoctorReport) -> list[tuple[str, str, bool | None]]:
    return [(one.wrong, one.id, one.repaired) for one in report.treated]


async def is_well(world: World) -> None:
    """Nothing is found any more, and another doctor has nothing to do."""
    assert await faults(world) == set()
    assert said(await treat(world)) == []


async def test_a_healthy_world(world: World, asleep: LeadId) -> None:
    report = await examine(world)
    assert report.faults == ()
    assert report.compared == 1
    assert said(await treat(world)) == []


async def test_a_missing_workflow_is_started(world: World, asleep: LeadId) -> None:
    await world.handle(asleep).terminate("an operator pressed the wrong button")
    assert await faults(world) == {(Kind.MISSING, str(asleep))}

    before = await lives_of(world)
    dry = await treat(world, dry=True)
    assert said(dry) == [(Kind.MISSING, str(asleep), None)]
    assert not dry.healthy
    assert not await running(world, asleep), "a dry run does nothing"

    assert said(await treat(world)) == [(Kind.MISSING, str(asleep), True)]
    assert await running(world, asleep)
    assert await lives_of(world) == before
    await world.settle()
    await is_well(world)
    await world.advance(timedelta(seconds=301))
    assert (await world.lead(asleep)).epoch == 2, "the new workflow keeps the old window"


async def test_an_untold_transition_is_told(world: World, asleep: LeadId) -> None:
    await damage(
        world.database,
        "UPDATE lead_transitions SET told_at = NULL, recorded_at = recorded_at - interval '2 minutes' "
        f"WHERE lead_id = '{asleep}'",
    )
    assert await faults(world) == {("told", str(asleep))}
    assert said(await treat(world)) == [("untold", str(asleep), True)]
    await is_well(world)


async def test_an_orphan_is_terminated(world: World, asleep: LeadId) -> None:
    orphan = LeadId(uuid4())
    snapshot = LeadSnapshot.of(await world.lead(asleep)).model_copy(update={"lead_id": orphan})
    await world.client.start_workflow(
        LeadWorkflow.run,
        LeadInput(lead_id=orphan, snapshot=snapshot),
        id=f"lead-{orphan}",
        task_queue=world.task_queue,
    )

    async def listed() -> bool:
        return orphan in await view_of(world).listed(100)

    await assert_eventually(listed)
    assert await faults(world) == {(Kind.ORPHAN, str(orphan))}
    assert said(await treat(world)) == [(Kind.ORPHAN, str(orphan), True)]
    assert not await running(world, orphan)
    assert await running(world, asleep), "only the orphan is ended"
    await is_well(world)


async def test_workflows_of_another_baton_are_left_alone(world: World, asleep: LeadId, database: Database) -> None:
    stranger = LeadId(uuid4())
    handle = await world.client.start_workflow(
        LeadWorkflow.run, LeadInput(lead_id=stranger), id=f"lead-{stranger}", task_queue=f"other-{uuid4()}"
    )
    try:
        assert await faults(world) == set()
        assert said(await treat(world)) == []
        assert await running(world, stranger)
    finally:
        await handle.terminate("the test is over")


async def test_a_wrong_load_is_counted_anew(world: World, asleep: LeadId) -> None:
    holder = (await world.lead(asleep)).agent
    await damage(world.database, f'UPDATE "AgentAvailability" SET "currentLoad" = 4 WHERE "agentId" = \'{holder}\'')
    assert ("load", str(holder)) in await faults(world)

    assert said(await treat(world, dry=True)) == [("load", str(holder), None)]
    assert said(await treat(world)) == [("load", str(holder), True)]
    loads = await world.sql('SELECT "currentLoad" FROM "AgentAvailability" WHERE "agentId" = $1', holder)
    assert loads == [(1,)]
    logged = await world.sql(
        "SELECT split_part(actor, ':', 1), field, old::text, new::text FROM agent_state_log WHERE agent_id = $1", holder
    )
    assert logged == [("system", "currentLoad", "4", "1")]
    await is_well(world)


async def test_two_doctors_do_not_disturb_each_other(world: World, asleep: LeadId) -> None:
    await world.handle(asleep).terminate("an operator pressed the wrong button")
    await damage(world.database, 'UPDATE "AgentAvailability" SET "currentLoad" = 4')
    await asyncio.gather(*(treat(world) for _ in range(4)))
    assert await world.sql('SELECT sum("currentLoad") FROM "AgentAvailability"') == [(1,)]
    assert await world.sql("SELECT count(*) FROM agent_state_log") == [(2,)], "one correction per agent"
    await slept(world, asleep)
    await is_well(world)


async def test_a_workflow_that_was_just_started_has_a_minute(database: Database, temporal: str) -> None:
    async with open_world(database, temporal, working=False) as world:
        lead_id = await world.receive()
        await damage(database, "UPDATE lead_transitions SET recorded_at = recorded_at - interval '1 h', told_at = at")

        async def started() -> bool:
            return await running(world, lead_id)

        await assert_eventually(started)
        assert (await examine(world, patience=timedelta(seconds=60))).faults == ()
        assert {check for check, _ in await faults(world)} == {Kind.BEHIND}


async def test_the_workflow_of_a_closed_lead_is_told_and_ends(world: World, asleep: LeadId) -> None:
    await close_behind_its_back(world, asleep)
    assert (Kind.LEFT, str(asleep)) in await faults(world)
    before = await lives_of(world)
    report = await treat(world)
    assert (Kind.LEFT, str(asleep), True) in said(report)
    assert not await running(world, asleep)
    assert await lives_of(world) == before
    assert said(await treat(world)) == []


async def test_a_workflow_that_lost_its_last_message_is_told(world: World, asleep: LeadId) -> None:
    await damage(
        world.database,
        f"""UPDATE crm_leads SET seq = seq + 1, wake_at = wake_at + interval '1 s' WHERE id = '{asleep}';
            INSERT INTO lead_transitions
                   (lead_id, seq, kind, command_id, body_hash, actor, at, epoch, state, told_at, result)
            SELECT id, seq, 'park', 'lost', '', 'system', last_at, epoch, lifecycle_state, now(),
                   jsonb_build_object('agent', assigned_agent_id) FROM crm_leads WHERE id = '{asleep}'""",
    )
    assert await faults(world) == {(Kind.BEHIND, str(asleep))}
    assert said(await treat(world)) == [(Kind.BEHIND, str(asleep), True)]
    await is_well(world)


async def test_a_database_that_was_set_back_is_reported(world: World, asleep: LeadId) -> None:
    await damage(
        world.database,
        f"""UPDATE crm_leads SET seq = seq - 1 WHERE id = '{asleep}';
            DELETE FROM lead_transitions t USING crm_leads l WHERE l.id = t.lead_id AND t.seq > l.seq""",
    )
    assert (Kind.AHEAD, str(asleep)) in await faults(world)
    assert said(await treat(world)) == [(Kind.AHEAD, str(asleep), False)]


async def test_a_wake_up_that_nobody_heard_is_reported(database: Database, temporal: str) -> None:
    async with open_world(database, temporal, working=False) as world:
        await populate(database, agents=1)
        async with make_worker(world.client, world.services, task_queue=world.task_queue):
            lead_id = await world.receive()
            await slept(world, lead_id)
        # No worker runs any more.
        world.pass_unattended(HOUR)
        assert await faults(world) == {(Kind.LATE, str(lead_id))}
        assert said(await treat(world)) == [(Kind.LATE, str(lead_id), False)]


async def test_a_warning_that_nobody_gave_is_reported_before_the_window_ends(database: Database, temporal: str) -> None:
    async with open_world(database, temporal, working=False) as world:
        await world.configure(sla={"claim_seconds": 7200})
        await populate(database, agents=1)
        async with make_worker(world.client, world.services, task_queue=world.task_queue):
            lead_id = await world.receive()
            await slept(world, lead_id)
        # The warning was due after an hour and a half; the window goes on for half an hour.
        world.pass_unattended(HOUR + timedelta(minutes=35))
        assert await faults(world) == {(Kind.LATE, str(lead_id))}


async def test_a_busy_workflow_is_not_told_more(database: Database, temporal: str) -> None:
    async with open_world(database, temporal, working=False) as world:
        await populate(database, agents=1)
        lead_id = await world.receive()

        async def started() -> bool:
            return await running(world, lead_id)

        await assert_eventually(started)
        before = await events_of(world, lead_id)
        report = await treat(world, ending=NOW)
        assert (Kind.BEHIND, str(lead_id), False) in said(report)
        assert await events_of(world, lead_id) == before


async def test_fresh_leads_have_a_minute(world: World, asleep: LeadId) -> None:
    await world.handle(asleep).terminate("just now")
    report = await examine(world, patience=timedelta(seconds=60))
    assert report.faults == ()
    assert said(await treat(world, patience=timedelta(seconds=60))) == []


@pytest.mark.parametrize("ahead", [timedelta(seconds=3), timedelta(seconds=-3)])
async def test_clocks_that_differ_are_reported(world: World, asleep: LeadId, ahead: timedelta) -> None:
    from services.check import check

    machine = MovableClock()
    machine.move(ahead)
    report = await check(world.engines.service, world.clock, machine, view_of(world), patience=NOW)
    assert {fault.check for fault in report.faults} == {"clocks"}
    assert len(report.faults) == 2, "Postgres and Temporal agree with each other"
    assert report.skew.temporal == pytest.approx(-ahead.total_seconds(), abs=0.9)


async def test_temporal_keeps_its_time_while_a_world_skips_ahead(world: World, asleep: LeadId) -> None:
    await world.advance(HOUR)
    report = await examine(world)
    assert report.skew.faults() == ()


def test_every_kind_is_a_check() -> None:
    assert {one.name for one in TEMPORAL_CHECKS} == {kind.value for kind in Kind}


async def close_behind_its_back(world: World, lead_id: LeadId) -> None:
    """The lead is closed in Postgres as by a withdrawal, told_at says that its workflow knows, and it does not."""
    await damage(
        world.database,
        f"""UPDATE lead_offers SET status = 'withdrawn', ended_at = now() WHERE lead_id = '{lead_id}';
            UPDATE "LeadRoutingHistory" SET "assignmentDurationHours" = 0, "conversionOutcome" = false,
                   feedback = 'withdrawn' WHERE "leadId" = '{lead_id}';
            UPDATE "AgentAvailability" SET "currentLoad" = 0;
            UPDATE crm_leads SET lifecycle_state = 'closed', close_reason = 'withdrawn', closed_at = last_at,
                   seq = seq + 1, wake_at = NULL, claim_timer_expires_at = NULL, claim_window_expires_at = NULL,
                   status = 'REJECTED' WHERE id = '{lead_id}';
            INSERT INTO lead_transitions (lead_id, seq, kind, command_id, body_hash, actor, at, epoch, state, told_at)
            SELECT id, seq, 'withdraw', 'behind', '', 'system', last_at, epoch, 'closed', now()
              FROM crm_leads WHERE id = '{lead_id}'""",
    )


async def events_of(world: World, lead_id: LeadId) -> int:
    return (await world.handle(lead_id).describe()).history_length
