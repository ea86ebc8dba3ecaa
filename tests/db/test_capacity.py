"""Forecast and rebalance on real rows, as services and as `baton capacity`."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cli.main import run
from db.repositories.capacity import read_history, read_pool
from db.session import Engines, single_statements
from domain.errors import InvalidInputError
from services.capacity import forecast_capacity, suggest_rebalance
from tests.db.databases import Database, fetch, run_script

NOW = datetime(2026, 3, 30, 9, 0, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")


class Then:
    """The Clock of these tests."""

    def now(self) -> datetime:
        """Always the same instant."""
        return NOW


def agent(number: int) -> str:
    return f"00000000-0000-0000-0000-0000000000{number:02x}"


def lead(number: int) -> str:
    return f"00000000-0000-0000-0000-00000000{number:04x}"


FULL, IDLE, OTHER_LINE, OFFLINE, RESTING, INACTIVE = (agent(number) for number in range(0xA0, 0xA6))
POOL = f"""
INSERT INTO crm_agents (id, role, first_name, last_name, is_active, max_active_leads) VALUES
  ('{FULL}', 'agent', 'Ana', 'Full', true, 50), ('{IDLE}', 'agent', 'Ivo', 'Idle', true, 3),
  ('{OTHER_LINE}', 'agent', 'Olga', 'Other', true, 50), ('{OFFLINE}', 'agent', 'Otto', 'Offline', true, 50),
  ('{RESTING}', 'agent', NULL, NULL, true, 50), ('{INACTIVE}', 'agent', 'Ina', 'Inactive', false, 50);
INSERT INTO "AgentAvailability" ("agentId", status, "currentLoad", "maxCapacity", "lastUpdated", "updatedAt") VALUES
  ('{FULL}', 'Available', 5, 5, now(), now()), ('{IDLE}', 'Available', 0, 10, now(), now()),
  ('{OTHER_LINE}', 'Available', 0, 5, now(), now()), ('{OFFLINE}', 'Offline', 0, 5, now(), now()),
  ('{RESTING}', 'Break', 0, 0, now(), now()), ('{INACTIVE}', 'Available', 0, 5, now(), now());
INSERT INTO "AgentSpecialization" ("agentId", "insuranceLine", "customerSegment", languages, territories, "updatedAt")
  SELECT id, CASE WHEN id = '{OTHER_LINE}' THEN 'Life' ELSE 'Auto' END, segment, '[]', '[]', now()
    FROM crm_agents, unnest(ARRAY['Individual', 'SMB']) segment WHERE role = 'agent';
INSERT INTO crm_leads (id, assigned_agent_id, insurance_type, lifecycle_state, wake_at, created_at)
  SELECT ('00000000-0000-0000-0000-00000000f' || lpad(n::text, 3, '0'))::uuid, '{FULL}',
         CASE WHEN n = 1 THEN NULL ELSE 'Auto' END, (ARRAY['offered', 'claimed', 'attempting', 'offered', 'claimed',
         'contacted'])[n], now(), '2026-03-30 08:59Z' FROM generate_series(1, 6) n;
INSERT INTO crm_leads (id, assigned_agent_id, insurance_type, lifecycle_state, wake_at, created_at)
  VALUES ('00000000-0000-0000-0000-00000000ffff', '{IDLE}', 'Auto', 'contacted', now(), '2026-03-30 08:59Z');
INSERT INTO teams (id, name) VALUES ('{FULL}', 'first'), ('{IDLE}', 'second');
INSERT INTO team_members (team_id, agent_id, left_at) VALUES
  ('{FULL}', '{FULL}', NULL), ('{IDLE}', '{FULL}', now()), ('{IDLE}', '{IDLE}', NULL);
