"""Pools that take turns, while members come and go."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from domain.ids import AgentId
from tests.db.databases import run_script
from tests.races.arena import Arena
from tests.support.waiting_room import prove_decisions

_TURNS: list[dict[str, Any]] = [{"name": "round_robin"}, {"name": "weighted"}]


@pytest.mark.parametrize("strategy", _TURNS, ids=lambda one: one["name"])
@pytest.mark.parametrize("absence", ["Offline", "time off", "shift", "no new leads"])
async def test_whoever_comes_back_is_not_given_what_it_missed(
    arena: Arena, strategy: dict[str, Any], absence: str
) -> None:
    people = await arena.populate(3)
    returns = AgentId(people.agents[0])
    await arena.configure(strategy=strategy)
    await arena.offered(9)
    await _leave(arena, returns, absence)
    assert {lead.agent for lead in await arena.offered(20)} == set(people.agents[1:])
    arena.clock.move(timedelta(days=7))
    await _return(arena, returns)
    got = Counter(lead.agent for lead in await arena.offered(9))
    assert got == dict.fromkeys(people.agents, 3)
    turns = dict(await arena.sql("SELECT agent_id, turns FROM strategy_shares"))
    assert turns == {agent: 6 if agent == returns else 16 for agent in people.agents}, "no count is reset"
    await prove_decisions(arena)


@pytest.mark.parametrize("strategy", _TURNS, ids=lambda one: one["name"])
async def test_what_is_missed_in_a_break_is_made_up_for(arena: Arena, strategy: dict[str, Any]) -> None:
    people = await arena.populate(3)
    returns = AgentId(people.agents[0])
    await arena.configure(strategy=strategy)
    await arena.offered(3)
    await _leave(arena, returns, "Break")
    await arena.offered(4)
    arena.clock.move(timedelta(minutes=55))
    await _return(arena, returns)
    assert {lead.agent for lead in await arena.offered(2)} == {returns}
    assert await arena.sql("SELECT count(*) FROM strategy_shares WHERE away_since IS NOT NULL") == [(0,)]


async def test_weights_hold_for_whoever_comes_back(arena: Arena) -> None:
    heavy, light = map(AgentId, (await arena.populate(2)).agents)
    await arena.configure(strategy={"name": "weighted", "weights": {str(heavy): 3, str(light): 1}})
    await arena.offered(8)
    await _leave(arena, heavy, "Offline")
    await arena.offered(10)
    arena.clock.move(timedelta(days=7))
    await _return(arena, heavy)
    got = Counter(lead.agent for lead in await arena.offered(8))
    assert got == {heavy: 6, light: 2}
    await prove_decisions(arena)


async def test_those_who_are_away_do_not_make_room_for_a_flood_of_a_newcomer(arena: Arena) -> None:
    away, there, later = map(AgentId, (await arena.populate(3)).agents)
    await arena.configure(strategy={"name": "round_robin"})
    await _leave(arena, later, "Offline")
    await arena.offered(4)
    await _leave(arena, away, "Offline")
    await arena.offered(20)
    arena.clock.move(timedelta(hours=2))
    await _return(arena, later)
    got = Counter(lead.agent for lead in await arena.offered(6))
    assert got == {there: 3, later: 3}


async def _leave(arena: Arena, agent: AgentId, absence: str) -> None:
    await run_script(
        arena.database.owner,
        {
            "time off": "INSERT INTO agent_time_off (agent_id, starts_at, ends_at, code) VALUES "
            f"('{agent}', now() - interval '1 hour', now() + interval '30 days', 'vacation')",
            "shift": "INSERT INTO agent_shifts (agent_id, weekday, starts, ends) VALUES "
            f"('{agent}', {(arena.clock.now().weekday() + 3) % 7}, '01:00', '01:01')",
            "no new leads": f"UPDATE crm_agents SET accepts_new_leads = false WHERE id = '{agent}'",
        }.get(absence, f"UPDATE \"AgentAvailability\" SET status = '{absence}' WHERE \"agentId\" = '{agent}'"),
    )


async def _return(arena: Arena, agent: AgentId) -> None:
    await run_script(
        arena.database.owner,
        f"UPDATE agent_time_off SET cancelled_at = now() WHERE agent_id = '{agent}';"
        f"DELETE FROM agent_shifts WHERE agent_id = '{agent}';"
        f"UPDATE crm_agents SET accepts_new_leads = true WHERE id = '{agent}';"
        f"UPDATE \"AgentAvailability\" SET status = 'Available' WHERE \"agentId\" = '{agent}'",
    )
