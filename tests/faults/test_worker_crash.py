"""The worker dies at its named points, and while leads sleep past their deadlines."""

from __future__ import annotations

import pytest

from domain.ids import LeadId
from tests.support.eventually import assert_eventually
from tests.support.faults import House, open_house
from tests.support.servers import Servers

_TIME_POINTS = ("before_commit/breach", "after_commit/breach", "during_activity/reassign_lead")
_ARRIVAL_POINTS = (
    "before_commit/score",
    "after_commit/score",
    "during_activity/score_lead",
    "before_commit/route",
    "after_commit/route",
    "during_activity/route_lead",
)


@pytest.mark.slow
async def test_a_worker_killed_while_leads_sleep_past_their_deadlines(servers: Servers) -> None:
    async with open_house(servers, window_seconds=4) as house:
        worker = house.start("worker")
        await house.start_api()
        leads = [await house.receive(str(number)) for number in range(6)]
        offers = [await house.offered(lead_id) for lead_id in leads]
        worker.kill()
        (in_time, (agent, epoch)), (late, (late_agent, late_epoch)) = zip(leads[:2], offers[:2], strict=True)
        claimed = await house.command(in_time, "claim", agent, key="in time", epoch=epoch)
        contacted = await house.command(in_time, "contact", agent, key="reached", epoch=epoch, result="connected")
        assert (claimed.status_code, contacted.json()["state"]) == (200, "contacted")

        async def overdue() -> bool:
            query = "SELECT count(*) FROM crm_leads WHERE claim_timer_expires_at < now() - interval '2 s'"
            return await house.sql(query) == [(5,)]

        await assert_eventually(overdue, 20, what="five deadlines passed two seconds ago")
        # Nobody wrote the breach, nobody else has the lead: a late claim counts, and says that it is late.
        claimed = await house.command(late, "claim", late_agent, key="late", epoch=late_epoch)
        assert (claimed.status_code, claimed.json()["state"]) == (200, "claimed"), claimed.text
        house.start("worker")
        for lead_id in leads[2:]:
            await _passed_on(house, lead_id)
        first_misses = await house.sql(
            "SELECT lead_id, at >= due_at + interval '2 s' FROM lead_transitions WHERE kind = 'breach' AND epoch <= 2 "
            "AND lead_id = ANY($1) AND due_at IN (SELECT claim_expires_at FROM lead_offers WHERE epoch = 1)",
            leads[2:],
        )
        assert sorted(first_misses) == sorted((lead_id, True) for lead_id in leads[2:]), "late, and each once"
        born_expired = await house.sql("SELECT count(*) FROM lead_offers WHERE claim_expires_at <= offered_at")
        assert born_expired == [(0,)]
        flags = await house.sql("SELECT id, claim_sla_breached FROM crm_leads WHERE id = ANY($1)", [in_time, late])
        assert dict(flags) == {in_time: False, late: True}
        await house.finish_all()
        await house.settled()
        await house.prove()


async def _passed_on(house: House, lead_id: LeadId) -> None:
    async def moved() -> bool:
        return (await house.sql("SELECT epoch >= 2 FROM crm_leads WHERE id = $1", lead_id))[0][0] is True

    await assert_eventually(moved, 60, what=f"lead {lead_id} passed on")


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_worker_that_dies_at_every_point(servers: Servers) -> None:
    async with open_house(servers, window_seconds=8) as house:
        await house.start_api()
        for point in _ARRIVAL_POINTS:
            worker = house.start("worker", crash_at=point)
            await house.receive(point)
            await worker.died()
        for point in _TIME_POINTS:
            # The leads of the workers before wait for this one too; its own missed window is among theirs.
            await house.start("worker", crash_at=point).died(seconds=90)
        await _tells_and_dies(house)
        house.start("worker")
        await house.settled()
        once = await house.sql(
            "SELECT count(*), count(DISTINCT (lead_id, epoch)) FROM lead_transitions WHERE kind = 'breach'"
        )
        assert once[0][0] == once[0][1] > 0
        await house.finish_all()
        await house.settled()
        await house.prove()


async def _tells_and_dies(house: House) -> None:
    """A committed claim that nobody told: the relay tells it, and the worker dies before it is noted."""
    worker = house.start("worker")
    lead_id = await house.receive("told by the relay")
    agent, epoch = await house.offered(lead_id)
    worker.kill()
    worker = house.start("worker", crash_at="after_telling/committed")
    api = house.processes[0]
    api.kill()
    api = await house.start_api(crash_at="after_commit/claim")
    await house.once(lead_id, "claim", agent, key="claimed and died", epoch=epoch)
    await api.died()
    await worker.died(seconds=90)
    await house.start_api()