"""


@pytest.fixture
async def pool(database: Database) -> Database:
    """Six agents, four of them at work; one is full, one may hold two leads more."""
    await run_script(database.owner, POOL)
    return database


async def test_the_pool_is_who_is_at_work(pool: Database, engines: Engines) -> None:
    async with single_statements(engines.service) as connection:
        agents = {str(one.agent_id): one for one in await read_pool(connection)}
        team = await read_pool(connection, "second")
    assert set(agents) == {FULL, IDLE, OTHER_LINE, RESTING}
    full, idle, resting = agents[FULL], agents[IDLE], agents[RESTING]
    assert (full.load, full.capacity, full.can_hold, full.free) == (5, 5, 44, 0)
    assert full.live == {"Auto": 5}
    assert (full.lines, full.name) == (frozenset({"Auto"}), "Ana Full")
    assert (idle.free, idle.can_hold, idle.live) == (2, 2, {})
    assert (resting.receives, resting.name, resting.capacity) == (False, RESTING, 0)
    assert [str(one.agent_id) for one in team] == [IDLE]


async def test_rebalance_only_proposes(pool: Database, engines: Engines) -> None:
    everything = """SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM crm_leads t
                    UNION ALL SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM "AgentAvailability" t
                    UNION ALL SELECT count(*)::text FROM lead_transitions"""
    before = await fetch(pool.owner, everything)
    found, _ = await suggest_rebalance(engines.service)
    assert [(str(one.from_agent), str(one.to_agent), one.line, one.leads) for one in found.suggestions] == [
        (FULL, IDLE, "Auto", 1)
    ]
    assert (found.utilization, found.agents, found.over, found.under) == (25.0, 4, 1, 2)
    assert (await suggest_rebalance(engines.service, team="first"))[0].why_not is not None
    assert await fetch(pool.owner, everything) == before


async def test_what_cannot_be_asked_is_refused(engines: Engines) -> None:
    with pytest.raises(InvalidInputError, match="there is no team 'third'"):
        await suggest_rebalance(engines.service, team="third")
    with pytest.raises(InvalidInputError, match="target: 95 is not within"):
        await suggest_rebalance(engines.service, target=95)
    clock = Then()
    with pytest.raises(InvalidInputError, match="hours: 0 is not within"):
        await forecast_capacity(engines.service, clock, MADRID, hours=0)
    with pytest.raises(InvalidInputError, match="weeks: 53 is not within"):
        await forecast_capacity(engines.service, clock, MADRID, hours=8, weeks=53)


async def test_arrivals_are_counted_by_the_hours_of_the_time_zone(database: Database, engines: Engines) -> None:
    await run_script(
        database.owner,
        """INSERT INTO crm_leads (created_at) VALUES
           ('2026-03-28 22:59Z'), ('2026-03-28 23:00Z'), ('2026-03-29 00:59Z'), ('2026-03-29 01:00Z'),
           ('2026-03-01 00:00Z'), ('2026-03-30 09:00Z')""",
    )
    async with single_statements(engines.service) as connection:
        found = await read_history(connection, NOW - timedelta(days=7), NOW, MADRID.key)
    saturday, sunday = date(2026, 3, 28), date(2026, 3, 29)
    assert found.arrivals == {(saturday, 23): 1, (sunday, 0): 1, (sunday, 1): 1, (sunday, 3): 1}
    assert found.since == datetime(2026, 3, 28, 22, 59, tzinfo=UTC)


async def test_handling_is_time_in_slots_per_lead_whose_live_work_is_over(database: Database, engines: Engines) -> None:
    at = "2026-03-29 10:00Z"
    await run_script(
        database.owner,
        f"""INSERT INTO crm_agents (id, role) VALUES ('{FULL}', 'agent');
            INSERT INTO crm_leads (id, lifecycle_state, close_reason, wake_at) VALUES
              ('{lead(1)}', 'closed', 'won', NULL), ('{lead(2)}', 'contacted', NULL, now()),
              ('{lead(3)}', 'claimed', NULL, now()), ('{lead(4)}', 'closed', 'lost', NULL),
              ('{lead(5)}', 'closed', 'lost', NULL);
            INSERT INTO "LeadRoutingHistory" (id, "leadId", "assignedAgentId", "leadScore", "assignmentReason",
                "routingTimestamp", "assignmentDurationHours") VALUES
              ('{lead(11)}', '{lead(1)}', '{FULL}', 1, '{{}}', '{at}', 0.5),
              ('{lead(12)}', '{lead(1)}', '{FULL}', 1, '{{}}', '{at}', 100),
              ('{lead(21)}', '{lead(2)}', '{FULL}', 1, '{{}}', '{at}', NULL),
              ('{lead(31)}', '{lead(3)}', '{FULL}', 1, '{{}}', '{at}', 7),
              ('{lead(41)}', '{lead(4)}', '{FULL}', 1, '{{}}', '2026-01-01', 9);
            INSERT INTO lead_offers (lead_id, epoch, agent_id, kind, status, offered_at, contacted_at, history_id,
                config_version) VALUES
              ('{lead(1)}', 1, '{FULL}', 'single', 'missed', '{at}', NULL, '{lead(11)}', 1),
              ('{lead(1)}', 2, '{FULL}', 'single', 'completed', '{at}', '2026-03-29 11:30Z', '{lead(12)}', 1),
              ('{lead(2)}', 1, '{FULL}', 'single', 'claimed', '{at}', '2026-03-29 11:00Z', '{lead(21)}', 1);
            INSERT INTO lead_outcomes (lead_id, result, handling_minutes, at) VALUES
              ('{lead(1)}', 'won', 999, '{at}'), ('{lead(5)}', 'lost', 180, '{at}');""",
    )
    async with single_statements(engines.service) as connection:
        found = await read_history(connection, NOW - timedelta(days=28), NOW, "UTC")
    # 0.5 h until missed and 1.5 h until reached; 1 h until reached; 180 minutes as imported.
    assert found.handling.leads == 3
    assert found.handling.mean_hours == pytest.approx((2 + 1 + 3) / 3)
    assert found.handling.deviation_hours == pytest.approx(1.0)


HISTORY = """
INSERT INTO crm_leads (created_at) SELECT at - interval '3 days' * 7 + make_interval(days => d, hours => h, mins => n)
  FROM (VALUES ('2026-03-30'::timestamptz)) t(at), generate_series(0, 20) d, generate_series(9, 17) h,
       generate_series(1, 4) n;
