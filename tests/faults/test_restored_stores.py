"""A store is put back from an older copy: the database wins, the gap is recorded, the leads go on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.ids import LeadId
from tests.support.eventually import assert_eventually
from tests.support.faults import House, open_house
from tests.support.people import populate
from tests.support.servers import Servers
from tests.support.world import World
from workflows.messages import Committed, LeadSnapshot

# What is done after the copy, beyond the claim.
_LIVES: tuple[tuple[str, ...], ...] = ((), ("contact",), ("contact", "outcome"))


async def test_an_older_snapshot_that_is_due_makes_the_workflow_read_the_row(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    lead_id = await world.receive()
    offered = LeadSnapshot.of(await world.until(lead_id, "offered"))
    await world.command(lead_id, "claim", agent)
    await world.command(lead_id, "contact", agent, result="connected")
    await world.settle()
    handle = world.handle(lead_id)
    for told in (offered, offered.model_copy(update={"wake_at": world.clock.now() - timedelta(seconds=1)})):
        await handle.signal("committed", Committed(committed=told))

    async def reads() -> bool:
        events = (await handle.fetch_history()).events
        names = [event.activity_task_scheduled_event_attributes.activity_type.name for event in events]
        return names.count("read_lead") == 1

    await assert_eventually(reads, what="one look at the row, for the snapshot that is due")
    await world.settle()
    assert (await world.lead(lead_id)).state == "contacted"
    await world.replay(lead_id)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_the_temporal_store_restored_from_an_older_copy(servers: Servers) -> None:
    async with open_house(servers, window_seconds=10) as house:
        house.start("worker")
        await house.start_api()
        known = [await house.receive(f"known-{number}") for number in range(3)]
        for lead_id in known:
            await house.offered(lead_id)
        await asyncio.to_thread(servers.copy_temporal_store)
        # What happens from here on is forgotten by Temporal alone.
        claimed, contacted, ended = known
        for lead_id, verbs in zip(known, _LIVES, strict=True):
            await _act(house, lead_id, verbs)
        new = await house.receive("unknown to the copy")
        await house.offered(new)
        await house.settled()
        before = await _seq(house, claimed)
        await asyncio.to_thread(servers.restore_temporal_store)
        await house.settled()
        restored = await house.sql("SELECT count(*) FROM lead_transitions WHERE kind = 'store_restored'")
        assert restored == [(0,)], "the database was not restored"
        states = await house.sql("SELECT lifecycle_state FROM crm_leads WHERE id = ANY($1)", [contacted, ended])
        assert sorted(states) == [("closed",), ("contacted",)]
        await _missed(house, claimed, before)
        await house.finish_all()
        await house.settled()
        await house.prove()


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_the_postgres_store_restored_from_an_older_copy(servers: Servers) -> None:
    async with open_house(servers, window_seconds=8) as house:
        house.start("worker")
        await house.start_api()
        known = [await house.receive(f"known-{number}") for number in range(4)]
        for lead_id in known:
            await house.offered(lead_id)
        await house.settled()
        await asyncio.to_thread(servers.copy_postgres_store)
        # What happens from here on is forgotten by Postgres alone; one lead's workflow has even ended.
        passed_on = known[0]
        before = await _seq(house, passed_on)
        for lead_id, verbs in zip(known[1:], _LIVES, strict=True):
            await _act(house, lead_id, verbs)
        await _missed(house, passed_on, before)
        await house.settled()
        await asyncio.to_thread(servers.restore_postgres_store)
        # Each row is in the past again, and its window is over or soon will be.
        rows = {lead_id: await _seq(house, lead_id) for lead_id in known}
        for lead_id, seq in rows.items():
            await _missed(house, lead_id, seq)
        await house.settled()
        gaps = await house.sql(
            """SELECT lead_id, seq, result, lag FROM
                      (SELECT *, lag(seq) OVER (PARTITION BY lead_id ORDER BY seq) FROM lead_transitions) rows
                WHERE kind = 'store_restored'"""
        )
        assert len(gaps) == len({gap[0] for gap in gaps}), "a gap is recorded once"
        (seq, result, last) = next(
            (seq, json.loads(result), last) for lead, seq, result, last in gaps if lead == passed_on
        )
        assert result == {"row_seq": last, "workflow_seq": seq - 1}
        assert last < seq - 1
        await house.finish_all()
        await house.settled()
        await house.prove()


async def _act(house: House, lead_id: LeadId, verbs: Sequence[str]) -> None:
    """Let whoever is offered the lead now take it, and go on. An offer that ran out meanwhile is somebody else's."""

    async def taken() -> UUID | None:
        agent, epoch = await house.offered(lead_id)
        answer = await house.command(lead_id, "claim", agent, key=f"before-{epoch}-{lead_id}", epoch=epoch)
        assert answer.status_code in (200, 409), answer.text
        return agent if answer.status_code == 200 else None

    agent = await assert_eventually(taken, 60, what=f"a claim of lead {lead_id}")
    bodies: dict[str, dict[str, Any]] = {"contact": {"result": "connected"}, "outcome": {"result": "won"}}
    for verb in verbs:
        answer = await house.command(lead_id, verb, agent, key=f"before-{verb}-{lead_id}", **bodies[verb])
        assert answer.status_code == 200, answer.text


async def _seq(house: House, lead_id: LeadId) -> int:
    seq: int = (await house.sql("SELECT seq FROM crm_leads WHERE id = $1", lead_id))[0][0]
    return seq


async def _missed(house: House, lead_id: LeadId, after: int) -> None:
    """Wait until a window of the lead was missed since it was at `after`: somebody keeps its time."""

    async def breached() -> bool:
        query = "SELECT count(*) FROM lead_transitions WHERE lead_id = $1 AND kind = 'breach' AND seq > $2"
        return bool((await house.sql(query, lead_id, after))[0][0])

    await assert_eventually(breached, 90, what=f"a missed window of lead {lead_id}")
