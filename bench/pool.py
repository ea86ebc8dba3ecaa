"""Agents and waiting leads to assign, and the judgement of what became of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from domain.ids import LeadId

_EMPTY = """
TRUNCATE crm_leads CASCADE;
DELETE FROM crm_agents WHERE role = 'agent';
"""
_AGENTS = """
INSERT INTO crm_agents (id, role, max_active_leads)
SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'agent', 1000000 FROM generate_series(1, $1) n
"""
_SPECIALIZATIONS = """
INSERT INTO "AgentSpecialization"
    ("agentId", "insuranceLine", "customerSegment", "maxConcurrentLeads", languages, territories, "updatedAt")
SELECT id, 'Auto', 'Individual', 1000000, '[]', '[]', now() FROM crm_agents WHERE role = 'agent'
"""
_AVAILABILITY = """
INSERT INTO "AgentAvailability" ("agentId", status, "maxCapacity", "lastUpdated", "updatedAt")
SELECT id, 'Available', $1, now(), now() FROM crm_agents WHERE role = 'agent'
"""
_LEADS = """
INSERT INTO crm_leads (source, external_id, insurance_type, status, lifecycle_state, seq, last_at, wake_at, score, tier,
                       created_at, received_at)
SELECT 'bench', n::text, 'Auto', 'PROCESSING', 'queued', 1, now(), now() + interval '1 day', n % 100, 'Tier3',
       now(), now()
  FROM generate_series(1, $1) n
"""
_LEDGER = """
INSERT INTO lead_transitions (lead_id, seq, kind, command_id, body_hash, actor, at, epoch, state, told_at)
SELECT id, 1, 'receive', id || ':receive', '', 'system', last_at, 0, 'queued', last_at FROM crm_leads
"""
_QUEUE = """
INSERT INTO "AssignmentQueue"
    ("leadId", "queueType", "leadScore", "estimatedWaitMinutes", "queuePosition", "updatedAt")
SELECT id, 'waiting', score, 5, 1, now() FROM crm_leads
"""
_TABLES = 'crm_agents, crm_leads, "AgentAvailability", "AgentSpecialization", "AssignmentQueue", lead_transitions'
_FREE = """
SELECT coalesce(sum("maxCapacity" - "currentLoad"), 0) FROM "AgentAvailability" WHERE "currentLoad" < "maxCapacity"
"""
_JUDGEMENT = """
SELECT (SELECT count(*) FROM crm_leads WHERE lifecycle_state = 'offered') AS assigned,
       (SELECT count(*) FROM lead_offers) - (SELECT count(DISTINCT lead_id) FROM lead_offers) AS twice,
       count(*) FILTER (WHERE "currentLoad" > "maxCapacity") AS overfilled,
       count(*) FILTER (WHERE "currentLoad" <> (SELECT count(*) FROM crm_leads
                                                 WHERE assigned_agent_id = "agentId" AND lifecycle_state = 'offered'
                                                   AND lifecycle_state <> 'closed')) AS wrong_loads
  FROM "AgentAvailability"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the database says afterwards: leads assigned, assigned more than once, agents beyond their cap, and agents
    whose load is not the number of their live leads."""

    assigned: int
    twice: int
    overfilled: int
    wrong_loads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """`agents` with `capacity` slots each."""

    agents: int
    capacity: int

    @property
    def slots(self) -> int:
        """Leads that fit."""
        return self.agents * self.capacity


async def fill(owner: asyncpg.Connection[asyncpg.Record], pool: Pool, leads: int) -> list[LeadId]:
    """Replace every agent and lead by a new pool and `leads` waiting leads; returns these."""
    async with owner.transaction():
        await owner.execute(_EMPTY)
        await owner.execute(_AGENTS, pool.agents)
        await owner.execute(_SPECIALIZATIONS)
        await owner.execute(_AVAILABILITY, pool.capacity)
        await owner.execute(_LEADS, leads)
        await owner.execute(_LEDGER)
        await owner.execute(_QUEUE)
    await owner.execute(f"VACUUM (ANALYZE) {_TABLES}")
    return [LeadId(row["id"]) for row in await owner.fetch("SELECT id FROM crm_leads ORDER BY score DESC, id")]


async def configure(owner: asyncpg.Connection[asyncpg.Record], body: Mapping[str, Any]) -> None:
    """Publish a configuration, and let every lead go by it."""
    version = await owner.fetchval(
        """INSERT INTO configuration_versions (version, body)
           SELECT max(version) + 1, $1 FROM configuration_versions RETURNING version""",
        json.dumps(body),
    )
    await owner.execute("UPDATE crm_leads SET config_version = $1", version)


async def hold(owner: asyncpg.Connection[asyncpg.Record], leads_each: int) -> None:
    """Give every agent that many open leads that take no slot, as agents have in real life."""
    await owner.execute(
        """UPDATE crm_leads SET lifecycle_state = 'contacted', assigned_agent_id = a.id
             FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM crm_agents WHERE role = 'agent') a
            WHERE crm_leads.external_id::int BETWEEN (a.n - 1) * $1 + 1 AND a.n * $1""",
        leads_each,
    )
    await owner.execute(f"VACUUM (ANALYZE) {_TABLES}")


async def free_slots(owner: asyncpg.Connection[asyncpg.Record]) -> int:
    """Slots that are free at this moment."""
    return int(await owner.fetchval(_FREE))


async def judge(owner: asyncpg.Connection[asyncpg.Record]) -> Judgement:
    """Compare leads, offers and loads."""
    row = await owner.fetchrow(_JUDGEMENT)
    assert row is not None
    return Judgement(**dict(row))
