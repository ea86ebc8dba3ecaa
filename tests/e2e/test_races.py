"""Many callers at once, on real Postgres."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Claim
from services.applied import Applied, Refused
from tests.support.people import populate
from tests.support.world import World


async def test_ten_callers_want_one_escalated_lead(world: World) -> None:
    people = await populate(world.database, agents=10, status="Offline")
    lead_id = await world.receive()
    await world.until(lead_id, "queued")
    await world.sql(
        "UPDATE crm_leads SET lifecycle_state = 'escalated', epoch = 1, escalation_level = 1 WHERE id = $1", lead_id
    )
    answers = await asyncio.gather(
        *(
            world.services.people.apply(
                lead_id,
                Claim(
                    command_id=str(uuid4()),
                    actor=Actor(role=Role.AGENT, id=agent),
                    received_at=world.clock.now(),
                ),
            )
            for agent in people.agents
        )
    )
    winners = [answer for answer in answers if isinstance(answer, Applied)]
    losers = [answer for answer in answers if isinstance(answer, Refused)]
    assert len(winners) == 1
    owner = winners[0].lead.agent
    assert {answer.refusal.code for answer in losers} == {"AlreadyClaimed"}
    assert {answer.refusal.detail["claimed_by"] for answer in losers} == {str(owner)}
    loads = await world.sql('SELECT "agentId", "currentLoad" FROM "AgentAvailability" WHERE "currentLoad" > 0')
    assert loads == [(owner, 1)]


async def test_the_last_slots_are_not_given_twice(world: World) -> None:
    people = await populate(world.database, agents=2, capacity=3)
    leads = await asyncio.gather(*(world.receive(external_id=str(number)) for number in range(12)))
    for lead_id in leads:
        await world.until(lead_id, "offered", "queued", seconds=20)
    states = await world.sql(
        "SELECT lifecycle_state, count(*) FROM crm_leads GROUP BY 1 ORDER BY 1",
    )
    assert states == [("offered", 6), ("queued", 6)]
    loads = await world.sql('SELECT "agentId", "currentLoad" FROM "AgentAvailability" ORDER BY 1')
    assert loads == [(agent, 3) for agent in sorted(people.agents)]


async def test_one_person_sent_twice_at_once_is_one_lead(world: World) -> None:
    await populate(world.database, agents=1)
    made = await asyncio.gather(*(world.receive(external_id="same") for _ in range(8)))
    assert len(set(made)) == 1
    assert await world.sql("SELECT count(*) FROM crm_leads") == [(1,)]
