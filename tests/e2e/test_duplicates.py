"""A customer who asks twice has one agent, one workflow and one clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from domain.ids import LeadId
from tests.support.people import populate
from tests.support.world import World

_LEAD = {"source": "website", "phone": "+12025550155", "insurance_type": "Auto"}


async def send(world: World, *, key: str | None = None, **facts: Any) -> httpx.Response:
    headers = world.token(None) | ({"Idempotency-Key": key} if key is not None else {})
    return await world.api.post("/v1/leads", json={**_LEAD, **facts}, headers=headers)


async def test_a_second_request_joins_the_open_lead_and_leaves_its_clock_alone(world: World) -> None:
    people = await populate(world.database, agents=2)
    first = (await send(world)).json()
    assert (first["created"], first["joined"]) == (True, False)
    lead_id = LeadId(UUID(first["id"]))
    offered = await world.until(lead_id, "offered")
    await world.advance(timedelta(seconds=60))
    told = (await world.handle(lead_id).describe()).history_length
    second = await send(world, source="facebook", email="ana@example.com", key="k")
    assert second.status_code == 200, second.text
    answer = second.json()
    assert (answer["id"], answer["created"], answer["joined"]) == (first["id"], False, True)
    assert (await send(world, source="facebook", email="ana@example.com", key="k")).json() == answer
    assert (await send(world, source="facebook", email="bo@example.com", key="k")).status_code == 409
    assert await world.lead(lead_id) == offered
    assert (await world.handle(lead_id).describe()).history_length == told, "nothing was told"

    seen = (await world.api.get(f"/v1/leads/{lead_id}/timeline", headers=world.token(people.admin))).json()
    assert [entry["data"]["added"] for entry in seen if entry["kind"] == "joined"] == [["email"]]
    assert "ana@example.com" not in str(seen)

    assert offered.agent is not None
    await world.command(lead_id, "claim", offered.agent)
    card = await world.api.get(f"/v1/leads/{lead_id}", headers=world.token(offered.agent))
    assert card.json()["email"] == "ana@example.com"
    await world.replay(lead_id)
