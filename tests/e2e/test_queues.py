"""Queues in a whole Baton: leads that wait, the drain that moves them, and everything that is said about it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.loops import LoopActivities
from domain.ids import LeadId
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import AgentGone
from domain.routing.agent import AgentStatus
from services.applied import Applied
from tests.db.databases import run_script
from tests.support.eventually import assert_eventually
from tests.support.people import People, populate
from tests.support.world import World

WINDOW = timedelta(seconds=300)
_EIGHT = {
    "assigned",
    "reassigned",
    "escalated",
    "failed_assignment",
    "sla_warning",
    "sla_breached",
    "agent_unavailable",
    "queue_reordered",
}


async def _configure(world: World, **body: Any) -> None:
    await run_script(
        world.database.owner,
        "INSERT INTO configuration_versions (version, body) "
        f"SELECT max(version) + 1, '{json.dumps(body)}' FROM configuration_versions",
    )


async def _set_status(world: World, people: People, status: AgentStatus) -> None:
    for agent in people.agents:
        answer = await world.api.put(
            f"/v1/agents/{agent}/status", json={"status": status}, headers=world.token(people.admin)
        )
        assert answer.status_code == 204


@asynccontextmanager
async def _draining(world: World) -> AsyncIterator[None]:
    """The drain's activity runs, as the worker runs it."""
    services = world.services
    loops = LoopActivities(services.relay, services.drain, services.absences, services.telephony)
    environment = ActivityEnvironment()
    running = asyncio.create_task(environment.run(loops.drain))
    try:
        yield
    finally:
        environment.worker_shutdown()
        await asyncio.wait_for(running, 10)


async def test_every_event_of_the_schema_is_said_once(world: World) -> None:
    await _configure(world, sla={"max_reassignments": 0, "warnings": []}, queues={"stale_hours": 0.05})
    people = await populate(world.database, agents=2, capacity=1)
    assigned = await world.receive(external_id="assigned")
    first = (await world.until(assigned, "offered")).agent
    assert first is not None
    await world.api.put(f"/v1/agents/{first}/status", json={"status": "Offline"}, headers=world.token(people.admin))
    await _gone(world, assigned)
    assert (await world.lead(assigned)).agent in set(people.agents) - {first}

    waiting = await world.receive(external_id="waiting")
    await world.until(waiting, "queued")
    await world.advance(timedelta(seconds=181))
    for _ in range(2):
        await world.services.drain.look_after()
    await world.command(waiting, "withdraw", people.admin, code="over")

    await world.advance(timedelta(seconds=120))
    await world.until(assigned, "escalated")
    events = await world.sql('SELECT "eventType" FROM "RoutingEvent"')
    counted = Counter(name for (name,) in events if name in _EIGHT)
    assert counted == dict.fromkeys(_EIGHT, 1)
    for lead_id in (assigned, waiting):
        await world.replay(lead_id)


async def _gone(world: World, lead_id: LeadId) -> None:
    command = AgentGone(command_id="gone", actor=SYSTEM, received_at=world.clock.now(), epoch=1)
    answer = await world.services.lifecycle.apply(lead_id, command)
    assert isinstance(answer, Applied)
    assert answer.changed
    await world.services.teller.tell(lead_id)


@pytest.mark.parametrize("change", ["somebody comes", "a slot is freed"])
async def test_a_waiting_lead_moves_within_two_seconds(world: World, change: str) -> None:
    people = await populate(world.database, agents=1, capacity=1)
    held = await world.receive(external_id="held")
    await world.until(held, "offered")
    if change == "somebody comes":
        await world.command(held, "withdraw", people.admin, code="over")
        await _set_status(world, people, AgentStatus.OFFLINE)
    waiting = await world.receive(external_id="waiting")
    await world.until(waiting, "queued")
    async with _draining(world):
        if change == "somebody comes":
            await _set_status(world, people, AgentStatus.AVAILABLE)
        else:
            await world.command(held, "withdraw", people.admin, code="over")
        await world.until(waiting, "offered", seconds=2)
    await world.settle()
    await world.replay(waiting)


async def test_the_start_of_a_shift_moves_a_lead(world: World) -> None:
    people = await populate(world.database, agents=1)
    begins = world.clock.now().replace(second=0, microsecond=0) + timedelta(minutes=2)
    last = begins.replace(hour=23, minute=59, second=59)
    shift = (
        "INSERT INTO agent_shifts (agent_id, weekday, starts, ends) "
        f"VALUES ('{people.agents[0]}', {begins.weekday()}, '{begins:%H:%M}', '{last:%H:%M:%S}')"
    )
    await run_script(world.database.owner, shift)
    lead_id = await world.receive()
    await world.until(lead_id, "queued")
    assert await world.services.drain.run_once() == 0
    await world.advance(begins - world.clock.now() + timedelta(milliseconds=10))
    assert await world.services.drain.run_once() == 1
    assert (await world.lead(lead_id)).agent == people.agents[0]


async def test_a_batch_starts_the_windows_of_its_leads(world: World) -> None:
    await _configure(world, strategy={"name": "optimal", "batch_seconds": 10}, sla={"queue_retry_seconds": 5})
    people = await populate(world.database, agents=2, capacity=2)
    leads = [await world.receive(external_id=str(number)) for number in range(4)]
    for lead_id in leads:
        await world.until(lead_id, "queued")
    # Their own workflows look after them meanwhile, which neither routes them nor counts as a try.
    await world.advance(timedelta(seconds=11))
    assert [(await world.lead(lead_id)).state for lead_id in leads] == ["queued"] * 4
    assert await world.sql('SELECT DISTINCT "assignmentAttempts" FROM "AssignmentQueue"') == [(0,)]

    async def all_offered() -> bool:
        # One whose own workflow looks after it at this moment stays for the next batch.
        await world.services.drain.run_once()
        return {(await world.lead(lead_id)).state.value for lead_id in leads} == {"offered"}

    await assert_eventually(all_offered, 30, what="every lead of the batch is offered")
    holders = Counter([(await world.lead(lead_id)).agent for lead_id in leads])
    assert holders == dict.fromkeys(people.agents, 2)
    await world.advance(WINDOW + timedelta(seconds=1))
    for lead_id in leads:
        assert (await world.lead(lead_id)).claim_breached
        await world.replay(lead_id)
