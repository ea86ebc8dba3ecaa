"""Notices reach those for whom they are, and a lead's clock is told with the lead."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.support.people import populate
from tests.support.world import World


async def _notices(world: World, reader: UUID, **asked: str) -> list[dict[str, Any]]:
    answer = await world.api.get("/v1/notices", headers=world.token(reader), params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def _seen(world: World, reader: UUID, notice: str) -> int:
    return (await world.api.post(f"/v1/notices/{notice}/seen", headers=world.token(reader))).status_code


async def test_a_warning_is_its_agents_and_a_breach_the_managers(world: World) -> None:
    people = await populate(world.database, agents=1)
    (agent,) = people.agents
    stranger = await populate(world.database, agents=1, line="Life")
    lead_id = await world.receive()
    await world.until(lead_id, "offered")

    status = (await world.api.get(f"/v1/leads/{lead_id}", headers=world.token(agent))).json()["sla"]
    assert (status["window"], status["health"], status["missed"]) == ("claim", "ok", False)
    assert 0 < status["left_s"] <= 300

    await world.advance(timedelta(seconds=240))
    (warning,) = await _notices(world, agent, unseen="true")
    assert (warning["kind"], warning["lead_id"], warning["data"]["window"]) == ("sla_warning", str(lead_id), "claim")
    for other in (people.manager, stranger.agents[0]):
        assert await _notices(world, other) == []
        assert await _seen(world, other, warning["id"]) == 404
    status = (await world.api.get(f"/v1/leads/{lead_id}", headers=world.token(agent))).json()["sla"]
    assert (status["health"], status["warnings_given"]) == ("warned", 1)

    assert await _seen(world, agent, warning["id"]) == 204
    assert await _notices(world, agent, unseen="true") == []
    (seen,) = await _notices(world, agent)
    assert await _seen(world, agent, warning["id"]) == 204
    assert await _notices(world, agent) == [seen]

    await world.advance(timedelta(seconds=61))
    breaches = [notice for notice in await _notices(world, people.manager) if notice["kind"] == "sla_breached"]
    assert [notice["audience"] for notice in breaches] == ["managers"]
    assert await _notices(world, people.manager, before=breaches[-1]["at"]) == []
    assert await _seen(world, agent, breaches[0]["id"]) == 404
    assert await _seen(world, people.admin, breaches[0]["id"]) == 204
