"""Drains under contention: several at once, while slots are freed, people come and go, and leads route themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from db.session import create_engines
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Route, Withdraw
from domain.lifecycle.lead import Lead
from domain.routing.agent import AgentStatus
from services.invariants import check_invariants
from tests.db.databases import Database
from tests.races.rounds import rounds
from tests.support.people import People, populate
from tests.support.waiting_room import WaitingRoom, open_waiting_room

_LEADS = 30
_NO_LIMIT = {"queues": {"drain_per_minute": 1000, "max_attempts": 1000}}


@pytest.fixture
async def rooms(database: Database) -> AsyncIterator[tuple[WaitingRoom, WaitingRoom]]:
    """Two drains with a memory of their own, as when one process believes that the other is dead."""
    engines = create_engines(database.application, pool_size=12, max_overflow=0, application_name="races")
    yield open_waiting_room(database, engines), open_waiting_room(database, engines)
    await engines.dispose()


@rounds(quick=2, slow=20)
@pytest.mark.parametrize("strategy", ["greedy", "optimal"])
async def test_two_drains_and_the_leads_themselves(
    rooms: tuple[WaitingRoom, WaitingRoom], strategy: str, rounds: int
) -> None:
    room, other = rooms
    await room.configure(strategy={"name": strategy, "batch_seconds": 1}, **_NO_LIMIT)
    people = await populate(room.arena.database, 5, capacity=4)
    admin = Actor(role=Role.ADMIN, id=people.admin)
    for _ in range(rounds):
        await room.come(people, status=AgentStatus.OFFLINE)
        leads = await room.enter(*[75] * _LEADS)
        room.let_pass(seconds=2)
        other.let_pass(seconds=2)
        await room.come(people)
        themselves = [room.arena.give(lead.id, room.arena.command(Route)) for lead in leads[::5]]
        await room.arena.together(room.drain.run_once(), other.drain.run_once(), *themselves)
        await _settle(room, other)
        offered = await _offered(room, leads)
        assert len(offered) == 20, "every slot is taken, and none twice"
        # Slots are freed while both look for somebody to fill them.
        freed = [room.arena.give(lead.id, room.arena.command(Withdraw, admin)) for lead in offered[:7]]
        await room.arena.together(room.drain.run_once(), other.drain.run_once(), *freed)
        await _settle(room, other)
        assert len(await _offered(room, leads)) == 20
        await _prove(room)
        await room.arena.clear(leads, people.admin)


@rounds(quick=2, slow=20)
async def test_an_agent_goes_while_the_drain_chooses(rooms: tuple[WaitingRoom, WaitingRoom], rounds: int) -> None:
    room, other = rooms
    await room.configure(strategy={"name": "optimal", "batch_seconds": 1}, **_NO_LIMIT)
    people = await populate(room.arena.database, 3, capacity=50)
    leaves = people.agents[0]
    for _ in range(rounds):
        await room.come(people, status=AgentStatus.OFFLINE)
        leads = await room.enter(*[75] * 12)
        room.let_pass(seconds=2)
        other.let_pass(seconds=2)
        await room.come(people)
        await room.arena.together(
            room.drain.run_once(), other.drain.run_once(), room.come(people, leaves, status=AgentStatus.OFFLINE)
        )
        await _settle(room, other)
        assert len(await _offered(room, leads)) == 12, "the others have room for all"
        await _prove(room)
        await room.arena.clear(leads, people.admin)


async def test_what_the_sweep_and_rescoring_do_meanwhile(rooms: tuple[WaitingRoom, WaitingRoom]) -> None:
    room, other = rooms
    await room.configure(**_NO_LIMIT)
    people = await _crowd(room)
    leads = await room.enter(*[90] * _LEADS, quality_score=50)
    for one in rooms:
        one.let_pass(hours=3)
    await room.come(people)
    await room.arena.together(
        room.drain.run_once(),
        other.drain.run_once(),
        room.sweep.run_once(),
        other.sweep.run_once(),
        room.rescoring.run_once(),
        other.rescoring.run_once(),
    )
    await _settle(room, other)
    assert len(await _offered(room, leads)) == _LEADS
    twice = await room.arena.sql(
        "SELECT \"leadId\" FROM \"RoutingEvent\" WHERE \"eventType\" IN ('sla_breached', 'queue_reordered', 'assigned')"
        ' GROUP BY "leadId", "eventType" HAVING count(*) > 1'
    )
    assert twice == []
    await _prove(room)


async def _crowd(room: WaitingRoom) -> People:
    return await populate(room.arena.database, 3, capacity=20, status="Offline")


async def _settle(*rooms: WaitingRoom) -> None:
    """Rounds until nothing moves: what was lost to somebody else is asked for again after a while."""
    quiet = 0
    while quiet < 2:
        for room in rooms:
            room.let_pass(seconds=6)
        quiet = 0 if sum(await asyncio.gather(*(room.drain.run_once() for room in rooms))) else quiet + 1


async def _offered(room: WaitingRoom, leads: list[Lead]) -> list[Lead]:
    now = [await room.arena.current(lead.id) for lead in leads]
    return [lead for lead in now if lead.state == "offered"]


async def _prove(room: WaitingRoom) -> None:
    await room.arena.sql("UPDATE lead_transitions SET told_at = at WHERE told_at IS NULL")
    assert (await check_invariants(room.engines.service)).violations == ()
    double = "SELECT lead_id FROM lead_offers WHERE ended_at IS NULL GROUP BY lead_id HAVING count(*) > 1"
    assert await room.arena.sql(double) == []
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert await room.arena.sql(deadlocks) == [(0,)]
