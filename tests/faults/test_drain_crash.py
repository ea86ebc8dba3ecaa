"""The worker dies in the middle of a round of the drain."""

from __future__ import annotations

import pytest

from db.repositories.configurations import publish_configuration
from db.session import admin_transaction, create_engines
from tests.support.eventually import assert_eventually
from tests.support.faults import House, open_house
from tests.support.servers import Servers

_LEADS = 12


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("strategy", ["greedy", "optimal"])
@pytest.mark.parametrize("point", ["before_commit/route:4", "after_commit/route:4", "after_telling/committed:4"])
async def test_a_worker_killed_while_it_drains(servers: Servers, strategy: str, point: str) -> None:
    async with open_house(servers, window_seconds=600) as house:
        await _only_the_drain_routes(house, strategy)
        await house.sql("UPDATE \"AgentAvailability\" SET status = 'Offline'")
        worker = house.start("worker")
        await house.start_api()
        leads = [await house.receive(str(number)) for number in range(_LEADS)]
        for lead_id in leads:
            await house.until(lead_id, "queued")
        await house.settled()
        worker.kill()
        worker = house.start("worker", crash_at=point)
        await house.sql("UPDATE \"AgentAvailability\" SET status = 'Available'")
        await worker.died(seconds=90)
        waiting = await house.sql("SELECT count(*) FROM crm_leads WHERE lifecycle_state = 'queued'")
        assert 0 < waiting[0][0] < _LEADS, "it died in the middle"
        house.start("worker")

        async def all_offered() -> bool:
            states = await house.sql("SELECT DISTINCT lifecycle_state FROM crm_leads")
            return states == [("offered",)]

        await assert_eventually(all_offered, 90, what="every lead is offered")
        offers = await house.sql("SELECT lead_id FROM lead_offers")
        assert sorted(offers) == sorted((lead_id,) for lead_id in leads), "each once"
        loads = await house.sql('SELECT sum("currentLoad") FROM "AgentAvailability"')
        assert loads == [(_LEADS,)]
        await house.finish_all()
        await house.settled()
        await house.prove()


async def _only_the_drain_routes(house: House, strategy: str) -> None:
    """Waiting leads' own workflows look for an agent too late to take part."""
    body = {
        "sla": {"claim_seconds": 600, "contact_seconds": 600, "queue_retry_seconds": 600},
        "strategy": {"name": strategy, "batch_seconds": 1},
    }
    engines = create_engines(house.database.application, pool_size=1, application_name="tests")
    try:
        async with admin_transaction(engines.admin) as connection:
            await publish_configuration(connection, body, "the drain alone", None)
    finally:
        await engines.dispose()
