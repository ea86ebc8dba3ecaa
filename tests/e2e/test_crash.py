"""Processes die; leads do not notice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tests.db.databases import Database
from tests.support.eventually import assert_eventually
from tests.support.people import populate
from tests.support.worker_process import worker_process
from tests.support.world import open_world

WINDOW = timedelta(seconds=300)
LEADS = 8


async def test_a_worker_killed_while_leads_sleep(database: Database, temporal: str) -> None:
    async with open_world(database, temporal, working=False) as world:
        await populate(database, agents=8)
        with worker_process(database, temporal, world.task_queue) as first:
            leads = [await world.receive(external_id=str(number)) for number in range(LEADS)]
            for lead_id in leads:
                await world.until(lead_id, "offered", seconds=30)
            claimed, asleep = leads[0], leads[1:]
            holder = (await world.lead(claimed)).agent
            assert holder is not None
            await world.settle()
            first.kill()

        # The edge needs no worker: this claim is in time and must never be breached.
        assert (await world.command(claimed, "claim", holder)).status_code == 200
        with worker_process(database, temporal, world.task_queue):
            await world.settle(seconds=30)
            await asyncio.wait_for(world.advance(WINDOW - timedelta(seconds=120)), 60)
            contacted = await world.command(claimed, "contact", holder, result="connected")
            assert contacted.json()["state"] == "contacted"
            await world.settle(seconds=30)
            await asyncio.wait_for(world.advance(timedelta(seconds=125)), 60)

            async def passed_on() -> bool:
                return all([(await world.lead(lead_id)).epoch >= 2 for lead_id in asleep])

            await assert_eventually(passed_on, 30)
        assert not (await world.lead(claimed)).claim_breached
        assert not (await world.lead(claimed)).contact_breached
        breaches = await world.sql(
            "SELECT lead_id, at >= due_at FROM lead_transitions WHERE kind = 'breach' AND lead_id = ANY($1)", asleep
        )
        assert sorted(lead_id for lead_id, _ in breaches) == sorted(asleep), "each breach once, none missing"
        assert all(not_early for _, not_early in breaches)
        loads = await world.sql('SELECT sum("currentLoad") FROM "AgentAvailability"')
        live = await world.sql("SELECT count(*) FROM crm_leads WHERE lifecycle_state IN ('offered', 'claimed')")
        assert loads == live
