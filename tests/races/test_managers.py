"""Managers who assign by hand while others act."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Claim, Reassign, Release, Withdraw
from domain.lifecycle.state import LifecycleState
from services.applied import Applied
from tests.races.arena import Arena, accepted, agent, refused
from tests.races.rounds import rounds

_LEADS = 6


@rounds(quick=2, slow=60)
async def test_a_claim_while_a_manager_reassigns(arena: Arena, rounds: int) -> None:
    people = await arena.populate(3)
    manager = Actor(role=Role.MANAGER, id=people.manager)
    for _ in range(rounds):
        leads = await arena.offered(_LEADS)
        others = [arena.dice.choice([one for one in people.agents if one != lead.agent]) for lead in leads]
        attempts = []
        for lead, other in zip(leads, others, strict=True):
            attempts.append(arena.give(lead.id, arena.command(Claim, agent(lead.agent or uuid4()), epoch=1)))
            attempts.append(arena.give(lead.id, arena.command(Reassign, manager, to_agent=other)))
        answers = await arena.together(*attempts)
        for place, (lead, other) in enumerate(zip(leads, others, strict=True)):
            claim, reassign = answers[2 * place], answers[2 * place + 1]
            now = await arena.current(lead.id)
            # A manual assignment beats an automatic one, before the claim and after it.
            assert accepted(reassign).epoch == 2
            assert (now.state, now.agent, now.reassignment_count) == (LifecycleState.CLAIMED, other, 1)
            if not isinstance(claim, Applied):
                assert refused(claim).refusal.code == "AlreadyClaimed"
                assert refused(claim).refusal.detail["claimed_by"] == str(other)
        await arena.clear(leads, people.admin)
    await arena.check()


@rounds(quick=2, slow=45)
async def test_two_managers_reassign_one_lead(arena: Arena, rounds: int) -> None:
    people = await arena.populate(4)
    bosses = [Actor(role=Role.MANAGER, id=people.manager), Actor(role=Role.ADMIN, id=people.admin)]
    for _ in range(rounds):
        leads = await arena.offered(_LEADS)
        attempts = []
        for lead in leads:
            wanted = arena.dice.sample([one for one in people.agents if one != lead.agent], 2)
            for boss, to_agent in zip(bosses, wanted, strict=True):
                attempts.append(arena.give(lead.id, arena.command(Reassign, boss, to_agent=to_agent)))
        answers = [accepted(answer) for answer in await arena.together(*attempts)]
        for place, lead in enumerate(leads):
            first, last = sorted(answers[2 * place : 2 * place + 2], key=lambda answered: answered.seq)
            now = await arena.current(lead.id)
            assert (first.epoch, last.epoch, now.agent) == (2, 3, last.agent)
            rows = await arena.sql(
                "SELECT from_agent_id, to_agent_id FROM crm_lead_reassignments WHERE lead_id = $1 ORDER BY created_at",
                lead.id,
            )
            assert rows == [(lead.agent, first.agent), (first.agent, last.agent)], "a chain without a gap"
        await arena.clear(leads, people.admin)
    await arena.check()


@rounds(quick=3, slow=120)
async def test_leads_that_change_places_never_deadlock(arena: Arena, rounds: int) -> None:
    """Each pair swaps its agents, all pairs the same two: the worst case for the order of locks."""
    people = await arena.populate(2)
    left, right = people.agents
    boss = Actor(role=Role.ADMIN, id=people.admin)
    leads = await arena.offered(2 * _LEADS)
    places = {lead.id: (left, right)[place % 2] for place, lead in enumerate(leads)}
    await asyncio.gather(
        *(arena.give(lead_id, arena.command(Reassign, boss, to_agent=to)) for lead_id, to in places.items())
    )
    for _ in range(rounds):
        places = {lead_id: right if place == left else left for lead_id, place in places.items()}
        answers = await arena.together(
            *(arena.give(lead_id, arena.command(Reassign, boss, to_agent=to)) for lead_id, to in places.items())
        )
        assert [accepted(answer).agent for answer in answers] == list(places.values())
    loads = await arena.sql('SELECT "currentLoad" FROM "AgentAvailability"')
    assert loads == [(_LEADS,), (_LEADS,)]
    await arena.check()


@rounds(quick=2, slow=60)
async def test_everybody_does_something_else_to_one_lead(arena: Arena, rounds: int) -> None:
    """A manager assigns, the holder gives back, the source withdraws: whatever the order, the rows agree."""
    people = await arena.populate(4)
    manager = Actor(role=Role.MANAGER, id=people.manager)
    source = Actor(role=Role.SERVICE, id=uuid4())
    for _ in range(rounds):
        offered = await arena.offered(_LEADS)
        claims = (arena.give(lead.id, arena.command(Claim, agent(lead.agent or uuid4()))) for lead in offered)
        leads = [accepted(answer) for answer in await asyncio.gather(*claims)]
        attempts = []
        for lead in leads:
            holder = agent(lead.agent or uuid4())
            attempts += [
                arena.give(lead.id, arena.command(Release, holder, code="busy")),
                arena.give(lead.id, arena.command(Reassign, manager, to_agent=arena.dice.choice(people.agents))),
                arena.give(lead.id, arena.command(Withdraw, source)),
            ]
        await arena.together(*attempts)
        assert {(await arena.current(lead.id)).state for lead in leads} == {LifecycleState.CLOSED}
    assert await arena.sql('SELECT sum("currentLoad") FROM "AgentAvailability"') == [(0,)]
    await arena.check()
