"""Caps that no slot shows, and who may pass over them: on every way in which a lead gets an agent."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

from db.repositories.decision_records import newest_decisions
from db.session import write_transaction
from domain.lifecycle.commands import Route
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import LifecycleState
from services.configurations import Configurations
from services.decisions import decision_fault
from services.new_lead import NewLead
from tests.db.databases import run_script
from tests.races.arena import Arena, accepted
from tests.support.phones import fresh_phone

_SMB, _ENTERPRISE = 50, 500


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
    (agent,) = (await arena.populate(1, capacity=10)).agents
    await _set_rows(arena, agent, Individual=2)
    assert await _routed(arena, 6, employee_count=_SMB) == {LifecycleState.OFFERED: 2, LifecycleState.QUEUED: 4}
    assert await _routed(arena, 1) == {LifecycleState.QUEUED: 1}, "the same row, the same limit"
    await _replays(arena)
    await arena.check()


async def test_a_lead_counts_on_the_row_of_its_own_segment_alone(arena: Arena) -> None:
    (agent,) = (await arena.populate(1, capacity=10)).agents
    await _set_rows(arena, agent, Individual=3, SMB=2)
    assert await _routed(arena, 4, employee_count=_SMB) == {LifecycleState.OFFERED: 2, LifecycleState.QUEUED: 2}
    assert await _routed(arena, 2, employee_count=_ENTERPRISE) == {LifecycleState.OFFERED: 2}
    assert await _routed(arena, 3) == {LifecycleState.OFFERED: 1, LifecycleState.QUEUED: 2}
    await _replays(arena)
    await arena.check()


async def test_with_soft_segments_a_lead_that_no_row_is_for_counts_on_all(arena: Arena) -> None:
    (agent,) = (await arena.populate(1, capacity=10)).agents
    await arena.configure(eligibility={"segment": "soft"})
    await _set_rows(arena, agent, SMB=2)
    assert await _routed(arena, 4) == {LifecycleState.OFFERED: 2, LifecycleState.QUEUED: 2}
    await _replays(arena)
    await arena.check()
