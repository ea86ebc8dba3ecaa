"""What is decided about an agent while others hold its row: whoever waited judges by what is committed by then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Claim, Reassign, Route
from domain.lifecycle.state import LifecycleState
from services.agent_admin import AgentAdmin, AgentChange
from services.applied import Answer
from tests.races.arena import Arena, accepted, agent, refused
from tests.races.rounds import rounds
from tests.support.eventually import assert_eventually

_WAITING = """SELECT count(*) FROM pg_stat_activity
               WHERE datname = current_database() AND wait_event_type = 'Lock'"""


class _Row:
    """The row of an agent's load while somebody else has it, and whoever waits for it."""

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._waiting: list[asyncio.Task[Any]] = []

    async def queue(self, step: Coroutine[Any, Any, Any]) -> None:
        """Let this wait behind all the others."""
        self._waiting.append(asyncio.create_task(step))

        async def waits() -> bool:
            return await self._arena.sql(_WAITING) == [(len(self._waiting),)]

        await assert_eventually(waits, what=f"{len(self._waiting)} waiting")

    async def answers(self) -> list[Any]:
        """What became of them, in the order in which they came."""
        return await asyncio.gather(*self._waiting)


@asynccontextmanager
async def _held(arena: Arena, who: UUID) -> AsyncIterator[_Row]:
    connection = await asyncpg.connect(arena.database.superuser)
    try:
        async with connection.transaction():
            await connection.execute('SELECT FROM "AgentAvailability" WHERE "agentId" = $1 FOR UPDATE', who)
            yield (row := _Row(arena))
        await row.answers()
    finally:
        await connection.close()


def _change(arena: Arena, admin: UUID, who: UUID, **wanted: Any) -> Coroutine[Any, Any, Any]:
    by = Actor(role=Role.ADMIN, id=admin, via="cli")
    return AgentAdmin(arena.engines.admin, arena.clock).change(by, str(who), AgentChange(**wanted))


@pytest.mark.parametrize("wanted", [{"active": False}, {"accepts": False}, {"max_held": 0}])
async def test_nobody_is_offered_a_lead_who_was_taken_out_meanwhile(arena: Arena, wanted: dict[str, Any]) -> None:
    people = await arena.populate(1)
    (lead,) = await arena.receive(1)
    async with _held(arena, people.agents[0]) as row:
        await row.queue(_change(arena, people.admin, people.agents[0], **wanted))
        await row.queue(arena.give(lead.id, arena.command(Route)))
    _, answer = await row.answers()
    assert (accepted(answer).state, accepted(answer).agent) == (LifecycleState.QUEUED, None)
    await arena.check()


async def test_nobody_is_given_a_lead_by_hand_who_was_deactivated_meanwhile(arena: Arena) -> None:
    people = await arena.populate(1)
    (lead,) = await arena.receive(1)
    to_agent, admin = people.agents[0], Actor(role=Role.ADMIN, id=people.admin)
    async with _held(arena, to_agent) as row:
        await row.queue(_change(arena, people.admin, to_agent, active=False))
        await row.queue(arena.give(lead.id, arena.command(Reassign, admin, to_agent=to_agent, force=True)))
    _, answer = await row.answers()
    assert refused(answer).refusal.code == "NotEligible"
    await arena.check()


async def test_who_was_deactivated_meanwhile_claims_no_invitation(arena: Arena) -> None:
    people = await arena.populate(2)
    await arena.configure(strategy={"name": "broadcast", "plan": {"steps": [{"seconds": 60, "take": "all"}]}})
    (lead,) = await arena.offered(1)
    async with _held(arena, people.agents[0]) as row:
        await row.queue(_change(arena, people.admin, people.agents[0], active=False))
        await row.queue(arena.give(lead.id, arena.command(Claim, agent(people.agents[0]))))
    _, answer = await row.answers()
    assert refused(answer).refusal.code == "NotEligible"
    assert accepted(await arena.give(lead.id, arena.command(Claim, agent(people.agents[1])))).agent == people.agents[1]
    await arena.check()


async def test_a_deactivated_agent_without_a_row_claims_nothing(arena: Arena) -> None:
    people = await arena.populate(1)
    await arena.sql('DELETE FROM "AgentAvailability"')
    await arena.configure(queues={"max_attempts": 1})
    (lead,) = await arena.receive(1)
    escalated = accepted(await arena.give(lead.id, arena.command(Route)))
    assert escalated.state is LifecycleState.ESCALATED
    await _change(arena, people.admin, people.agents[0], active=False)
    answer = await arena.give(lead.id, arena.command(Claim, agent(people.agents[0])))
    assert refused(answer).refusal.code == "NotEligible"


async def test_two_managers_give_one_free_slot_once(arena: Arena) -> None:
    people = await arena.populate(1, capacity=1)
    leads = await arena.receive(2)
    admin = Actor(role=Role.ADMIN, id=people.admin)
    async with _held(arena, people.agents[0]) as row:
        for lead in leads:
            await row.queue(arena.give(lead.id, arena.command(Reassign, admin, to_agent=people.agents[0])))
    first, second = await row.answers()
    assert accepted(first).agent == people.agents[0]
    assert "live_cap" in refused(second).refusal.message
    assert await arena.sql('SELECT "currentLoad" FROM "AgentAvailability"') == [(1,)]
    await arena.check()


@rounds(quick=3, slow=60)
async def test_managers_who_give_leads_to_few_slots(arena: Arena, rounds: int) -> None:
    """Leads change agents both ways at once: no slot is given twice, and no two wait for each other."""
    people = await arena.populate(2, capacity=4)
    admin = Actor(role=Role.ADMIN, id=people.admin)
    for _ in range(rounds):
        leads = await arena.offered(4) + await arena.receive(6)
        wanted = [arena.dice.choice(people.agents) for _ in leads]
        answers: list[Answer] = await arena.together(
            *(
                arena.give(lead.id, arena.command(Reassign, admin, to_agent=to))
                for lead, to in zip(leads, wanted, strict=True)
            )
        )
        assert answers
        loads = await arena.sql('SELECT "currentLoad" FROM "AgentAvailability" WHERE "currentLoad" > 4')
        assert loads == []
        await arena.clear(leads, people.admin)
    await arena.check()


@rounds(quick=3, slow=60)
async def test_an_agent_is_deactivated_while_chosen(arena: Arena, rounds: int) -> None:
    people = await arena.populate(2)
    stays, leaves = people.agents
    for _ in range(rounds):
        leads = await arena.receive(8)
        await _change(arena, people.admin, leaves, active=True)
        routes = [arena.give(lead.id, arena.command(Route)) for lead in leads]
        await arena.together(_change(arena, people.admin, leaves, active=False), *routes)
        now = [await arena.current(lead.id) for lead in leads]
        assert {lead.state for lead in now} == {LifecycleState.OFFERED}, "the one who stays has room for all"
        assert {lead.agent for lead in now} <= {stays, leaves}
        too_late = await arena.sql(
            """SELECT count(*) FROM lead_transitions t JOIN lead_offers o ON (o.lead_id, o.epoch) = (t.lead_id, t.epoch)
                WHERE t.kind = 'route' AND o.agent_id = $1 AND t.lead_id = ANY($2)
                  AND t.recorded_at > (SELECT max(recorded_at) FROM agent_state_log
                                        WHERE agent_id = $1 AND field = 'is_active' AND new = 'false')""",
            leaves,
            [lead.id for lead in leads],
        )
        assert too_late == [(0,)]
        await arena.clear(leads, people.admin)
    await arena.check()
