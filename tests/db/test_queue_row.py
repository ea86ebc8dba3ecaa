"""The row of a waiting lead in AssignmentQueue: what its columns say, in which units, and since when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from db.session import Engines
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Pause, Resume, Route
from domain.lifecycle.lead import Lead
from domain.routing.agent import AgentStatus
from tests.db.databases import Database
from tests.races.arena import accepted
from tests.support.people import populate
from tests.support.waiting_room import WaitingRoom, open_waiting_room

_MOMENT = timedelta(minutes=1)
"""More than any of this takes; the room's clock runs."""


@pytest.fixture
def room(database: Database, engines: Engines) -> WaitingRoom:
    """A waiting room on a database of the test's own."""
    return open_waiting_room(database, engines)


async def _row(room: WaitingRoom, lead: Lead, column: str) -> Any:
    rows = await room.arena.sql(f'SELECT "{column}" FROM "AssignmentQueue" WHERE "leadId" = $1', lead.id)
    return rows[0][0]


async def _limits(room: WaitingRoom, lead: Lead) -> tuple[datetime | None, Any]:
    return (await room.arena.current(lead.id)).queue_sla_at, await _row(room, lead, "slaExpiry")


async def test_the_estimated_wait_is_the_place_at_the_pace_of_the_last_hour_in_minutes(room: WaitingRoom) -> None:
    people = await populate(room.arena.database, 1, capacity=3)
    # Three leads of the last hour found somebody: one in twenty minutes.
    await room.enter(60, 60, 60)
    await room.come(people, status=AgentStatus.OFFLINE)
    first, second = await room.enter(60, 60)
    assert [await _row(room, lead, "estimatedWaitMinutes") for lead in (first, second)] == [20, 40]
    # When nobody has got a lead for an hour, one an hour is taken for the pace.
    room.let_pass(minutes=61)
    (third,) = await room.enter(60)
    assert await _row(room, third, "estimatedWaitMinutes") == 180


async def test_every_try_brings_the_time_in_the_queue_up_to_date(room: WaitingRoom) -> None:
    await populate(room.arena.database, 1, line="Home")
    (lead,) = await room.enter(60, insurance_type="Auto")
    assert await _row(room, lead, "timeInQueue") == timedelta()
    room.let_pass(minutes=10)
    accepted(await room.arena.give(lead.id, room.arena.command(Route)))
    assert timedelta(0) <= await _row(room, lead, "timeInQueue") - timedelta(minutes=10) < _MOMENT
    room.let_pass(minutes=5)
    await room.drain.run_once()
    assert timedelta(0) <= await _row(room, lead, "timeInQueue") - timedelta(minutes=15) < _MOMENT


async def test_the_limit_in_the_row_is_the_leads_own(room: WaitingRoom) -> None:
    hold = {
        "id": "00000000-0000-0000-0000-000000000001",
        "name": "later",
        "priority": 50,
        "created_at": "2026-01-01T00:00:00Z",
        "condition": {"field": "lead.score", "operator": "lt", "value": 50},
        "action": {"type": "hold", "params": {"minutes": 30}},
    }
    await room.configure(rules=[hold])
    await populate(room.arena.database, 1, status="Offline")
    (lead,) = await room.enter(30)
    held, in_row = await _limits(room, lead)
    assert held == in_row == lead.created_at + timedelta(hours=168)
    room.let_pass(minutes=31)
    accepted(await room.arena.give(lead.id, room.arena.command(Route)))
    waiting, in_row = await _limits(room, lead)
    assert waiting == in_row
    assert waiting is not None
    assert waiting < held - timedelta(days=4), "nobody was there: the shorter limit"


async def test_a_pause_moves_the_limit_in_the_row_too(room: WaitingRoom) -> None:
    people = await populate(room.arena.database, 1, status="Offline")
    (lead,) = await room.enter(60)
    before, _ = await _limits(room, lead)
    admin = Actor(role=Role.ADMIN, id=people.admin)
    accepted(await room.arena.give(lead.id, room.arena.command(Pause, admin, code="asked")))
    room.let_pass(hours=2)
    accepted(await room.arena.give(lead.id, room.arena.command(Resume, admin)))
    after, in_row = await _limits(room, lead)
    assert before is not None
    assert after is not None
    assert after == in_row
    assert timedelta(0) <= after - before - timedelta(hours=2) < _MOMENT
