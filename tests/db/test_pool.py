"""The database's filters are those of the domain: who is dropped, and why, is the same either way."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from db.repositories.pool import read_pool
from db.session import Engines, single_statements
from db.tables import agents as agents_table
from domain.ids import AgentId, LeadId, TeamId
from domain.routing.eligibility import DropReason, sift
from domain.routing.eligibility_policy import EligibilityPolicy, Requirement
from domain.routing.request import RoutingRequest
from tests.db.databases import Database, run_script
from tests.support.people import populate

NOW = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
LINES, SEGMENTS, STATES, TAGS = ("Auto", "Home"), ("Individual", "SMB", "Enterprise"), ("CA", "TX"), ("en", "es")
TEAM = UUID(int=7)
_AGENTS = 120


def _world(dice: random.Random) -> str:
    """Agents with every mixture of what the filters look at."""
    script = [f"INSERT INTO teams (id, name) VALUES ('{TEAM}', 'team')"]
    for _ in range(_AGENTS):
        agent = uuid4()
        status = dice.choice(("Available",) * 4 + ("Break", "Offline"))
        script += [
            f"INSERT INTO crm_agents (id, role, is_active, accepts_new_leads, timezone) VALUES ('{agent}', 'agent',"
            f" {dice.random() < 0.9}, {dice.random() < 0.9}, 'America/New_York')",
            f'INSERT INTO "AgentAvailability" ("agentId", status, "currentLoad", "maxCapacity", "lastUpdated",'
            f" \"updatedAt\") VALUES ('{agent}', '{status}', {dice.randint(0, 3)}, 3, now(), now())",
        ]
        if dice.random() < 0.5:
            script.append(f"INSERT INTO team_members (team_id, agent_id) VALUES ('{TEAM}', '{agent}')")
        if dice.random() < 0.3:
            hour = dice.randint(6, 14)
            script.append(
                "INSERT INTO agent_shifts (agent_id, weekday, starts, ends)"
                f" VALUES ('{agent}', {NOW.weekday()}, '{hour}:00', '{hour + 4}:00')"
            )
        if dice.random() < 0.2:
            starts = NOW - timedelta(hours=dice.randint(-2, 2))
            cancelled = "now()" if dice.random() < 0.3 else "NULL"
            script.append(
                "INSERT INTO agent_time_off (agent_id, starts_at, ends_at, code, cancelled_at)"
                f" VALUES ('{agent}', '{starts}', '{starts + timedelta(hours=1)}', 'holiday', {cancelled})"
            )
        for state in dice.sample(STATES, dice.choice((0, 0, 1, 2))):
            line = dice.choice(("'Auto'", "'Home'", "NULL"))
            valid_to = dice.choice(("NULL", "'2026-03-03'", "'2026-03-04'"))
            script.append(
                "INSERT INTO agent_licences (agent_id, state, line, number, valid_from, valid_to)"
                f" VALUES ('{agent}', '{state}', {line}, '1', '2026-01-01', {valid_to})"
            )
        for line in dice.sample(LINES, dice.choice((0, 1, 1, 2))):
            for segment in dice.sample(SEGMENTS, dice.choice((1, 1, 2))):
                languages = json.dumps(dice.sample(TAGS, dice.randint(1, 2)))
                territories = json.dumps(dice.sample(STATES, dice.choice((0, 1, 2))))
                script.append(
                    'INSERT INTO "AgentSpecialization" ("agentId", "insuranceLine", "customerSegment", languages,'
                    f" territories, \"updatedAt\") VALUES ('{agent}', '{line}', '{segment}', '{languages}',"
                    f" '{territories}', now())"
                )
    return ";".join(script)


def _request(dice: random.Random, agents: list[AgentId]) -> RoutingRequest:
    return RoutingRequest(
        lead_id=LeadId(uuid4()),
        line=dice.choice(LINES),
        segment=dice.choice(SEGMENTS),
        language=dice.choice((None, *TAGS)),
        territory=dice.choice((None, *STATES)),
        team=dice.choice((None, None, TeamId(TEAM))),
        barred=frozenset(dice.sample(agents, 3)),
        existing_agent=dice.choice(agents),
        earlier_holders=frozenset(dice.sample(agents, 10)),
        on=NOW.date(),
    )


async def test_filtering_in_the_database_changes_nothing(database: Database, engines: Engines) -> None:
    dice = random.Random(5)
    await run_script(database.owner, _world(dice))
    seen: set[DropReason] = set()
    async with single_statements(engines.service) as connection:
        everybody = [AgentId(row.id) for row in await connection.execute(select(agents_table.c.id)) if row.id.int != 1]
        for _ in range(60):
            request = _request(dice, everybody)
            policy = EligibilityPolicy(
                **{name: dice.choice(tuple(Requirement)) for name in ("language", "territory", "licence", "segment")}
            )
            fast = await read_pool(connection, request, policy, now=NOW, midnight=NOW)
            full = await read_pool(connection, request, policy, now=NOW, midnight=NOW, kept=everybody)
            judged, expected = sift(fast.agents, request, policy), sift(full.agents, request, policy)
            assert dict(fast.dropped) | dict(judged.dropped) == dict(expected.dropped)
            assert {one.id for one in judged.eligible} == {one.id for one in expected.eligible}
            assert len(fast.agents) < len(full.agents) == _AGENTS
            seen |= set(dict(fast.dropped).values())
    assert seen >= {
        DropReason.INACTIVE,
        DropReason.STATUS,
        DropReason.ON_LEAVE,
        DropReason.NOT_ACCEPTING,
        DropReason.TEAM,
        DropReason.LINE,
        DropReason.SEGMENT,
        DropReason.LICENCE,
        DropReason.TERRITORY,
    }


async def test_a_misspelt_time_zone_keeps_nobody_else_from_getting_leads(database: Database, engines: Engines) -> None:
    dice = random.Random(6)
    await run_script(database.owner, _world(dice) + ";UPDATE crm_agents SET timezone = 'Mars/Olympus'")
    async with single_statements(engines.service) as connection:
        request = replace(_request(dice, [AgentId(uuid4()) for _ in range(20)]), team=None, language=None)
        pool = await read_pool(connection, request, EligibilityPolicy(), now=NOW, midnight=NOW)
    assert pool.agents


@pytest.mark.parametrize(("days", "counts"), [(0, True), (30, True), (31, False)])
async def test_metrics_older_than_thirty_days_do_not_count(
    days: int, counts: bool, database: Database, engines: Engines
) -> None:
    (agent,) = (await populate(database, 1)).agents
    day = NOW.date() - timedelta(days=days)
    await run_script(
        database.owner,
        'INSERT INTO "AgentPerformanceMetrics" ("agentId", "periodDate", "conversionRate", "updatedAt")'
        f" VALUES ('{agent}', '{day}', 0.4, now())",
    )
    request = RoutingRequest(lead_id=LeadId(uuid4()), line="Auto", segment="Individual", language=None, territory=None)
    async with single_statements(engines.service) as connection:
        pool = await read_pool(connection, request, EligibilityPolicy(), now=NOW, midnight=NOW)
    assert [one.performance is not None for one in pool.agents] == [counts]
