"""The report of response times through the API."""

from __future__ import annotations

from tests.support.people import populate
from tests.support.world import World


async def test_a_manager_reads_what_an_agent_may_not(world: World) -> None:
    people = await populate(world.database, agents=1)
    (agent,) = people.agents
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    await world.command(lead_id, "claim", agent)
    await world.command(lead_id, "contact", agent, result="connected")

    path = "/v1/reports/response-times"
    found = (await world.api.get(path, headers=world.token(people.manager), params={"by": "agent"})).json()
    assert [(line["group"], line["stage"], line["count"]) for line in found["lines"]] == [
        (str(agent), stage, 1) for stage in ("assign", "claim", "first_attempt", "first_connection")
    ]
    refused = await world.api.get(path, headers=world.token(agent))
    assert (refused.status_code, refused.json()["title"]) == (403, "Forbidden")
    empty = {"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}
    wrong = await world.api.get(path, headers=world.token(people.manager), params=empty)
    assert wrong.status_code == 422
    assert "92 days at most" in wrong.json()["detail"]
