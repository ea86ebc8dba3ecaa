"""Agents who go away, and an outage through which leads sleep past their deadlines."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta

from services.outages import GivingBack, Heartbeat
from tests.db.databases import Database
from tests.support.people import populate
from tests.support.world import World, open_world
from workers.worker import make_worker

_WINDOW = timedelta(seconds=300)
_SECOND = timedelta(seconds=1)


async def test_an_offer_of_somebody_who_goes_offline_moves_on_after_the_grace(world: World) -> None:
    people = await populate(world.database, agents=2)
    lead_id = await world.receive()
    first = (await world.until(lead_id, "offered")).agent
    status = {"status": "Offline"}
    gone = await world.api.put(f"/v1/agents/{first}/status", json=status, headers=world.token(people.admin))
    assert gone.status_code == 204, gone.text
    await world.advance(timedelta(seconds=50))
    assert await world.services.absences.run_once() == 0
    await world.advance(timedelta(seconds=12))
    assert await world.services.absences.run_once() == 1
    await world.settle()
    lead = await world.lead(lead_id)
    assert (lead.state, lead.epoch, lead.claim_breached) == ("offered", 2, False)
    assert lead.agent in set(people.agents) - {first}
    rows = await world.sql("SELECT reason, stage, notes FROM crm_lead_reassignments")
    assert rows == [("unclaimed", "claim_window", "agent_offline")]
    await world.replay(lead_id)


async def test_three_windows_missed_in_a_row_are_a_break(world: World) -> None:
    await world.configure(sla={"max_reassignments": 9})
    people = await populate(world.database, agents=1)
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    for _ in range(3):
        assert await world.services.absences.look_after() == 0
        await world.advance(_WINDOW + 2 * _SECOND)
    assert await world.services.absences.look_after() == 1
    assert await world.services.absences.look_after() == 0
    assert await world.sql('SELECT status FROM "AgentAvailability"') == [("Break",)]
    assert await world.sql("SELECT agent_id FROM notices WHERE kind = 'set_to_break'") == [(people.agents[0],)]


async def test_nobody_is_blamed_for_an_outage(database: Database, temporal: str) -> None:
    async with (
        open_world(database, temporal, working=False) as world,
        AsyncExitStack() as first,
        AsyncExitStack() as second,
    ):
        services = world.services
        agent = (await populate(database, agents=1)).agents[0]
        api = Heartbeat(services.outages, world.engines.service, world.clock, "api")
        await api.beat()
        await first.enter_async_context(make_worker(world.client, services, task_queue=world.task_queue))
        claimed, offered = await world.receive(), await world.receive()
        for lead_id in (claimed, offered):
            await world.until(lead_id, "offered")
        assert (await world.command(claimed, "claim", agent)).status_code == 200
        await world.settle()
        before = {lead_id: await world.lead(lead_id) for lead_id in (claimed, offered)}
        await first.aclose()

        world.pass_unattended(timedelta(hours=2))
        ended = await api.beat()
        assert ended is not None
        giving = GivingBack(services.edge, services.outages, world.engines.service, world.clock)
        assert await giving.run_once() == 2
        await second.enter_async_context(make_worker(world.client, services, task_queue=world.task_queue))
        await world.catch_up(timedelta(hours=2))
        await world.settle(seconds=30)
        for lead_id, lead in before.items():
            after = await world.lead(lead_id)
            assert (after.state, after.agent, after.epoch) == (lead.state, lead.agent, lead.epoch)
            assert await world.events(lead_id, "sla_breached", "sla_warning") == []
            assert lead.window_due_at is not None
            assert after.window_due_at is not None
            left = after.window_due_at - world.clock.now()
            assert timedelta(seconds=200) < left <= _WINDOW + timedelta(seconds=30)
        assert (await world.command(offered, "claim", agent)).status_code == 200
        assert not (await world.lead(offered)).claim_breached
        for lead_id in before:
            await world.replay(lead_id)
