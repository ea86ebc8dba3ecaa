"""The Schedule that runs the doctor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.client import Client, ScheduleActionExecutionStartWorkflow, ScheduleHandle, ScheduleOverlapPolicy
from temporalio.service import RPCError, RPCStatusCode

from tests.check.clinic import slept
from tests.db.databases import Database
from tests.demo.lives import damage
from tests.support.eventually import assert_eventually
from tests.support.people import populate
from tests.support.world import World
from workers.worker import ensure_upkeep
from workflows.upkeep import UPKEEP_SCHEDULE


async def _forget(handle: ScheduleHandle) -> None:
    try:
        await handle.delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


@pytest.fixture
async def schedule(world: World, temporal: str) -> AsyncIterator[ScheduleHandle]:
    """The upkeep of this world, although another test's worker may have made one on this server."""
    # Past the world's clock: a Schedule lives by the server's.
    client = await Client.connect(temporal)
    handle = client.get_schedule_handle(UPKEEP_SCHEDULE)
    await _forget(handle)
    try:
        await ensure_upkeep(client, task_queue=world.task_queue)
        await ensure_upkeep(client, task_queue=world.task_queue)
        yield handle
    finally:
        await _forget(handle)


async def test_one_doctor_every_five_minutes(schedule: ScheduleHandle) -> None:
    described = (await schedule.describe()).schedule
    assert [interval.every for interval in described.spec.intervals] == [timedelta(minutes=5)]
    assert described.policy.overlap is ScheduleOverlapPolicy.SKIP


async def test_its_run_repairs(world: World, schedule: ScheduleHandle, database: Database) -> None:
    await populate(database, agents=1)
    lead_id = await world.receive()
    await slept(world, lead_id)
    await damage(database, 'UPDATE "AgentAvailability" SET "currentLoad" = 3')
    await schedule.trigger()

    async def run_id() -> str:
        for done in (await schedule.describe()).info.recent_actions:
            if isinstance(done.action, ScheduleActionExecutionStartWorkflow):
                return done.action.workflow_id
        return ""

    handle = world.client.get_workflow_handle(await assert_eventually(run_id), result_type=dict[str, int])
    assert await handle.result() == {"compared": 1, "wrong": 1, "left": 0}
    assert await world.sql('SELECT "currentLoad" FROM "AgentAvailability"') == [(1,)]
