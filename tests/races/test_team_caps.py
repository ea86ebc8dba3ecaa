"""The caps of a team, counted over its members, while many leads are given at once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from db.repositories.decision_records import newest_decisions
from db.session import write_transaction
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Breach, Claim, Contact, Reassign, Route
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import LifecycleState
from services.applied import Applied, Refused
from services.configurations import Configurations
from services.decisions import decision_fault
from tests.db.databases import run_script
from tests.races.arena import Arena, accepted, agent, refused
from tests.races.rounds import rounds
from tests.support.people import People


async def _team(arena: Arena, agents: int, **caps: int) -> tuple[People, UUID]:
    """A team with these caps; its members alone have room for hundreds."""
    people = await arena.populate(agents)
    ((team,),) = await arena.sql("SELECT team_id FROM team_members WHERE agent_id = $1", people.agents[0])
    await _cap(arena, team, **caps)
    return people, team


async def _cap(arena: Arena, team: UUID, **caps: int) -> None:
    for column, cap in caps.items():
        await run_script(arena.database.owner, f"UPDATE teams SET {column} = {cap} WHERE id = '{team}'")


async def _routed(arena: Arena, count: int) -> list[Lead]:
    leads = await arena.receive(count)
    return [
        accepted(answer)
        for answer in await arena.together(*(arena.give(lead.id, arena.command(Route)) for lead in leads))
    ]


def _states(leads: list[Lead]) -> dict[Any, int]:
    return Counter(lead.state for lead in leads)


async def _replays(arena: Arena) -> None:
    configurations = Configurations()
    async with write_transaction(arena.engines.service) as connection:
        for record in await newest_decisions(connection, 1000):
            configuration = await configurations.get(connection, record.config_version)
            assert decision_fault(record, configuration) is None


@rounds(quick=2, slow=40)
@pytest.mark.parametrize("cap", ["max_live_leads", "max_held_leads"])
async def test_a_team_gets_no_more_than_it_may(arena: Arena, cap: str, rounds: int) -> None:
    people, _ = await _team(arena, 4, **{cap: 3})
    for _ in range(rounds):
        leads = await _routed(arena, 10)
        assert _states(leads) == {LifecycleState.OFFERED: 3, LifecycleState.QUEUED: 7}
        await arena.clear(leads, people.admin)
    dropped = await arena.sql(
        'SELECT DISTINCT jsonb_object_keys("assignmentReason" -> \'dropped\') FROM "LeadRoutingHistory"'
    )
    assert set(dropped) <= {("team_cap",)}
    await _replays(arena)
    await arena.check()


async def test_live_and_held_are_counted_apart(arena: Arena) -> None:
    people, team = await _team(arena, 1, max_live_leads=1, max_held_leads=2)
    holder = agent(people.agents[0])
    for number in range(2):
        (lead,) = await _routed(arena, 1)
        assert lead.state is LifecycleState.OFFERED, number
        accepted(await arena.give(lead.id, arena.command(Claim, holder)))
        accepted(await arena.give(lead.id, arena.command(Contact, holder, result="connected")))
    assert _states(await _routed(arena, 1)) == {LifecycleState.QUEUED: 1}
    await run_script(arena.database.owner, f"UPDATE teams SET is_active = false WHERE id = '{team}'")
    assert _states(await _routed(arena, 1)) == {LifecycleState.OFFERED: 1}
    await arena.check()


async def test_a_full_team_keeps_nobody_of_another_from_leads(arena: Arena) -> None:
    await _team(arena, 2, max_live_leads=0)
    others, _ = await _team(arena, 2)
    assert {lead.agent for lead in await _routed(arena, 6)} <= set(others.agents)
    await arena.check()


async def test_who_is_in_two_teams_is_bound_by_both(arena: Arena) -> None:
    people, _ = await _team(arena, 1, max_live_leads=5)
    _, second = await _team(arena, 1, max_live_leads=1)
    await run_script(
        arena.database.owner,
        f"UPDATE team_members SET left_at = now() WHERE team_id = '{second}';"
        f"INSERT INTO team_members (team_id, agent_id) VALUES ('{second}', '{people.agents[0]}')",
    )
    others = f"UPDATE crm_agents SET is_active = false WHERE role = 'agent' AND id <> '{people.agents[0]}'"
    await run_script(arena.database.owner, others)
    assert _states(await _routed(arena, 4)) == {LifecycleState.OFFERED: 1, LifecycleState.QUEUED: 3}
    await arena.check()


async def test_a_lead_of_a_full_team_may_go_to_another_member(arena: Arena) -> None:
    """It leaves one member for the other, so the team has no lead more."""
    await _team(arena, 2, max_live_leads=2)
    leads = await _routed(arena, 2)
    assert leads[0].claim_expires_at is not None
    await arena.pass_deadlines(lead.claim_expires_at for lead in leads)
    moved = await arena.together(
        *(arena.give(lead.id, arena.command(Breach, epoch=1, due_at=lead.claim_expires_at)) for lead in leads)
    )
    assert [accepted(answer).state for answer in moved] == [LifecycleState.OFFERED] * 2
    assert all(accepted(answer).agent != lead.agent for answer, lead in zip(moved, leads, strict=True))
    await arena.check()


async def test_a_lead_given_by_hand_and_claims_keep_the_cap(arena: Arena) -> None:
    people, _ = await _team(arena, 3, max_live_leads=2)
    admin = Actor(role=Role.ADMIN, id=people.admin)
    leads = await arena.receive(6)
    answers = await arena.together(
        *(
            arena.give(lead.id, arena.command(Reassign, admin, to_agent=people.agents[place % 3]))
            for place, lead in enumerate(leads)
        )
    )
    assert sum(isinstance(answer, Applied) for answer in answers) == 2
    told = {one["code"] for answer in answers if isinstance(answer, Refused) for one in _violations(answer)}
    assert told == {"team_cap"}
    left = next(lead for lead, answer in zip(leads, answers, strict=True) if isinstance(answer, Refused))
    forced = await arena.give(left.id, arena.command(Reassign, admin, to_agent=people.agents[0], force=True))
    assert accepted(forced).agent == people.agents[0]
    await arena.check()


async def test_invitations_keep_the_cap_when_they_are_claimed(arena: Arena) -> None:
    people, team = await _team(arena, 3)
    await arena.configure(strategy={"name": "broadcast", "plan": {"steps": [{"seconds": 60, "take": "all"}]}})
    leads = await arena.offered(6)
    await _cap(arena, team, max_live_leads=2)
    answers = await arena.together(
        *(
            arena.give(lead.id, arena.command(Claim, agent(people.agents[place % 3])))
            for place, lead in enumerate(leads)
        )
    )
    assert sum(isinstance(answer, Applied) for answer in answers) == 2
    full = [refused(answer).refusal for answer in answers if isinstance(answer, Refused)]
    assert {refusal.code for refusal in full} == {"AtCapacity"}
    arena.clock.move(timedelta(seconds=1))
    await arena.check()


def _violations(answer: Refused) -> list[dict[str, str]]:
    found: list[dict[str, str]] = answer.refusal.detail["violations"]
    return found
