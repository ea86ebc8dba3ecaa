"""Hand-over through the API; the workflows follow."""

from __future__ import annotations

from tests.support.people import populate
from tests.support.world import World


async def test_an_agents_leads_go_to_the_others_and_their_windows_run(world: World) -> None:
    people = await populate(world.database, agents=1)
    (agent,) = people.agents
    offered = await world.receive()
    claimed = await world.receive()
    for lead_id in (offered, claimed):
        await world.until(lead_id, "offered")
    await world.command(claimed, "claim", agent)
    (other,) = (await populate(world.database, agents=1)).agents

    path = f"/v1/agents/{agent}/hand-over"
    preview = (await world.api.get(path, headers=world.token(people.manager))).json()
    assert [(line["state"], line["to_agent"]) for line in preview["lines"]] == [
        ("offered", str(other)),
        ("claimed", str(other)),
    ]
    assert (await world.api.post(path, headers=world.token(agent))).status_code == 403

    done = await world.api.post(path, headers=world.token(people.manager))
    assert (done.status_code, done.json()["failed"]) == (200, 0)
    for lead_id in (offered, claimed):
        assert (await world.until(lead_id, "offered")).agent == other
    await world.settle()
    for lead_id in (offered, claimed):
        await world.replay(lead_id)
