"""Strategies on real Postgres: turns are taken one after the other, and rules send leads where they say."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.ids import AgentId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Claim, Contact, Outcome, Reassign, Route
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import LifecycleState
from domain.lifecycle.transition import RefusalCode
from services.applied import Refused
from services.new_lead import NewLead
from tests.db.databases import run_script
from tests.races.arena import Arena, accepted
from tests.races.rounds import rounds
from tests.support.phones import fresh_phone


def _rule(action: str, params: dict[str, Any] | None = None, *, condition: Any = None, priority: int = 50) -> Any:
    return {
        "id": str(uuid4()),
        "name": f"{action} {priority}",
        "condition": condition or {"field": "lead.source", "operator": "eq", "value": "race"},
        "action": {"type": action, "params": params or {}},
        "priority": priority,
        "created_at": "2026-01-01T00:00:00+00:00",
    }


@rounds(quick=40, slow=1000)
async def test_round_robin_is_fair_under_contention(arena: Arena, rounds: int) -> None:
    people = await arena.populate(4, capacity=2000)
    await arena.configure(strategy={"name": "round_robin", "pool": "west"})
    leads = await arena.offered(rounds)
    got = Counter(lead.agent for lead in leads)
    assert set(got.values()) == {rounds // 4}
    assert await arena.sql("SELECT sum(turns) FROM strategy_shares WHERE pool = 'west'") == [(rounds,)]
    assert len(people.agents) == len(got)
    await arena.check()


async def test_weights_are_shares_and_a_newcomer_resets_nobody(arena: Arena) -> None:
    heavy, light, later = map(AgentId, (await arena.populate(3, capacity=200)).agents)
    await run_script(arena.database.owner, f"UPDATE crm_agents SET accepts_new_leads = false WHERE id = '{later}'")
    await arena.configure(strategy={"name": "weighted", "weights": {str(heavy): 3, str(light): 1}})
    first = Counter(lead.agent for lead in await arena.offered(20))
    assert (first[heavy], first[light]) == (15, 5)
    await run_script(arena.database.owner, f"UPDATE crm_agents SET accepts_new_leads = true WHERE id = '{later}'")
    second = Counter(lead.agent for lead in await arena.offered(20))
    assert second[later] == 4, "its share of 1 in 5, not the twenty it missed"
    assert dict(await arena.sql("SELECT agent_id, turns FROM strategy_shares")) == {
        heavy: 15 + second[heavy],
        light: 5 + second[light],
        later: 4,
    }


@pytest.mark.parametrize(("result", "left"), [("invalid", 0), ("duplicate", 0), ("lost", 1)])
async def test_a_lead_worth_nothing_gives_the_turn_back(arena: Arena, result: str, left: int) -> None:
    people = await arena.populate(1)
    await arena.configure(strategy={"name": "round_robin"})
    (lead,) = await arena.offered(1)
    admin = Actor(role=Role.ADMIN, id=people.admin)
    for _ in range(2):
        await arena.give(lead.id, arena.command(Outcome, admin, result=result))
    assert await arena.sql("SELECT turns FROM strategy_shares") == [(left,)]
    assert (await arena.sql("SELECT credited_at IS NULL FROM lead_offers")) == [(left == 1,)]


async def test_a_rule_names_the_agent_while_eligible(arena: Arena) -> None:
    one, two = (await arena.populate(2)).agents
    for wanted, other in ((one, two), (two, one)):
        await arena.configure(rules=[_rule("assign_to", {"agent": str(wanted)})])
        (lead,) = await arena.offered(1)
        assert lead.agent == wanted
        await run_script(arena.database.owner, f"UPDATE crm_agents SET accepts_new_leads = false WHERE id = '{wanted}'")
        (lead,) = await arena.offered(1)
        assert lead.agent == other, "a rule that cannot be met does not keep the customer waiting"
        await run_script(arena.database.owner, "UPDATE crm_agents SET accepts_new_leads = true")


async def test_force_passes_over_the_caps_and_says_so(arena: Arena) -> None:
    full, free = (await arena.populate(2, capacity=1)).agents
    await arena.configure(rules=[_rule("assign_to", {"agent": str(full), "force": True})])
    leads = await arena.offered(3)
    assert {lead.agent for lead in leads} == {full}
    forced = await arena.sql('SELECT DISTINCT "assignmentReason" -> \'forced\' FROM "LeadRoutingHistory"')
    assert (free != full, forced) == (True, [("true",)])
    await arena.check()


async def test_rules_escalate_hold_and_queue(arena: Arena) -> None:
    await arena.populate(1)
    for action, params, state, queue in (
        ("escalate", {"code": "vip"}, LifecycleState.ESCALATED, None),
        ("hold", {"minutes": 30}, LifecycleState.QUEUED, "nurture"),
        ("move_queue", {"queue": "active"}, LifecycleState.QUEUED, "active"),
    ):
        await arena.configure(rules=[_rule(action, params)])
        (lead,) = await arena.receive(1)
        placed = accepted(await arena.give(lead.id, arena.command(Route)))
        assert placed.state is state
        stored = await arena.sql(f'SELECT "queueType" FROM "AssignmentQueue" WHERE "leadId" = \'{lead.id}\'')
        assert stored == ([(queue,)] if queue else [])
    held = (
        await arena.sql("SELECT lifecycle_state, held_until - last_at FROM crm_leads WHERE held_until IS NOT NULL")
    )[0]
    assert held[0] == "queued"
    assert timedelta(minutes=29) < held[1] <= timedelta(minutes=30)


async def test_a_held_lead_is_routed_afterwards(arena: Arena) -> None:
    await arena.populate(1)
    await arena.configure(rules=[_rule("hold", {"minutes": 30})])
    (lead,) = await arena.receive(1)
    await arena.give(lead.id, arena.command(Route))
    arena.clock.move(timedelta(minutes=30))
    assert accepted(await arena.give(lead.id, arena.command(Route))).state is LifecycleState.OFFERED


@pytest.mark.parametrize("rules", [[], [_rule("hold", {"minutes": 30})]], ids=["for the opening", "by a rule"])
async def test_only_what_is_held_for_the_opening_is_everybodys(arena: Arena, rules: list[Any]) -> None:
    await arena.populate(2)
    opens = (arena.clock.now().hour + 2) % 24
    week = ["00:00-24:00"] if rules else [f"{opens:02}:00-{opens:02}:30"]
    weekly = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), week)
    await arena.configure(
        calendars={"office": {"time_zone": "UTC", "weekly": weekly}},
        sla={"calendar": "office", "out_of_hours": "first"},
        rules=rules,
    )
    (lead,) = await arena.receive(1)
    held = accepted(await arena.give(lead.id, arena.command(Route)))
    assert held.held_until is not None
    arena.clock.move(held.held_until - arena.clock.now() + timedelta(seconds=1))
    routed = accepted(await arena.give(lead.id, arena.command(Route)))
    assert (routed.state, routed.in_round) == (LifecycleState.OFFERED, not rules)


async def test_rules_choose_policy_and_strategy_of_one_lead(arena: Arena) -> None:
    await arena.populate(1)
    await arena.configure(
        policies={"quick": {"claim_seconds": 60}},
        rules=[
            _rule("set_policy", {"policy": "quick"}, priority=60),
            _rule("set_strategy", {"strategy": "least_loaded"}, priority=10),
        ],
    )
    (lead,) = await arena.offered(1)
    assert (lead.policy, lead.assignment_method) == ("quick", "least_loaded")
    assert lead.claim_expires_at is not None
    assert lead.claim_started_at is not None
    assert lead.claim_expires_at - lead.claim_started_at == timedelta(seconds=60)


async def test_a_rule_may_name_a_team(arena: Arena) -> None:
    mine = (await arena.populate(2)).agents
    others = (await arena.populate(2)).agents
    team = (await arena.sql(f"SELECT team_id FROM team_members WHERE agent_id = '{others[0]}'"))[0][0]
    await arena.configure(rules=[_rule("assign_to", {"team": str(team)})])
    got = {lead.agent for lead in await arena.offered(6)}
    assert got <= set(others)
    assert not got & set(mine)


async def test_specialisation_caps_hold_under_contention(arena: Arena) -> None:
    people = await arena.populate(2, capacity=50)
    await run_script(arena.database.owner, 'UPDATE "AgentSpecialization" SET "maxConcurrentLeads" = 3')
    leads = await arena.receive(20)
    answers = await asyncio.gather(*(arena.give(lead.id, arena.command(Route)) for lead in leads))
    states = Counter(accepted(answer).state for answer in answers)
    assert states == {LifecycleState.OFFERED: 6, LifecycleState.QUEUED: 14}
    assert len(people.agents) == 2


async def test_hourly_caps_hold_under_contention(arena: Arena) -> None:
    await arena.populate(2, capacity=50)
    await run_script(arena.database.owner, "UPDATE crm_agents SET max_leads_per_hour = 2")
    leads = await arena.receive(12)
    answers = await asyncio.gather(*(arena.give(lead.id, arena.command(Route)) for lead in leads))
    states = Counter(accepted(answer).state for answer in answers)
    assert states == {LifecycleState.OFFERED: 4, LifecycleState.QUEUED: 8}
    arena.clock.move(timedelta(hours=1))
    waiting = next(accepted(answer) for answer in answers if accepted(answer).state is LifecycleState.QUEUED)
    assert accepted(await arena.give(waiting.id, arena.command(Route))).state is LifecycleState.OFFERED


async def test_an_agent_with_ten_contacted_leads_still_gets_offers(arena: Arena) -> None:
    people = await arena.populate(1, capacity=1)
    (agent,), admin = people.agents, Actor(role=Role.ADMIN, id=people.admin)
    person = Actor(role=Role.AGENT, id=agent)
    for _ in range(10):
        (lead,) = await arena.receive(1)
        await arena.give(lead.id, arena.command(Reassign, admin, to_agent=agent))
        await arena.give(lead.id, arena.command(Contact, person, result="connected"))
    (lead,) = await arena.offered(1)
    assert (lead.state, lead.agent) == (LifecycleState.OFFERED, agent)


async def test_a_lead_given_by_hand_is_checked_unless_forced(arena: Arena) -> None:
    people = await arena.populate(2, capacity=1)
    full, admin = AgentId(people.agents[0]), Actor(role=Role.ADMIN, id=people.admin)
    await run_script(arena.database.owner, 'UPDATE "AgentSpecialization" SET "maxConcurrentLeads" = 50')
    first, second = await arena.receive(2)
    await arena.give(first.id, arena.command(Reassign, admin, to_agent=full))
    refused = await arena.give(second.id, arena.command(Reassign, admin, to_agent=full))
    assert isinstance(refused, Refused)
    assert refused.refusal.code is RefusalCode.NOT_ELIGIBLE
    assert refused.refusal.detail["violations"] == [{"code": "live_cap", "type": "over_capacity", "severity": "error"}]
    forced = accepted(await arena.give(second.id, arena.command(Reassign, admin, to_agent=full, force=True)))
    assert (forced.state, forced.agent) == (LifecycleState.CLAIMED, full)
    assert await arena.sql(
        "SELECT result -> 'overruled' FROM lead_transitions WHERE lead_id = $1 AND kind = 'reassign'", second.id
    ) == [('["live_cap"]',)]
    assert await arena.sql(
        'SELECT "assignmentReason" -> \'overruled\' FROM "LeadRoutingHistory" WHERE "leadId" = $1', second.id
    ) == [('["live_cap"]',)]
    manager = accepted(await arena.give(first.id, arena.command(Reassign, admin, to_agent=people.manager)))
    assert manager.agent == people.manager


async def test_who_knows_the_customer_goes_first_while_eligible(arena: Arena) -> None:
    people = await arena.populate(2)
    phone, admin = fresh_phone(), Actor(role=Role.ADMIN, id=people.admin)
    first = await _routed(arena, phone=phone)
    assert first.agent is not None
    person = Actor(role=Role.AGENT, id=first.agent)
    await arena.give(first.id, arena.command(Claim, person))
    await arena.give(first.id, arena.command(Outcome, admin, result="lost"))
    stranger = await _routed(arena, phone=fresh_phone())
    assert stranger.agent != first.agent, "the other one has been idle for longer"
    again = await _routed(arena, phone=phone)
    assert again.agent == first.agent
    await arena.give(again.id, arena.command(Outcome, admin, result="lost"))
    await run_script(
        arena.database.owner, f"UPDATE crm_agents SET accepts_new_leads = false WHERE id = '{first.agent}'"
    )
    assert (await _routed(arena, phone=phone)).agent not in (None, first.agent)


@pytest.mark.parametrize(("reading", "gets_it"), [("excludes", False), ("prefers", True)])
async def test_the_agent_that_a_source_names_as_the_existing_one(arena: Arena, reading: str, gets_it: bool) -> None:
    one, two = (await arena.populate(2)).agents
    await arena.configure(eligibility={"existing_agent": reading})
    for existing in (one, two):
        lead = await _routed(arena, phone=fresh_phone(), metadata={"existing_agent_id": str(existing)})
        assert (lead.agent == existing) == gets_it
    nobody = await _routed(arena, phone=fresh_phone(), metadata={"existing_agent_id": "Ann from sales"})
    assert nobody.agent in (one, two)


async def _routed(arena: Arena, **facts: Any) -> Lead:
    lead, _ = await arena.intake.receive(NewLead(source="race", external_id=uuid4().hex, **facts))
    arena.received.add(lead.id)
    return accepted(await arena.give(lead.id, arena.command(Route)))
