"""What must have held all along: silent about real lives, and not silent about any damage."""

from __future__ import annotations

import zlib
from uuid import UUID

import pytest

from db.repositories.clock_invariants import CLOCK_CHECKS
from db.repositories.history_invariants import HISTORY_CHECKS
from db.repositories.invariants import CHECKS, Check
from db.session import Engines
from services.check import DECISIONS, TEMPORAL_CHECKS, CheckReport, Proven, check
from services.clock import SystemClock
from tests.db.databases import Database, fetch
from tests.demo.lives import Lives, damage, live

# For each check damage that it must see; {name} is the id of a lead of tests.demo.lives.
DAMAGE = {
    "capacity_history": 'UPDATE "AgentAvailability" SET "maxCapacity" = 0',
    "capacity_history, a slot too many": 'UPDATE "AgentAvailability" SET "maxCapacity" = (SELECT max("currentLoad") '
    "FROM \"AgentAvailability\"); UPDATE lead_transitions SET result = jsonb_set(result, '{{agent}}', "
    '(SELECT to_jsonb("agentId"::text) FROM "AgentAvailability" LIMIT 1)) WHERE result ->> \'agent\' IS NOT NULL',
    "one_owner": "UPDATE lead_offers SET claimed_at = offered_at, ended_at = NULL "
    "WHERE lead_id = '{closed}' AND epoch = 1",
    "epochs": "UPDATE lead_transitions SET epoch = epoch + 2 WHERE lead_id = '{closed}' AND kind = 'claim'",
    "epochs, backwards": "UPDATE lead_transitions SET epoch = 0 WHERE lead_id = '{closed}' AND kind = 'claim'",
    "claims": "UPDATE lead_transitions SET actor = 'agent:' || gen_random_uuid() "
    "WHERE lead_id = '{claimed}' AND kind = 'claim'",
    "claims, of another assignment": "UPDATE lead_transitions SET epoch = 7 "
    "WHERE lead_id = '{claimed}' AND kind = 'claim'",
    "claims, breached afterwards": 'INSERT INTO "RoutingEvent" ("leadId", "eventType", "eventData", "timestamp") '
    "SELECT id, 'sla_breached', jsonb_build_object('epoch', epoch, 'window', 'claim'), last_at + interval '1 s' "
    "FROM crm_leads WHERE id = '{claimed}'",
    "closed_stays": "INSERT INTO lead_transitions (lead_id, seq, kind, command_id, body_hash, actor, at, epoch, state) "
    "SELECT id, seq + 1, 'restart', 'again', '', 'system', last_at, epoch, 'queued' FROM crm_leads "
    "WHERE id = '{closed}'",
    "closed_stays, closed twice": "INSERT INTO lead_transitions (lead_id, seq, kind, command_id, body_hash, actor, at, "
    "epoch, state) SELECT id, seq + 1, 'outcome', 'again', '', 'system', last_at, epoch, 'closed' FROM crm_leads "
    "WHERE id = '{closed}'",
    "intake": "INSERT INTO intake_requests (idempotency_key, body_hash, lead_id) VALUES ('k', '', gen_random_uuid())",
    "intake, headless": "INSERT INTO intake_requests (idempotency_key, body_hash, lead_id) "
    "VALUES ('k', '', '{fresh}'); UPDATE lead_transitions SET kind = 'score' WHERE lead_id = '{fresh}' AND seq = 1",
    "score": "UPDATE crm_leads SET score = 61 WHERE id = '{fresh}'",
    "score, other factors": "UPDATE lead_transitions SET result = jsonb_set(result, '{{score,factors}}', "
    "'{{\"age\": {{\"points\": 59}}}}') WHERE lead_id = '{fresh}' AND kind = 'score'",
    "decisions": "UPDATE decision_inputs SET payload = '\\x00'",
}


@pytest.fixture
async def lives(database: Database, engines: Engines) -> Lives:
    """Real lives, with nothing wrong; intake told by hand, as there is no worker."""
    lives = await live(database, engines)
    await damage(database, "UPDATE lead_transitions SET told_at = at WHERE told_at IS NULL")
    return lives


async def checked(engines: Engines) -> CheckReport:
    return await check(engines.service, SystemClock(), SystemClock(), None)


async def test_real_lives_violate_nothing(lives: Lives, engines: Engines) -> None:
    report = await checked(engines)
    assert report.faults == ()
    assert report.checks == len(CHECKS) + len(HISTORY_CHECKS) + len(CLOCK_CHECKS) + 2
    assert (report.leads, report.agents, report.compared) == (8, 4, None)
    assert report.decisions > 8


@pytest.mark.parametrize("name", DAMAGE)
async def test_a_check_sees_its_damage(name: str, lives: Lives, database: Database, engines: Engines) -> None:
    await damage(database, DAMAGE[name].format(**vars(lives)))
    assert name.partition(",")[0] in {fault.check for fault in (await checked(engines)).faults}


def test_every_check_has_its_damage() -> None:
    assert {name.partition(",")[0] for name in DAMAGE} == {
        *(one.name for one in HISTORY_CHECKS),
        DECISIONS.name,
    }


def test_every_invariant_is_proven_by_something() -> None:
    everything: list[Check | Proven] = [*CHECKS, *HISTORY_CHECKS, *CLOCK_CHECKS, *TEMPORAL_CHECKS, DECISIONS]
    proven = {number for one in everything for number in one.proves}
    assert proven == {*(f"I{number}" for number in range(1, 13)), "I18"}


async def test_a_decision_that_would_be_another_is_seen(lives: Lives, database: Database, engines: Engines) -> None:
    """Its inputs are readable, but they do not lead to the recorded ranking."""
    row = (await fetch(database.superuser, "SELECT id, payload FROM decision_inputs ORDER BY at LIMIT 1"))[0]
    identity: UUID = row[0]
    altered = zlib.compress(zlib.decompress(row[1]).replace(b'"state":[true,true', b'"state":[true,false'))
    await damage(database, f"UPDATE decision_inputs SET payload = '\\x{altered.hex()}' WHERE id = '{identity}'")
    assert [fault.check for fault in (await checked(engines)).faults] == ["decisions"]


async def test_a_lowered_cap_is_no_violation(lives: Lives, database: Database, engines: Engines) -> None:
    await damage(
        database,
        """UPDATE "AgentAvailability" SET "maxCapacity" = 0;
           INSERT INTO agent_state_log (agent_id, at, actor, field)
           SELECT "agentId", now(), 'admin', 'maxCapacity' FROM "AgentAvailability\"""",
    )
    assert (await checked(engines)).holds


async def test_a_recorded_restore_is_listed_and_no_fault(lives: Lives, database: Database, engines: Engines) -> None:
    await damage(
        database,
        f"""UPDATE crm_leads SET seq = seq + 5 WHERE id = '{lives.offered}';
            INSERT INTO lead_transitions
                   (lead_id, seq, kind, command_id, body_hash, actor, at, epoch, state, told_at, result)
            SELECT id, seq, 'store_restored', 'r', '', 'system', last_at, epoch, lifecycle_state, now(),
                   jsonb_build_object('row_seq', seq - 5, 'workflow_seq', seq - 1)
              FROM crm_leads WHERE id = '{lives.offered}'""",
    )
    report = await checked(engines)
    assert report.faults == ()
    assert [gap.partition(": ")[0] for gap in report.restored] == [f"lead {lives.offered}"]
