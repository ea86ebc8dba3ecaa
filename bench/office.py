"""An office as large as wanted: agents of every line and segment with licences, shifts and a past, and new leads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from domain.ids import LeadId

LINES = ("Auto", "Home", "Life", "Health", "Commercial")
SEGMENTS = ("Individual", "SMB", "Enterprise")
STATES = (
    *("AZ", "CA", "CO", "CT", "FL", "GA", "ID", "IL", "MA", "MI"),
    *("NC", "NJ", "NM", "NV", "NY", "OH", "OR", "PA", "TX", "WA"),
)
_EMPLOYEES = {"Individual": None, "SMB": 40, "Enterprise": 900}
_LANGUAGES: tuple[list[str], ...] = (["en"], ["en", "es"], ["en"], ["en", "fr"], [])
_STATUS = ("Available",) * 8 + ("Break", "Offline")
_LICENCES_EACH = 10
_HELD_EACH = 5
_ROOM = 1_000_000
_EMPTY = """
TRUNCATE crm_leads CASCADE;
DELETE FROM crm_agents WHERE role = 'agent';
"""
_LEADS = """
INSERT INTO crm_leads (source, external_id, insurance_type, employee_count, state, language, lifecycle_state, status,
                       seq, score, tier, last_at, wake_at, created_at, received_at)
SELECT 'bench', r.id, r.line, r.employees, r.state, r.language, 'received', 'PROCESSING', 2, 60, 'Tier2',
       now(), now() + interval '1 day', now(), now()
  FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[]) r (id, line, employees, state, language)
"""
_LEDGER = """
INSERT INTO lead_transitions (lead_id, seq, kind, command_id, body_hash, actor, at, epoch, state, told_at, result)
SELECT id, n, t.kind, id || t.kind, '', 'system', last_at, 0, 'received', last_at, '{"score": {"value": 60}}'
  FROM crm_leads, (VALUES (1, 'receive'), (2, 'score')) t (n, kind) WHERE source = 'bench'
"""
_PAST_LEADS = """
INSERT INTO crm_leads (source, external_id, insurance_type, lifecycle_state, status, seq, epoch, score, tier, last_at,
                       wake_at, created_at, received_at, assigned_agent_id)
SELECT 'past', a.id || '-' || n, 'Auto', 'contacted', 'ROUTED', 5, 1, 60, 'Tier2', now(), now() + interval '1 day',
       now(), now(), a.id
  FROM crm_agents a, generate_series(1, $1) n WHERE a.role = 'agent'
"""
_PAST_OFFERS = """
INSERT INTO lead_offers (lead_id, epoch, agent_id, kind, status, offered_at, config_version)
SELECT id, 1, assigned_agent_id, 'single', 'claimed', now() - random() * interval '2 days', 1
  FROM crm_leads WHERE source = 'past'
"""
_TABLES = (
    *("crm_agents", "crm_leads", '"AgentAvailability"', '"AgentSpecialization"', '"AgentPerformanceMetrics"'),
    *("agent_licences", "agent_shifts", "lead_offers", "lead_transitions"),
)

Row = tuple[Any, ...]


async def staff(owner: asyncpg.Connection[asyncpg.Record], agents: int, seed: int = 1) -> None:
    """Replace every agent and lead by an office of so many agents, each with room for all that comes.

    Two lines and segments each, licences in ten of twenty states, one of five not there, one of four by shifts, five
    open leads each from before.
    """
    random, now = Random(f"{seed}/staff"), datetime.now(UTC)
    ids = [UUID(int=number, version=4) for number in range(1, agents + 1)]
    await owner.execute(_EMPTY)
    for table, columns, rows in _people(ids, random, now):
        await owner.copy_records_to_table(table, records=rows, columns=columns)
    await owner.execute(_PAST_LEADS, _HELD_EACH)
    await owner.execute(_PAST_OFFERS)


async def arrive(owner: asyncpg.Connection[asyncpg.Record], leads: int, seed: int = 1) -> list[LeadId]:
    """`leads` scored leads of every line and segment that nobody has been chosen for; returns them."""
    random = Random(f"{seed}/arrive")
    numbers = [str(number) for number in range(leads)]
    segments = [random.choices(SEGMENTS, (6, 3, 1))[0] for _ in numbers]
    await owner.execute(
        _LEADS,
        numbers,
        [random.choice(LINES) for _ in numbers],
        [_EMPLOYEES[segment] for segment in segments],
        [random.choice(STATES) for _ in numbers],
        [random.choices(("en", "es"), (9, 1))[0] for _ in numbers],
    )
    await owner.execute(_LEDGER)
    await owner.execute(f"VACUUM (ANALYZE) {', '.join(_TABLES)}")
    return [LeadId(row["id"]) for row in await owner.fetch("SELECT id FROM crm_leads WHERE source = 'bench'")]


def _people(ids: Sequence[UUID], random: Random, now: datetime) -> list[tuple[str, list[str], list[Row]]]:
    agents = [(agent, "agent", _ROOM, "America/Chicago") for agent in ids]
    availability = [(agent, random.choice(_STATUS), _ROOM, now, now) for agent in ids]
    metrics = [
        (agent, now.date(), random.random(), random.uniform(50, 100), random.uniform(5, 40), random.random(), now)
        for agent in ids
    ]
    return [
        ("crm_agents", ["id", "role", "max_active_leads", "timezone"], agents),
        ("AgentAvailability", ["agentId", "status", "maxCapacity", "lastUpdated", "updatedAt"], availability),
        (
            "AgentPerformanceMetrics",
            [
                *("agentId", "periodDate", "conversionRate", "customerSatisfactionRating"),
                *("avgHandlingTimeMinutes", "crossSellRate", "updatedAt"),
            ],
            metrics,
        ),
        (
            "AgentSpecialization",
            [
                *("agentId", "insuranceLine", "customerSegment", "proficiencyLevel", "maxConcurrentLeads"),
                *("languages", "territories", "updatedAt"),
            ],
            [row for number, agent in enumerate(ids) for row in _skills(number, agent, random, now)],
        ),
        (
            "agent_licences",
            ["agent_id", "state", "number", "valid_from", "valid_to"],
            [row for agent in ids for row in _licences(agent, random)],
        ),
        (
            "agent_shifts",
            ["agent_id", "weekday", "starts", "ends"],
            [row for agent in ids if random.random() < 0.25 for row in _shifts(agent, random)],
        ),
    ]


def _skills(number: int, agent: UUID, random: Random, now: datetime) -> list[Row]:
    languages = json.dumps(random.choice(_LANGUAGES))
    territories = json.dumps(random.choice(([], [], random.sample(STATES, 12))))
    return [
        (agent, line, segment, random.randint(1, 5), _ROOM, languages, territories, now)
        for line, segment in (
            (LINES[number % 5], SEGMENTS[number // 5 % 3]),
            (LINES[(number + 2) % 5], random.choice(SEGMENTS)),
        )
    ]


def _licences(agent: UUID, random: Random) -> list[Row]:
    ends = random.choice((None, date(2024, 12, 31), date(2099, 12, 31), date(2099, 12, 31)))
    return [(agent, state, f"L-{state}", date(2020, 1, 1), ends) for state in random.sample(STATES, _LICENCES_EACH)]


def _shifts(agent: UUID, random: Random) -> list[Row]:
    begins = random.randint(0, 23)
    return [(agent, weekday, time(begins), time((begins + 8) % 24)) for weekday in range(7)]
