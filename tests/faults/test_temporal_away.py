"""Temporal is killed while agents claim and leads come in: the answers stay the same, the workflows follow later."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.support.faults import House, open_house
from tests.support.servers import Servers

_PROMPT = timedelta(seconds=2)


async def _work_without_temporal(house: House, leads: int, away_seconds: float) -> None:
    """Leads come in, agents claim and reach customers, all through HTTP while there is no Temporal."""
    before = [await house.receive(f"before-{number}") for number in range(leads)]
    offers = {lead_id: await house.offered(lead_id) for lead_id in before}
    await house.settled()
    house.servers.kill_temporal()
    loop = asyncio.get_running_loop()
    back_at = loop.time() + away_seconds
    for number, lead_id in enumerate(before):
        agent, epoch = offers[lead_id]
        # Once each: there is nothing to wait for, so nobody has to insist.
        claimed = await house.once(lead_id, "claim", agent, key=f"claim-{lead_id}", epoch=epoch)
        assert claimed is not None
        assert (claimed.status_code, claimed.json()["state"]) == (200, "claimed"), claimed.text
        assert claimed.elapsed < _PROMPT
        await house.receive(f"while-away-{number}", seconds=2)
    waiting = await house.sql("SELECT count(*) FROM crm_leads WHERE lifecycle_state = 'received'")
    assert waiting == [(leads,)]
    # The outage has its length, whatever is done in it.
    await asyncio.sleep(max(0.0, back_at - loop.time()))
    await asyncio.to_thread(house.servers.start_temporal)
    await house.settled()
    await house.finish_all()
    await house.settled()
    await house.prove()


async def test_temporal_killed_while_agents_claim(servers: Servers) -> None:
    async with open_house(servers, window_seconds=60) as house:
        house.start("worker")
        await house.start_api()
        await _work_without_temporal(house, leads=3, away_seconds=1)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_temporal_away_for_a_minute(servers: Servers) -> None:
    async with open_house(servers, window_seconds=5) as house:
        house.start("worker")
        await house.start_api()
        await _work_without_temporal(house, leads=20, away_seconds=60)
        late = await house.sql(
            "SELECT count(*) FROM lead_transitions WHERE kind = 'breach' AND at > due_at + interval '30 seconds'"
        )
        assert late[0][0] > 0, "windows were missed while nobody could notice, and noticed afterwards"
