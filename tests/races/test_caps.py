"""Caps that no slot shows, and who may pass over them: on every way in which a lead gets an agent."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest

from db.repositories.decision_records import newest_decisions
from db.session import write_transaction
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Claim, Reassign, Route
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import LifecycleState
from services.agent_admin import AgentAdmin, AgentChange
from services.applied import Answer, Applied, Refused
from services.configurations import Configurations
from services.decisions import decision_fault
from services.invariants import check_invariants
from services.new_lead import NewLead
from tests.db.databases import run_script
from tests.races.arena import Arena, accepted, agent, refused
from tests.support.phones import fresh_phone
from tests.support.statements import statements

_SMB, _ENTERPRISE = 50, 500
_TO_ALL = {"name": "broadcast", "plan": {"steps": [{"seconds": 60, "take": "all"}]}}
_ESCALATES = {
    "id": str(UUID(int=7)),
    "name": "escalate",
    "condition": {"field": "lead.source", "operator": "eq", "value": "race"},
    "action": {"type": "escalate", "params": {"code": "vip"}},
    "priority": 50,
    "created_at": "2026-01-01T00:00:00+00:00",
}


async def _receive(arena: Arena, count: int, **facts: Any) -> list[Lead]:
    leads = []
    for _ in range(count):
        new = NewLead(source="race", phone=fresh_phone(), external_id=uuid4().hex, **facts)
        lead, _ = await arena.intake.receive(new)
        arena.received.add(lead.id)
        leads.append(lead)
    return leads


async def _routed(arena: Arena, count: int, **facts: Any) -> Counter[LifecycleState]:
    """Where so many new leads are after routing, all asked for at once."""
    leads = await _receive(arena, count, **facts)
    answers = await arena.together(*(arena.give(lead.id, arena.command(Route)) for lead in leads))
    return Counter(accepted(answer).state for answer in answers)


async def _replays(arena: Arena) -> None:
    """Every recorded decision, made again, is the same."""
    configurations = Configurations()
    async with write_transaction(arena.engines.service) as connection:
        for record in await newest_decisions(connection, 1000):
            configuration = await configurations.get(connection, record.config_version)
            assert decision_fault(record, configuration) is None


async def _set_rows(arena: Arena, agent: UUID, **limits: int) -> None:
    """Let these segments be what the agent works, each with its limit."""
    await run_script(arena.database.owner, f'DELETE FROM "AgentSpecialization" WHERE "agentId" = \'{agent}\'')
    for segment, limit in limits.items():
        await run_script(
            arena.database.owner,
            'INSERT INTO "AgentSpecialization" ("agentId", "insuranceLine", "customerSegment", "maxConcurrentLeads",'
            ' languages, territories, "updatedAt")'
            f" VALUES ('{agent}', 'Auto', '{segment}', {limit}, '[]', '[]', now())",
        )


async def test_leads_that_an_individual_row_serves_as_fallback_count_on_it(arena: Arena) -> None:
    (who,) = (await arena.populate(1, capacity=10)).agents
    await _set_rows(arena, who, Individual=2)
    assert await _routed(arena, 6, employee_count=_SMB) == {LifecycleState.OFFERED: 2, LifecycleState.QUEUED: 4}
    assert await _routed(arena, 1) == {LifecycleState.QUEUED: 1}, "the same row, the same limit"
    await _replays(arena)
    await arena.check()


async def test_a_lead_counts_on_the_row_of_its_own_segment_alone(arena: Arena) -> None:
    (who,) = (await arena.populate(1, capacity=10)).agents
    await _set_rows(arena, who, Individual=3, SMB=2)
    assert await _routed(arena, 4, employee_count=_SMB) == {LifecycleState.OFFERED: 2, LifecycleState.QUEUED: 2}
    assert await _routed(arena, 2, employee_count=_ENTERPRISE) == {LifecycleState.OFFERED: 2}
    assert await _routed(arena, 3) == {LifecycleState.OFFERED: 1, LifecycleState.QUEUED: 2}
    await _replays(arena)
    await arena.check()


async def test_with_soft_segments_a_lead_that_no_row_is_for_counts_on_all(arena: Arena) -> None:
    (who,) = (await arena.populate(1, capacity=10)).agents
    await arena.configure(eligibility={"segment": "soft"})
    await _set_rows(arena, who, SMB=2)
    assert await _routed(arena, 4) == {LifecycleState.OFFERED: 2, LifecycleState.QUEUED: 2}
    await _replays(arena)
    await arena.check()


async def _claims(arena: Arena, who: UUID, leads: list[Lead]) -> list[Answer]:
    """The agent claims all of them at once."""
    return await arena.together(*(arena.give(lead.id, arena.command(Claim, agent(who))) for lead in leads))


_LIMITS = {
    "hourly_cap": "UPDATE crm_agents SET max_leads_per_hour = 1",
    "daily_cap": "UPDATE crm_agents SET max_leads_per_day = 1",
    "specialization_cap": 'UPDATE "AgentSpecialization" SET "maxConcurrentLeads" = 1',
}


@pytest.mark.parametrize("cap", [*_LIMITS, "policy"])
async def test_claims_of_invitations_keep_the_caps_that_no_slot_shows(arena: Arena, cap: str) -> None:
    (invited,) = (await arena.populate(1, capacity=20)).agents
    eligibility = {"max_per_hour": 1} if cap == "policy" else {}
    await arena.configure(strategy=_TO_ALL, eligibility=eligibility)
    leads = await arena.offered(5)
    assert all(lead.in_round for lead in leads)
    if cap in _LIMITS:
        await run_script(arena.database.owner, _LIMITS[cap])
    answers = await _claims(arena, invited, leads)
    won = [answer.lead.id for answer in answers if isinstance(answer, Applied)]
    told = [answer.refusal for answer in answers if isinstance(answer, Refused)]
    assert (len(won), len(told)) == (1, 4)
    assert {refusal.code for refusal in told} == {"AtCapacity"}
    assert {refusal.detail["violations"][0]["code"] for refusal in told} == {"hourly_cap" if cap == "policy" else cap}
    left = await arena.sql("SELECT count(*) FROM lead_offers WHERE status = 'open'")
    assert left == [(4,)], "the other invitations stay open"
    await arena.check()


async def test_a_claim_of_an_invitation_without_such_a_cap_costs_no_statement_more(arena: Arena) -> None:
    (invited,) = (await arena.populate(1, capacity=20)).agents
    await arena.configure(strategy=_TO_ALL)
    first, second = await arena.offered(2)
    with statements(arena.engines.service) as free:
        await arena.give(first.id, arena.command(Claim, agent(invited)))
    await run_script(arena.database.owner, "UPDATE crm_agents SET max_leads_per_hour = 9")
    with statements(arena.engines.service) as limited:
        await arena.give(second.id, arena.command(Claim, agent(invited)))
    assert len(free) == len(limited) - 4


async def _escalated(arena: Arena, **facts: Any) -> Lead:
    (lead,) = await _receive(arena, 1, **facts)
    answer = accepted(await arena.give(lead.id, arena.command(Route)))
    assert (answer.state, answer.agent) == (LifecycleState.ESCALATED, None)
    return answer


_FLAWS = {
    "line": ("SELECT 1", {"insurance_type": "Home"}),
    "segment": ('UPDATE "AgentSpecialization" SET "customerSegment" = \'SMB\'', {}),
    "territory": ('UPDATE "AgentSpecialization" SET territories = \'["TX"]\'', {"state": "CA"}),
    "language": ("SELECT 1", {"language": "es"}),
    "licence": (
        "INSERT INTO agent_licences (agent_id, state, number, valid_from)"
        " SELECT id, 'TX', '1', '2020-01-01' FROM crm_agents WHERE role = 'agent'",
        {"state": "CA"},
    ),
}


@pytest.mark.parametrize("reason", _FLAWS)
async def test_an_agent_claims_no_escalated_lead_that_it_may_not_have(arena: Arena, reason: str) -> None:
    people = await arena.populate(1)
    who, script, facts = people.agents[0], *_FLAWS[reason]
    await run_script(arena.database.owner, script)
    await arena.configure(rules=[_ESCALATES])
    lead = await _escalated(arena, **facts)
    (answer,) = await _claims(arena, who, [lead])
    refusal = refused(answer).refusal
    assert refusal.code == "NotEligible"
    assert reason in refusal.message
    assert refusal.detail["violations"] == [{"code": reason, "type": "incompatible", "severity": "error"}]
    admin = Actor(role=Role.ADMIN, id=people.admin)
    given = accepted(await arena.give(lead.id, arena.command(Reassign, admin, to_agent=who, force=True)))
    assert given.agent == who
    assert await arena.sql("SELECT result -> 'overruled' FROM lead_transitions WHERE kind = 'reassign'") == [
        (f'["{reason}"]',)
    ]
    await arena.check()


async def test_presence_keeps_nobody_from_an_escalated_lead(arena: Arena) -> None:
    people = await arena.populate(1)
    await run_script(
        arena.database.owner,
        "UPDATE crm_agents SET accepts_new_leads = false; UPDATE \"AgentAvailability\" SET status = 'Break'",
    )
    await arena.configure(rules=[_ESCALATES])
    lead = await _escalated(arena)
    (answer,) = await _claims(arena, people.agents[0], [lead])
    assert accepted(answer).agent == people.agents[0]
    await arena.check()


async def test_caps_bind_the_claim_of_an_escalated_lead_and_filters_no_manager(arena: Arena) -> None:
    people = await arena.populate(1)
    await run_script(arena.database.owner, 'UPDATE "AgentSpecialization" SET "maxConcurrentLeads" = 1')
    await arena.configure(rules=[_ESCALATES])
    leads = [await _escalated(arena) for _ in range(3)]
    answers = await _claims(arena, people.agents[0], leads[:2])
    assert sorted(type(answer).__name__ for answer in answers) == ["Applied", "Refused"]
    (full,) = [answer for answer in answers if isinstance(answer, Refused)]
    assert (full.refusal.code, full.refusal.detail["violations"][0]["code"]) == ("AtCapacity", "specialization_cap")
    manager = Actor(role=Role.MANAGER, id=people.manager)
    assert accepted(await arena.give(leads[2].id, arena.command(Claim, manager))).agent == people.manager
    await arena.check()


async def test_the_check_judges_by_the_capacity_of_the_time(arena: Arena) -> None:
    """An agent whose capacity was once changed is looked at all the same."""
    people = await arena.populate(1, capacity=2)
    who, admin = people.agents[0], Actor(role=Role.ADMIN, id=people.admin, via="cli")
    await run_script(arena.database.owner, 'UPDATE "AgentSpecialization" SET "maxConcurrentLeads" = 50')
    desk = AgentAdmin(arena.engines.admin, arena.clock)
    for capacity, more in ((4, 4), (5, 1), (3, 0), (1, 0)):
        await desk.change(admin, str(who), AgentChange(capacity=capacity))
        assert all(lead.agent == who for lead in await arena.offered(more))
        assert (await check_invariants(arena.engines.service)).holds
    await run_script(arena.database.owner, 'UPDATE "AgentAvailability" SET "maxCapacity" = 9')
    assert [lead.agent for lead in await arena.offered(1)] == [who]
    await run_script(arena.database.owner, 'UPDATE "AgentAvailability" SET "maxCapacity" = 1')
    found = (await check_invariants(arena.engines.service)).violations
    assert {(one.check, one.id) for one in found} == {("capacity", who), ("capacity_history", who)}
