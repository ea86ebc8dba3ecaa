"""Another system says whose attempt it was; it is never credited to somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from domain.ids import LeadId
from tests.support.people import populate
from tests.support.world import World


async def _by_another_system(world: World, lead_id: LeadId, key: str | None = None, **body: Any) -> httpx.Response:
    headers = world.token(None) | ({"Idempotency-Key": key} if key else {})
    return await world.api.post(f"/v1/leads/{lead_id}/contact", json=body, headers=headers)


async def test_a_former_holders_late_call_is_not_the_new_holders(world: World) -> None:
    people = await populate(world.database, agents=2)
    lead_id = await world.receive()
    first = (await world.until(lead_id, "offered")).agent
    assert first is not None
    await world.command(lead_id, "claim", first)
    called_at = world.clock.now() + timedelta(seconds=30)
    await world.advance(timedelta(seconds=301))
    second = (await world.until(lead_id, "offered")).agent
    assert second is not None
    await world.command(lead_id, "claim", second)

    late = {"result": "no_answer", "external_id": "call-1", "occurred_at": called_at.isoformat()}
    answer = await _by_another_system(world, lead_id, agent=str(first), **late)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "claimed"
    attempts = await world.sql("SELECT agent_id, epoch FROM contact_attempts WHERE lead_id = $1", lead_id)
    assert attempts == [(first, 1)]
    excused = await world.sql("SELECT breach_excused FROM lead_offers WHERE lead_id = $1 AND epoch = 1", lead_id)
    assert excused == [(True,)]

    own = await _by_another_system(world, lead_id, agent=str(second), result="no_answer", external_id="call-2")
    assert own.json()["state"] == "attempting"
    refused = await _by_another_system(world, lead_id, agent=str(people.manager), result="connected")
    assert (refused.status_code, refused.json()["title"]) == (403, "Forbidden")
    assert "agent: " in refused.json()["detail"]
    foreign = await world.command(lead_id, "contact", first, agent=str(second), result="connected")
    assert (foreign.status_code, foreign.json()["title"]) == (403, "Forbidden")
    assert len(await world.sql("SELECT 1 FROM contact_attempts WHERE lead_id = $1", lead_id)) == 2
