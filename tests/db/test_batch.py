"""Batches on real rows: gathered, assigned together, recorded."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest

from db.session import Engines
from domain.lifecycle.commands import Route
from tests.db.databases import Database
from tests.races.arena import accepted
from tests.support.people import populate
from tests.support.waiting_room import WaitingRoom, holders, open_waiting_room, prove, states

_OPTIMAL = {"strategy": {"name": "optimal", "batch_seconds": 60}}

_TOGETHER = {
    "id": "00000000-0000-0000-0000-000000000001",
    "name": "all but some together",
    "priority": 50,
    "created_at": "2026-01-01T00:00:00Z",
    "condition": {"field": "lead.score", "operator": "nin", "value": [65, 80]},
    "action": {"type": "set_strategy", "params": {"strategy": "optimal", "params": {"batch_seconds": 60}}},
}


@pytest.fixture
def room(database: Database, engines: Engines) -> WaitingRoom:
    """A waiting room on a database of the test's own."""
    return open_waiting_room(database, engines)


class TestBatch:
    async def test_a_batch_is_gathered_then_assigned_together(self, room: WaitingRoom) -> None:
        await room.configure(**_OPTIMAL)
        people = await populate(room.arena.database, 3, capacity=2)
        leads = await room.enter(*[75] * 5)
        assert await states(room, leads) == ["queued"] * 5
        queues = 'SELECT DISTINCT "queueType", "assignmentAttempts" FROM "AssignmentQueue"'
        assert await room.arena.sql(queues) == [("active", 0)]
        assert await room.drain.run_once() == 0
        room.let_pass(seconds=61)
        assert await room.drain.run_once() == 5
        assert sorted((await holders(room, leads)).values()) == [1, 2, 2]
        assert set(await holders(room, leads)) == set(people.agents)
        await prove(room)

    async def test_the_whole_batch_is_kept_once(self, room: WaitingRoom) -> None:
        await room.configure(**_OPTIMAL)
        await populate(room.arena.database, 2, capacity=5)
        leads = await room.enter(75, 70, 60)
        room.let_pass(seconds=61)
        assert await room.drain.run_once() == 3
        payloads = await room.arena.sql("SELECT lead_id, payload FROM decision_inputs WHERE history_id IS NOT NULL")
        records = {lead_id: json.loads(zlib.decompress(payload)) for lead_id, payload in payloads}
        whole = {lead_id: record["batch"] for lead_id, record in records.items() if "batch" in record}
        assert list(whole) == [leads[0].id]
        batch = whole[leads[0].id]
        assert [row["lead"] for row in batch["leads"]] == [str(lead.id) for lead in leads]
        assert batch["slots"] == [5, 5]
        assert all(len(row["fitness"]) == len(batch["agents"]) == 2 for row in batch["leads"])
        for row in batch["leads"]:
            record = records[next(lead.id for lead in leads if str(lead.id) == row["lead"])]
            assert record["strategy"]["assigned"] == row["assigned"] == record["ranked"][0]
        reasons = await room.arena.sql('SELECT "assignmentReason" FROM "LeadRoutingHistory"')
        notes = [json.loads(reason)["notes"]["batch"] for (reason,) in reasons]
        assert {note["size"] for note in notes} == {3}
        assert len({note["id"] for note in notes}) == 1

    async def test_fifty_leads_do_not_wait(self, room: WaitingRoom) -> None:
        await room.configure(**_OPTIMAL, queues={"drain_per_minute": 60})
        await populate(room.arena.database, 2, capacity=60)
        leads = await room.enter(*[75] * 49)
        assert await room.drain.run_once() == 0
        leads += await room.enter(75)
        assert await room.drain.run_once() == 50
        await prove(room)

    async def test_what_one_agent_gets_in_a_minute_counts_in_a_batch_too(self, room: WaitingRoom) -> None:
        await room.configure(**_OPTIMAL, queues={"drain_per_minute": 2})
        people = await populate(room.arena.database, 1, capacity=50)
        leads = await room.enter(80, 75, 70, 65)
        room.let_pass(seconds=61)
        assert await room.drain.run_once() == 2
        assert await states(room, leads) == ["offered", "offered", "queued", "queued"]
        assert [await room.tries(lead) for lead in leads[2:]] == [1, 1]
        assert await room.drain.run_once() == 0
        room.let_pass(seconds=61)
        assert await room.drain.run_once() == 2
        assert await holders(room, leads) == {people.agents[0]: 4}

    async def test_hot_leads_of_hybrid_are_routed_at_once(self, room: WaitingRoom) -> None:
        await room.configure(strategy={"name": "hybrid", "batch_seconds": 60})
        people = await populate(room.arena.database, 2, capacity=5, status="Offline")
        leads = await room.enter(95, 75)
        await room.come(people)
        assert await room.drain.run_once() == 1
        assert await states(room, leads) == ["offered", "queued"]
        room.let_pass(seconds=61)
        assert await room.drain.run_once() == 1
        await prove(room)

    async def test_a_hot_lead_goes_before_a_batch_that_is_due(self, room: WaitingRoom) -> None:
        await room.configure(strategy={"name": "hybrid", "batch_seconds": 60})
        people = await populate(room.arena.database, 1, capacity=1, status="Offline")
        leads = await room.enter(*[60] * 3, 95)
        room.let_pass(seconds=61)
        await room.come(people)
        assert await room.drain.run_once() == 1
        assert await states(room, leads) == ["queued"] * 3 + ["offered"]
        await prove(room)

    async def test_a_batch_goes_before_the_leads_that_come_after_its_best(self, room: WaitingRoom) -> None:
        await room.configure(rules=[_TOGETHER])
        people = await populate(room.arena.database, 1, capacity=1, status="Offline")
        plain, *batched = await room.enter(65, 84, 60)
        room.let_pass(seconds=61)
        await room.come(people)
        assert await room.drain.run_once() == 1
        assert await states(room, [plain, *batched]) == ["queued", "offered", "queued"]

    async def test_a_lead_in_the_hot_queue_goes_before_the_others_of_its_batch(self, room: WaitingRoom) -> None:
        await room.configure(**_OPTIMAL)
        people = await populate(room.arena.database, 1, capacity=1, status="Offline")
        (old,) = await room.enter(55)
        room.let_pass(hours=25)
        await room.sweep.run_once()
        leads = [old, *await room.enter(80, 70)]
        room.let_pass(seconds=61)
        await room.come(people)
        assert await room.drain.run_once() == 1
        assert await states(room, leads) == ["offered", "queued", "queued"]

    async def test_a_lead_that_nobody_takes_does_not_end_the_gathering(self, room: WaitingRoom) -> None:
        await room.configure(**_OPTIMAL)
        await populate(room.arena.database, 1, capacity=5)
        (stuck,) = await room.enter(75, insurance_type="Home")
        room.let_pass(seconds=61)
        assert await room.drain.run_once() == 0
        (fresh,) = await room.enter(75)
        before = await room.tries(stuck)
        room.let_pass(seconds=6)
        assert await room.drain.run_once() == 0
        assert (await room.tries(stuck), await states(room, [fresh])) == (before + 1, ["queued"])
        room.let_pass(seconds=55)
        assert await room.drain.run_once() == 1
        assert await states(room, [stuck, fresh]) == ["queued", "offered"]

    async def test_the_preferred_agent_goes_first(self, room: WaitingRoom) -> None:
        await room.configure(**_OPTIMAL)
        people = await populate(room.arena.database, 2, capacity=1)
        wanted = people.agents[0]
        (plain,) = await room.enter(80)
        leads = [plain, *await room.enter(60, preferred_agent_id=wanted)]
        room.let_pass(seconds=61)
        assert await room.drain.run_once() == 2
        assert [(await room.arena.current(lead.id)).agent for lead in leads] == [people.agents[1], wanted]
        await prove(room)

    async def test_a_rule_batches_its_leads_only(self, room: WaitingRoom) -> None:
        await room.configure(rules=[_TOGETHER])
        people = await populate(room.arena.database, 2, capacity=5, status="Offline")
        leads = await room.enter(80, 60)
        await room.come(people)
        assert await room.drain.run_once() == 1
        assert await states(room, leads) == ["offered", "queued"]
        room.let_pass(seconds=61)
        assert await room.drain.run_once() == 1
        await prove(room)

    async def test_a_lead_that_moves_meanwhile_is_left_alone(
        self, room: WaitingRoom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await room.configure(**_OPTIMAL)
        people = await populate(room.arena.database, 2, capacity=5)
        leads = await room.enter(75, 70)
        room.let_pass(seconds=61)
        slots = room.drain._batches._slots

        async def somebody_is_faster(choices: Any) -> Any:
            await room.arena.clear(leads[:1], people.admin)
            return await slots(choices)

        monkeypatch.setattr(room.drain._batches, "_slots", somebody_is_faster)
        assert await room.drain.run_once() == 1
        assert await states(room, leads) == ["closed", "offered"]
        # The first one's record would have been the whole batch's; the next keeps it instead.
        kept = await room.arena.sql("SELECT payload FROM decision_inputs WHERE lead_id = $1", leads[1].id)
        assert any("batch" in json.loads(zlib.decompress(payload)) for (payload,) in kept)
        await prove(room)

    async def test_a_try_that_loses_its_slot_is_counted(
        self, room: WaitingRoom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await room.configure(**_OPTIMAL)
        people = await populate(room.arena.database, 1, capacity=1)
        leads = await room.enter(75, 70)
        room.let_pass(seconds=61)
        slots = room.drain._batches._slots

        async def somebody_is_faster(choices: Any) -> Any:
            free = await slots(choices)
            await room.arena.sql('UPDATE "AgentAvailability" SET "currentLoad" = 1')
            return free

        monkeypatch.setattr(room.drain._batches, "_slots", somebody_is_faster)
        room.begin_minute()
        assert await room.drain.run_once() == 0
        assert [await room.tries(lead) for lead in leads] == [1, 1]
        await room.arena.sql('UPDATE "AgentAvailability" SET "currentLoad" = 0')
        monkeypatch.undo()
        room.let_pass(seconds=5)
        assert await room.drain.run_once() == 1
        assert await holders(room, leads) == {people.agents[0]: 1, None: 1}

    async def test_a_lead_that_nobody_may_have_is_the_managers_in_the_end(self, room: WaitingRoom) -> None:
        await room.configure(**_OPTIMAL, queues={"max_attempts": 3})
        await populate(room.arena.database, 1)
        (lead,) = await room.enter(75, insurance_type="Life")
        assert await room.arena.sql('SELECT "queueType", "assignmentAttempts" FROM "AssignmentQueue"') == [
            ("waiting", 1)
        ]
        room.let_pass(seconds=61)
        assert await room.drain.run_once() == 0
        assert await room.tries(lead) == 2
        for _ in range(2):
            room.let_pass(seconds=600)
            accepted(await room.arena.give(lead.id, room.arena.command(Route)))
        assert await states(room, [lead]) == ["escalated"]
        assert (await room.events(lead)).count("failed_assignment") == 2
        await prove(room)
