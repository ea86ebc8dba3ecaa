"""The API dies at its named points; a claim is neither lost nor doubled."""

from __future__ import annotations

import pytest

from tests.support.faults import open_house
from tests.support.servers import Servers


@pytest.mark.timeout(180)
async def test_an_api_that_dies_around_a_claim(servers: Servers) -> None:
    # Each API is asked for the claim of the one before it first, and dies at the claim that follows.
    points = ("before_commit/claim", "after_commit/claim:2", "after_telling/claim")
    async with open_house(servers, window_seconds=120) as house:
        house.start("worker")
        api = await house.start_api(crash_at=points[0])
        leads = [await house.receive(point) for point in points]
        offers = [await house.offered(lead_id) for lead_id in leads]
        for lead_id, (agent, epoch), after in zip(leads, offers, (*points[1:], ""), strict=True):
            first = await house.once(lead_id, "claim", agent, key=str(lead_id), epoch=epoch)
            await api.died()
            # Only who was told after the answer went out was answered.
            assert (first is not None) == (lead_id == leads[2])
            api = await house.start_api(crash_at=after)
            again = await house.command(lead_id, "claim", agent, key=str(lead_id), epoch=epoch)
            assert (again.status_code, again.json()["state"]) == (200, "claimed"), again.text
            assert again.json()["changed"] == (lead_id == leads[0]), "only the first was not committed before"
        await house.settled()
        claims = await house.sql("SELECT lead_id, count(*) FROM lead_transitions WHERE kind = 'claim' GROUP BY 1")
        assert sorted(claims) == sorted((lead_id, 1) for lead_id in leads)
        await house.finish_all()
        await house.settled()
        await house.prove()
