"""Routing under contention: slots are never given twice, and nobody gets a lead after going away."""

from __future__ import annotations

from uuid import UUID

from domain.ids import AgentId, LeadId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Route, Withdraw
from domain.lifecycle.state import LifecycleState
from domain.routing.agent import AgentStatus
from services.applied import Applied
from tests.races.arena import Arena, accepted
from tests.races.rounds import rounds

_LEADS = 50


@rounds(quick=3, slow=30)
async def test_the_last_slot_for_fifty_leads(arena: Arena, rounds: int) -> None:
    people = await arena.populate(1, capacity=1)
    # The one agent gets a waiting lead in every round, more in a minute than a person would be given.
    await arena.configure(queues={"drain_per_minute": 1000})
    admin = Actor(role=Role.ADMIN, id=people.admin)
    leads = await arena.receive(_LEADS)
    answers = await arena.together(*(arena.give(lead.id, arena.command(Route)) for lead in leads))
    states = [accepted(answer).state for answer in answers]
    assert (states.count(LifecycleState.OFFERED), states.count(LifecycleState.QUEUED)) == (1, _LEADS - 1)
    holder = next(lead for lead in map(accepted, answers) if lead.agent is not None)
    for left in range(_LEADS - 1, _LEADS - 1 - rounds, -1):
        # The slot is freed while all the others ask for it, and asked for once more afterwards.
        waiting = [lead for lead in leads if (await arena.current(lead.id)).state is LifecycleState.QUEUED]
        assert len(waiting) == left
        asked = [arena.give(lead.id, arena.command(Route, only_offer=True)) for lead in waiting]
        freed, *routed = await arena.together(arena.give(holder.id, arena.command(Withdraw, admin)), *asked)
        assert accepted(freed).state is LifecycleState.CLOSED
        got = [answer for answer in routed if isinstance(answer, Applied) and answer.changed]
        if not got:
            again = [arena.give(lead.id, arena.command(Route, only_offer=True)) for lead in waiting]
            got = [answer for answer in await arena.together(*again) if isinstance(answer, Applied) and answer.changed]
        assert len(got) == 1
        holder = accepted(got[0])
        assert await arena.sql('SELECT "currentLoad" FROM "AgentAvailability"') == [(1,)]
    await arena.check()


@rounds(quick=3, slow=30)
async def test_fewer_than_fifty_leads_may_be_held(arena: Arena, rounds: int) -> None:
    """Free slots without end, but three open leads at most: those who wait for the agent's row count anew."""
    people = await arena.populate(1, capacity=1000)
    await arena.sql("UPDATE crm_agents SET max_active_leads = 3 WHERE role = 'agent'")
    for _ in range(rounds):
        leads = await arena.receive(_LEADS)
        answers = await arena.together(*(arena.give(lead.id, arena.command(Route)) for lead in leads))
        states = [accepted(answer).state for answer in answers]
        assert (states.count(LifecycleState.OFFERED), states.count(LifecycleState.QUEUED)) == (3, _LEADS - 3)
        await arena.clear(leads, people.admin)
    await arena.check()


@rounds(quick=3, slow=60)
async def test_an_agent_goes_away_while_chosen(arena: Arena, rounds: int) -> None:
    people = await arena.populate(2)
    stays, leaves = people.agents
    admin = Actor(role=Role.ADMIN, id=people.admin)
    for _ in range(rounds):
        leads = await arena.receive(8)
        await arena.presence.set_status(AgentId(leaves), AgentStatus.AVAILABLE, admin)
        routes = [_route(arena, lead.id) for lead in leads]
        await arena.together(_leave(arena, leaves, admin), *routes)
        now = [await arena.current(lead.id) for lead in leads]
        assert {lead.state for lead in now} == {LifecycleState.OFFERED}, "the one who stays has room for all"
        assert {lead.agent for lead in now} <= {stays, leaves}
        # Both are written under the lock of the agent's row, and stamped by the database.
        too_late = await arena.sql(
            """SELECT count(*) FROM lead_transitions t JOIN lead_offers o ON (o.lead_id, o.epoch) = (t.lead_id, t.epoch)
                WHERE t.kind = 'route' AND o.agent_id = $1 AND t.lead_id = ANY($2)
                  AND t.recorded_at > (SELECT max(recorded_at) FROM agent_state_log
                                        WHERE agent_id = $1 AND new = '"Offline"')""",
            leaves,
            [lead.id for lead in leads],
        )
        assert too_late == [(0,)]
        await arena.clear(leads, people.admin)
    await arena.check()


async def _route(arena: Arena, lead_id: UUID) -> None:
    accepted(await arena.give(LeadId(lead_id), arena.command(Route)))


async def _leave(arena: Arena, who: UUID, admin: Actor) -> None:
    assert await arena.presence.set_status(AgentId(who), AgentStatus.OFFLINE, admin) is None
