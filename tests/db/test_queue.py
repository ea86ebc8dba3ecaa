"""The queues on real rows: the drain, the sweep, rescoring, and what people see."""

from __future__ import annotations

import asyncio
import json

import pytest

from cli.main import run
from db.repositories.queue_views import read_line, read_queues
from db.session import Engines, single_statements
from domain.lifecycle.commands import Claim, Contact, Decline
from domain.lifecycle.state import LifecycleState
from domain.routing.agent import AgentStatus
from tests.db.databases import Database, run_script
from tests.races.arena import accepted, agent
from tests.support.people import populate
from tests.support.waiting_room import WaitingRoom, holders, open_waiting_room, prove, states

_AWAY = AgentStatus.OFFLINE


@pytest.fixture
def room(database: Database, engines: Engines) -> WaitingRoom:
    """A waiting room on a database of the test's own."""
    return open_waiting_room(database, engines)


class TestDrain:
    async def test_the_best_lead_goes_first(self, room: WaitingRoom) -> None:
        people = await populate(room.arena.database, 1, capacity=1, status="Offline")
        leads = await room.enter(55, 90, 72)
        assert await room.drain.run_once() == 0
        await room.come(people)
        assert await room.drain.run_once() == 1
        assert await states(room, leads) == ["queued", "offered", "queued"]
        assert room.teller.told == [leads[1].id]
        await prove(room)

    async def test_nothing_is_tried_while_nobody_is_free(self, room: WaitingRoom) -> None:
        await populate(room.arena.database, 1, status="Offline")
        (lead,) = await room.enter(60)
        before = await room.tries(lead)
        assert await room.drain.run_once() == 0
        assert await room.tries(lead) == before == 1

    async def test_every_try_is_counted_and_none_is_an_event(self, room: WaitingRoom) -> None:
        await populate(room.arena.database, 1, line="Home")
        (lead,) = await room.enter(60, insurance_type="Auto")
        room.begin_minute()
        await room.drain.run_once()
        assert await room.tries(lead) == 2
        # Asked a moment ago in vain, so not asked again; after five seconds it is.
        await room.drain.run_once()
        assert await room.tries(lead) == 2
        room.let_pass(seconds=5)
        await room.drain.run_once()
        assert await room.tries(lead) == 3
        assert (await room.events(lead)).count("failed_assignment") == 1
        tried = 'SELECT "lastAttempted" > "createdAt" FROM "AssignmentQueue"'
        assert await room.arena.sql(tried) == [(True,)]

    async def test_somebody_new_is_asked_at_once(self, room: WaitingRoom) -> None:
        people = await populate(room.arena.database, 2, capacity=1)
        await room.come(people, people.agents[1], status=_AWAY)
        first, second = await room.enter(60, 60)
        assert await room.drain.run_once() == 0
        decline = room.arena.command(Decline, agent(people.agents[0]))
        accepted(await room.arena.give(first.id, decline))
        # The one who declined may have the other lead, not this one again.
        assert await room.drain.run_once() == 1
        assert await states(room, [first, second]) == ["queued", "offered"]
        assert await room.drain.run_once() == 0
        await room.come(people, people.agents[1])
        assert await room.drain.run_once() == 1
        assert (await room.arena.current(first.id)).agent == people.agents[1]
        await prove(room)

    async def test_a_held_lead_that_is_closed_makes_room_at_once(self, room: WaitingRoom) -> None:
        people = await populate(room.arena.database, 1)
        await room.arena.sql("UPDATE crm_agents SET max_active_leads = 1")
        (held,) = await room.enter(60)
        person = agent(people.agents[0])
        accepted(await room.arena.give(held.id, room.arena.command(Claim, person)))
        accepted(await room.arena.give(held.id, room.arena.command(Contact, person, result="connected")))
        (waiting,) = await room.enter(60)
        room.begin_minute()
        # A live slot is free all the time.
        assert await room.drain.run_once() == 0
        await room.arena.clear([held], people.admin)
        assert await room.drain.run_once() == 1
        assert await states(room, [waiting]) == ["offered"]

    async def test_whoever_comes_back_is_not_flooded(self, room: WaitingRoom) -> None:
        people = await populate(room.arena.database, 1, capacity=50, status="Offline")
        leads = await room.enter(*[60] * 9)
        await room.come(people)
        assert await room.drain.run_once() == 6
        room.let_pass(seconds=30)
        assert await room.drain.run_once() == 0
        room.let_pass(seconds=31)
        assert await room.drain.run_once() == 3
        assert await holders(room, leads) == {people.agents[0]: 9}

    async def test_a_lead_that_waits_too_long_is_the_managers(self, room: WaitingRoom) -> None:
        await room.configure(queues={"manager_after_hours": 3})
        people = await populate(room.arena.database, 1, status="Offline")
        (lead,) = await room.enter(60)
        room.let_pass(hours=3.1)
        await room.come(people)
        assert await room.drain.run_once() == 1
        assert await states(room, [lead]) == ["escalated"]

    async def test_leads_that_nobody_takes_do_not_hide_those_behind(
        self, room: WaitingRoom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in (("_LOOKED_AT", 4), ("_ROUTED", 2), ("_BEHIND", 1)):
            monkeypatch.setattr(f"services.drain.{name}", value)
        people = await populate(room.arena.database, 1, line="Home", status="Offline")
        await room.enter(*[90] * 8, insurance_type="Auto")
        (last,) = await room.enter(10, insurance_type="Home")
        await room.come(people)
        rounds = 0
        while (await room.arena.current(last.id)).state is LifecycleState.QUEUED:
            # Each time everybody ahead may be asked again.
            room.let_pass(seconds=6)
            await room.drain.run_once()
            rounds += 1
            assert rounds < 9, "the last one never had its turn"


class TestSweep:
    async def test_past_its_sla_a_lead_moves_to_hot_once(self, room: WaitingRoom) -> None:
        await populate(room.arena.database, 1, status="Offline")
        leads = await room.enter(90, 30)
        room.let_pass(hours=2, seconds=1)
        assert await room.sweep.run_once() == 1
        assert await room.sweep.run_once() == 0
        queues = await room.arena.sql('SELECT "queueType" FROM "AssignmentQueue"')
        assert sorted(queues) == [("hot",), ("waiting",)]
        assert (await room.events(leads[0])).count("sla_breached") == 1
        assert (await room.events(leads[0])).count("queue_reordered") == 1
        assert "sla_warning" not in await room.events(leads[0])
        assert room.teller.told == [leads[0].id]

    async def test_an_old_lead_with_few_tries_is_warned_of_once(self, room: WaitingRoom) -> None:
        await populate(room.arena.database, 1, status="Offline")
        (lead,) = await room.enter(30)
        room.let_pass(hours=24, seconds=1)
        assert await room.sweep.run_once() == 1
        assert await room.sweep.run_once() == 0
        events = await room.events(lead)
        assert (events.count("sla_warning"), events.count("queue_reordered"), events.count("sla_breached")) == (1, 1, 0)

    async def test_each_lead_goes_by_its_own_configuration(self, room: WaitingRoom) -> None:
        await populate(room.arena.database, 1, status="Offline")
        (old,) = await room.enter(30)
        await room.configure(queues={"stale_hours": 1})
        (new,) = await room.enter(30)
        room.let_pass(hours=2)
        assert await room.sweep.run_once() == 1
        assert "sla_warning" not in await room.events(old)
        assert "sla_warning" in await room.events(new)

    async def test_two_sweeps_at_once_move_a_lead_once(self, room: WaitingRoom) -> None:
        await populate(room.arena.database, 1, status="Offline")
        leads = await room.enter(*[90] * 10)
        room.let_pass(hours=3)
        moved = await asyncio.gather(room.sweep.run_once(), room.sweep.run_once())
        assert sum(moved) == 10
        for lead in leads:
            assert (await room.events(lead)).count("sla_breached") == 1

    async def test_a_configuration_that_cannot_be_read_stops_nobody_else(self, room: WaitingRoom) -> None:
        await populate(room.arena.database, 1, status="Offline")
        broken, healthy = await room.enter(90, 90)
        await room.arena.sql("UPDATE crm_leads SET config_version = 99 WHERE id = $1", broken.id)
        room.let_pass(hours=3)
        assert await room.sweep.run_once() == 1
        assert "sla_breached" in await room.events(healthy)


class TestRescoring:
    async def test_new_facts_change_the_score(self, room: WaitingRoom) -> None:
        await populate(room.arena.database, 1, status="Offline")
        (lead,) = await room.enter(30, quality_score=50)
        # The first round of a process looks at everybody: this score was made up.
        assert await room.rescoring.run_once() == 1
        assert await room.rescoring.run_once() == 0
        before = (await room.arena.current(lead.id)).score
        await room.arena.sql(
            "UPDATE lead_contact_details SET email = 'someone@example.com', updated_at = $2 WHERE lead_id = $1",
            lead.id,
            room.arena.clock.now(),
        )
        room.let_pass(seconds=15)
        assert await room.rescoring.run_once() == 1
        after = await room.arena.current(lead.id)
        assert before is not None
        assert after.score is not None
        assert after.score > before
        assert (await room.events(lead)).count("rescored") == 2
        row = await room.arena.sql('SELECT "leadScore" FROM "AssignmentQueue"')
        assert row == [(after.score,)]
        kept = await room.arena.sql("SELECT result -> 'score' FROM lead_transitions WHERE kind = 'rescore'")
        assert all("factors" in json.loads(score) for (score,) in kept)
        assert room.teller.told == [lead.id] * 2

    async def test_a_fact_written_by_another_system_is_seen(self, room: WaitingRoom) -> None:
        await populate(room.arena.database, 1, status="Offline")
        await room.enter(30, quality_score=50)
        await room.rescoring.run_once()
        room.let_pass(seconds=15)
        await room.arena.sql("UPDATE crm_leads SET quality_score = 95, updated_at = $1", room.arena.clock.now())
        assert await room.rescoring.run_once() == 1

    async def test_now_and_then_everybody_is_scored_again(
        self, room: WaitingRoom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.rescoring._PAGE", 2)
        await room.configure(queues={"rescore_minutes": 15})
        await populate(room.arena.database, 1, status="Offline")
        await room.enter(30, 30, 30, quality_score=50)
        assert [await room.rescoring.run_once() for _ in range(3)] == [2, 1, 0]
        room.let_pass(minutes=2)
        assert await room.rescoring.run_once() == 0
        # Nothing says that the facts have changed.
        await room.arena.sql("UPDATE crm_leads SET quality_score = 95")
        room.let_pass(minutes=12)
        assert await room.rescoring.run_once() == 0
        room.let_pass(minutes=2)
        assert [await room.rescoring.run_once() for _ in range(2)] == [2, 1]

    async def test_an_adjustment_for_the_time_in_the_queue_grows(self, room: WaitingRoom) -> None:
        await room.configure(scoring={"name": "patient", "adjustments": {"enabled": True}})
        await populate(room.arena.database, 1, status="Offline")
        (lead,) = await room.enter(30)
        await room.rescoring.run_once()
        first = (await room.arena.current(lead.id)).score
        room.let_pass(hours=30)
        await room.rescoring.run_once()
        second = (await room.arena.current(lead.id)).score
        assert first is not None
        assert second is not None
        assert second > first


class TestViews:
    async def test_positions_and_waits_are_of_now(self, room: WaitingRoom) -> None:
        people = await populate(room.arena.database, 1, status="Offline")
        first, second, third = await room.enter(55, 60, 90)
        room.let_pass(hours=1, minutes=30)
        async with single_statements(room.engines.service) as connection:
            now = room.arena.clock.now()
            line = await read_line(connection, now, 10)
            (queue,) = await read_queues(connection, now)
        assert [(lead.lead_id, lead.place, lead.position) for lead in line] == [
            (third.id, 1, 1),
            (second.id, 2, 2),
            (first.id, 3, 3),
        ]
        assert [lead.status for lead in line] == ["at_risk", "ok", "ok"]
        assert {lead.waited_minutes for lead in line} == {90}
        assert [lead.expected_minutes for lead in line] == [60, 120, 180]
        assert (queue.queue, queue.waiting, queue.at_risk, queue.breached) == ("waiting", 3, 1, 0)
        # The row's own position is a snapshot of when it came.
        snapshot = await room.arena.sql('SELECT "queuePosition" FROM "AssignmentQueue" ORDER BY "createdAt"')
        assert snapshot == [(1,), (2,), (3,)]
        room.let_pass(minutes=31)
        await room.sweep.run_once()
        await room.arena.clear([second], people.admin)
        async with single_statements(room.engines.service) as connection:
            now = room.arena.clock.now()
            line = await read_line(connection, now, 10)
            queues = await read_queues(connection, now)
        assert [(lead.lead_id, lead.queue, lead.place, lead.position) for lead in line] == [
            (third.id, "hot", 1, 1),
            (first.id, "waiting", 2, 1),
        ]
        assert [(queue.queue, queue.breached) for queue in queues] == [("hot", 1), ("waiting", 0)]

    async def test_best_first_means_hot_then_score_then_age(self, room: WaitingRoom) -> None:
        await populate(room.arena.database, 1, status="Offline")
        old, young, better = [(await room.enter(score))[0] for score in (60, 60, 61)]
        (hot,) = await room.enter(86)
        room.let_pass(hours=3)
        await room.sweep.run_once()
        (best,) = await room.enter(99)
        async with single_statements(room.engines.service) as connection:
            line = await read_line(connection, room.arena.clock.now(), 10)
        assert [lead.lead_id for lead in line] == [hot.id, best.id, better.id, old.id, young.id]


def test_the_command(database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATABASE_URL", database.application)
    monkeypatch.setenv("COLUMNS", "200")
    assert run(["queues"]) == 0
    assert "Nobody waits." in capsys.readouterr().err
    lead = "00000000-0000-0000-0000-0000000000e1"
    waiting = f"""
    INSERT INTO crm_leads (id, lifecycle_state, wake_at, created_at, last_at, queue_sla_at, held_until)
      VALUES ('{lead}', 'queued', now(), now(), now(), now() - interval '1 hour', now() + interval '1 day');
    INSERT INTO "AssignmentQueue" ("leadId", "queueType", "leadScore", "estimatedWaitMinutes", "queuePosition",
        "createdAt", "updatedAt") VALUES ('{lead}', 'hot', 50, 1, 1, now() - interval '125 minutes', now());
    """
    asyncio.run(run_script(database.owner, waiting))
    assert run(["queues", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["queues"][0] == {
        "queue": "hot",
        "waiting": 1,
        "at_risk": 0,
        "breached": 1,
        "longest_minutes": 125,
        "expected_minutes": 60,
    }
    (shown,) = answer["leads"]
    assert (shown["lead_id"], shown["position"], shown["status"]) == (lead, 1, "breached")
    assert run(["queues"]) == 0
    said = capsys.readouterr().err
    assert "2 h 05 min" in said
    assert "breached" in said
    assert "held" in said
    assert run(["queues", "--leads", "0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["leads"] == []