INSERT INTO lead_outcomes (lead_id, result, handling_minutes, at) SELECT id, 'lost', 30, created_at FROM crm_leads;
"""


async def test_a_forecast_from_rows(pool: Database, engines: Engines) -> None:
    await run_script(pool.owner, HISTORY)
    found = await forecast_capacity(engines.service, Then(), ZoneInfo("UTC"), hours=8)
    assert not found.missing
    assert (found.live_now, found.free_now, found.waiting_now) == (5, 7, 0)
    assert found.basis.leads == 21 * 36 + 7
    assert (found.basis.weeks, found.basis.slot_minutes_per_lead, found.basis.slots) == (3.0, 30.0, 12)
    assert found.arrivals is not None
    assert found.arrivals.low < 32 < found.arrivals.high
    assert found.arrivals.expected == pytest.approx(32, rel=0.1)
    assert found.completions is not None
    assert found.completions.expected == pytest.approx(5 + 32 - 2, rel=0.1)
    assert found.free_then is not None
    assert found.free_then.expected == pytest.approx(10, abs=0.5)


def test_the_commands(database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(run_script(database.owner, POOL))
    monkeypatch.setenv("DATABASE_URL", database.application)
    monkeypatch.setenv("COLUMNS", "200")

    assert run(["capacity", "forecast", "--timezone", "Europe/Madrid", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["arrivals"], answer["completions"], answer["free_now"]) == (None, None, 7)
    assert len(answer["missing"]) == 2

    assert run(["capacity", "forecast"]) == 0
    shown = capsys.readouterr().err
    assert "No forecast of arrivals: " in shown
    assert "12 slots of agents at work" in shown

    assert run(["capacity", "rebalance", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["suggestions"] == [
        {"from_agent": FULL, "to_agent": IDLE, "line": "Auto", "leads": 1}
    ]
    assert run(["capacity", "rebalance"]) == 0
    shown = capsys.readouterr().err
    assert "Ana Full 5/5" in shown
    assert "Ivo Idle 0/10" in shown

    assert run(["capacity", "rebalance", "--team", "none"]) == 1
    assert run(["capacity", "forecast", "--timezone", "Mars/Olympus"]) == 1
    assert "timezone: 'Mars/Olympus' is unknown" in capsys.readouterr().err
