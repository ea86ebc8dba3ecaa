"""The lead's life on real parts, with the real five-minute windows."""

from __future__ import annotations

from datetime import timedelta

from tests.support.people import populate
from tests.support.world import World

WINDOW = timedelta(seconds=300)


async def test_claimed_and_contacted_in_time(world: World) -> None:
    people = await populate(world.database, agents=1)
    lead_id = await world.receive()
    offered = await world.until(lead_id, "offered")
    assert offered.agent == people.agents[0]
    assert offered.claim_expires_at == offered.last_at + WINDOW

    await world.advance(timedelta(seconds=240))
    claimed = await world.command(lead_id, "claim", people.agents[0], epoch=offered.epoch)
    assert claimed.status_code == 200, claimed.text
    await world.advance(timedelta(seconds=240))
    contacted = await world.command(lead_id, "contact", people.agents[0], result="connected")
    assert contacted.json()["state"] == "contacted", contacted.text
    closed = await world.command(lead_id, "outcome", people.agents[0], result="won", quality=90)
    assert closed.json()["state"] == "closed"

    result = await world.handle(lead_id).result()
    assert (result.end, result.seq) == ("closed", closed.json()["seq"])
    lead = await world.lead(lead_id)
    assert not lead.claim_breached
    assert not lead.contact_breached
    await world.replay(lead_id)


async def test_never_claimed_is_reassigned_then_escalated(world: World) -> None:
    people = await populate(world.database, agents=5)
    lead_id = await world.receive()
    await world.until(lead_id, "offered")

    await world.advance(WINDOW + timedelta(seconds=1))
    second = await world.lead(lead_id)
    assert (second.state, second.epoch, second.claim_breached, second.reassignment_count) == ("offered", 2, True, 1)

    # Each window opens a little after the last one was missed: the machine's own time passes too.
    await world.advance(3 * WINDOW + timedelta(seconds=120))
    escalated = await world.lead(lead_id)
    assert escalated.state == "escalated"
    assert escalated.agent is None
    rows = await world.sql(
        "SELECT from_agent_id, to_agent_id, reason, stage FROM crm_lead_reassignments WHERE lead_id = $1"
        " ORDER BY created_at",
        lead_id,
    )
    assert [(reason, stage) for _, _, reason, stage in rows] == [("unclaimed", "claim_window")] * 3
    holders = [rows[0][0], *(to for _, to, _, _ in rows)]
    assert len(set(holders)) == 4, "nobody gets the lead twice while somebody else is there"
    assert set(holders) <= set(people.agents)
    loads = await world.sql('SELECT sum("currentLoad") FROM "AgentAvailability"')
    assert loads == [(0,)]
    await world.replay(lead_id)


async def test_claimed_but_never_contacted_is_reassigned(world: World) -> None:
    people = await populate(world.database, agents=2)
    lead_id = await world.receive()
    offered = await world.until(lead_id, "offered")
    first = offered.agent
    assert first is not None
    assert (await world.command(lead_id, "claim", first)).status_code == 200

    await world.advance(WINDOW + timedelta(seconds=1))
    moved = await world.lead(lead_id)
    assert (moved.state, moved.epoch) == ("offered", 2)
    assert {first, moved.agent} == set(people.agents)
    assert not moved.contact_breached, "the flag belongs to the assignment; the next agent starts clean"
    offers = await world.sql(
        "SELECT agent_id, status, contact_breached FROM lead_offers WHERE lead_id = $1 ORDER BY epoch", lead_id
    )
    assert offers == [(first, "missed", True), (moved.agent, "open", False)]
    rows = await world.sql("SELECT reason, stage, notes FROM crm_lead_reassignments WHERE lead_id = $1", lead_id)
    assert rows == [("no_contact", "contact_window", None)]
    await world.replay(lead_id)


async def test_a_lead_that_nobody_can_take_waits_and_is_picked_up(world: World) -> None:
    people = await populate(world.database, agents=1, status="Offline")
    lead_id = await world.receive()
    await world.until(lead_id, "queued")
    queued = await world.sql('SELECT "queueType" FROM "AssignmentQueue" WHERE "leadId" = $1', lead_id)
    assert queued == [("waiting",)]

    answer = await world.api.put(
        f"/v1/agents/{people.agents[0]}/status",
        json={"status": "Available"},
        headers=world.token(people.agents[0]),
    )
    assert answer.status_code == 204
    assert await world.services.drain.run_once() == 1
    offered = await world.lead(lead_id)
    assert (offered.state, offered.agent) == ("offered", people.agents[0])
    assert await world.sql('SELECT count(*) FROM "AssignmentQueue"') == [(0,)]
    await world.advance(WINDOW + timedelta(seconds=1))
    assert (await world.lead(lead_id)).claim_breached
    await world.replay(lead_id)


async def test_the_end_of_a_life_brings_the_agents_metrics_up_to_date(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    for number, result in enumerate(("won", "lost")):
        lead_id = await world.receive(external_id=str(number))
        await world.until(lead_id, "offered")
        await world.command(lead_id, "claim", agent)
        await world.command(lead_id, "contact", agent, result="connected")
        await world.command(lead_id, "outcome", agent, result=result, handling_minutes=10 * (number + 1))
        await world.handle(lead_id).result()
    metrics = await world.sql(
        'SELECT "agentId", "leadsAssigned", "leadsConverted", "conversionRate", "avgHandlingTimeMinutes"'
        ' FROM "AgentPerformanceMetrics"'
    )
    assert metrics == [(agent, 2, 1, 0.5, 15.0)]
