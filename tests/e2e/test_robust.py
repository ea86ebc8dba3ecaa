"""What one sender, one lead or one broken setting does must not touch anything else."""

from __future__ import annotations

from datetime import timedelta

from domain.ids import LeadId
from domain.lifecycle.commands import time_command_id
from domain.lifecycle.state import LifecycleState
from tests.support.eventually import assert_eventually
from tests.support.people import populate
from tests.support.world import World
from workflows.messages import ClaimSignal, Committed, ContactSignal, LeadSnapshot

WINDOW = timedelta(seconds=300)


async def _parked(world: World, lead_id: LeadId) -> bool:
    return await world.sql("SELECT parked_code FROM crm_leads WHERE id = $1", lead_id) == [("configuration",)]


async def test_nobody_can_use_up_the_ids_of_time(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    victim, own = await world.receive(external_id="victim"), await world.receive(external_id="own")
    sleeping = await world.until(victim, "offered")
    await world.until(own, "offered")
    stolen = time_command_id(victim, "breach", sleeping.epoch, sleeping.claim_expires_at)
    headers = {**world.token(agent), "Idempotency-Key": stolen}
    assert (await world.api.post(f"/v1/leads/{own}/claim", json={}, headers=headers)).status_code == 200
    await world.settle()
    await world.advance(WINDOW + timedelta(seconds=1))
    assert (await world.lead(victim)).claim_breached


async def test_a_call_that_is_reported_again_counts_once(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    await world.command(lead_id, "claim", agent)
    for result in ("no_answer", "connected"):
        answer = await world.command(lead_id, "contact", agent, result=result, external_id="call-1")
        assert (answer.status_code, answer.json()["state"]) == (200, "attempting"), answer.text
    await world.handle(lead_id).signal("contact", ContactSignal(actor=agent, external_id="call-1"))
    outcome = await world.handle(lead_id).execute_update("release", {"actor": str(agent), "code": "done"})
    assert outcome["code"] == "applied", "the lead's loop still turns"
    assert await world.sql("SELECT count(*) FROM contact_attempts") == [(1,)]


async def test_the_same_command_through_both_doors_is_one_command(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    headers = {**world.token(agent), "Idempotency-Key": "once"}
    await world.api.post(f"/v1/leads/{lead_id}/claim", json={}, headers=headers)
    again = await world.handle(lead_id).execute_update("claim", ClaimSignal(actor=agent, command_id="once"))
    assert again["code"] == "unchanged"
    claims = await world.sql("SELECT count(*) FROM lead_transitions WHERE kind = 'claim'")
    assert claims == [(1,)]


async def test_other_systems_cannot_hold_a_lead(world: World) -> None:
    await populate(world.database, agents=1)
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    answer = await world.api.post(f"/v1/leads/{lead_id}/claim", json={}, headers=world.token(None))
    assert (answer.status_code, answer.json()["title"]) == (403, "Forbidden")


async def test_a_forged_snapshot_neither_ends_nor_moves_a_lead(world: World) -> None:
    await populate(world.database, agents=2)
    lead_id = await world.receive()
    offered = await world.until(lead_id, "offered")
    await world.settle()
    forged = LeadSnapshot.of(offered).model_copy(
        update={"seq": 1_000_000, "state": LifecycleState.CLOSED, "wake_at": None}
    )
    await world.handle(lead_id).signal("committed", Committed(committed=forged))
    await world.advance(WINDOW + timedelta(seconds=1))
    lead = await world.lead(lead_id)
    assert (lead.epoch, lead.claim_breached) == (2, True)
    assert lead.seq < 100
    kinds = await world.sql("SELECT count(*) FROM lead_transitions WHERE kind = 'store_restored'")
    assert kinds == [(0,)]
    await world.replay(lead_id)


async def test_a_broken_configuration_parks_its_lead_and_no_other(world: World) -> None:
    people = await populate(world.database, agents=1, status="Offline")
    broken, healthy = await world.receive(external_id="broken"), await world.receive(external_id="healthy")
    await world.until(broken, "queued")
    await world.until(healthy, "queued")
    await world.sql("UPDATE crm_leads SET config_version = 99 WHERE id = $1", broken)
    await world.sql('UPDATE "AgentAvailability" SET status = \'Available\' WHERE "agentId" = $1', people.agents[0])
    assert await world.services.drain.run_once() == 1
    assert (await world.lead(healthy)).state == "offered"
    await world.advance(timedelta(minutes=11))

    async def parked() -> bool:
        return await _parked(world, broken)

    await assert_eventually(parked)


async def test_a_declined_lead_does_not_come_back_to_the_decliner(world: World) -> None:
    people = await populate(world.database, agents=1)
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    declined = await world.command(lead_id, "decline", people.agents[0], code="busy")
    assert declined.json()["state"] == "queued"
    assert await world.services.drain.run_once() == 0
    newcomer = (await populate(world.database, agents=1)).agents[0]
    assert await world.services.drain.run_once() == 1
    assert (await world.lead(lead_id)).agent == newcomer
    rows = await world.sql("SELECT reason, notes FROM crm_lead_reassignments WHERE lead_id = $1", lead_id)
    assert rows == [("unclaimed", "declined:busy")]
