"""The checker: silent about real lives, and not silent about any damage."""

from __future__ import annotations

import pytest

from db.repositories.clock_invariants import CLOCK_CHECKS
from db.repositories.history_invariants import HISTORY_CHECKS
from db.repositories.invariants import CHECKS, Subject
from db.session import Engines, create_engines
from services.check import DECISIONS
from services.invariants import check_invariants
from tests.check.test_history import DAMAGE as HISTORY_DAMAGE
from tests.db.databases import Database
from tests.demo.lives import Lives, damage, live

EVERY_CHECK = (*CHECKS, *HISTORY_CHECKS, *CLOCK_CHECKS)
_DROP = "ALTER TABLE crm_leads DROP CONSTRAINT"
_WARNED = '(\'sla_warning\', \'{{"window": "claim", "epoch": 1, "level": 1}}\'::jsonb,'
_WARNING = f'INSERT INTO "RoutingEvent" ("eventType", "eventData", "leadId", "timestamp") VALUES {_WARNED}'
_CALL = (
    "INSERT INTO call_events (provider, external_id, direction, result, number_tail, occurred_at, received_at, state,"
    " lead_id) VALUES ('pbx', '1', 'outbound', 'connected', '0101', now(), now(),"
)
_ATTEMPT = (
    "INSERT INTO contact_attempts (lead_id, epoch, channel, direction, result, occurred_at, received_at, external_id)"
    " VALUES ('{contacted}', 1, 'call', 'outbound', 'connected', now(), now(), 'pbx:1')"
)

# For each check damage that it must see; {name} is the id of a lead of tests.demo.lives.
DAMAGE = {
    **{name: script for name, script in HISTORY_DAMAGE.items() if name != DECISIONS.name},
    "state": f"{_DROP} crm_leads_open_has_wake_at; UPDATE crm_leads SET wake_at = NULL WHERE id = '{{offered}}'",
    "state, lost": "UPDATE crm_leads SET lifecycle_state = NULL WHERE id = '{fresh}'",
    "state, unknown": f"{_DROP} crm_leads_lifecycle_state_check; "
    "UPDATE crm_leads SET lifecycle_state = 'limbo' WHERE id = '{claimed}'",
    "state, half closed": "UPDATE crm_leads SET closed_at = NULL WHERE id = '{closed}'",
    "ledger": "DELETE FROM lead_transitions WHERE lead_id = '{closed}' AND seq = 3",
    "ledger, short": "UPDATE crm_leads SET seq = seq + 1 WHERE id = '{offered}'",
    "ledger, headless": "DELETE FROM lead_transitions WHERE lead_id = '{offered}' AND seq = 1",
    "ledger_state": "UPDATE lead_transitions SET state = 'queued' WHERE lead_id = '{claimed}' AND kind = 'claim'",
    "ledger_order": "UPDATE lead_transitions SET at = at + interval '1 day' WHERE lead_id = '{closed}' AND seq = 3",
    "load": 'UPDATE "AgentAvailability" SET "currentLoad" = "currentLoad" + 1',
    "capacity": 'UPDATE "AgentAvailability" SET "maxCapacity" = 0',
    "holder": "UPDATE crm_leads SET assigned_agent_id = (SELECT id FROM crm_agents WHERE role = 'admin') "
    "WHERE id = '{offered}'",
    "holder, two": "INSERT INTO lead_offers (lead_id, epoch, agent_id, kind, status, offered_at, config_version, "
    "history_id) SELECT lead_id, 9, agent_id, kind, status, offered_at, 1, history_id FROM lead_offers "
    "WHERE lead_id = '{claimed}'",
    "holder, none": "UPDATE lead_offers SET status = 'missed' WHERE lead_id = '{contacted}'",
    "one_at_a_time": "UPDATE lead_offers SET offered_at = offered_at - interval '1 hour' "
    "WHERE lead_id = '{passed_on}' AND epoch = 2",
    "reassignments": "DELETE FROM crm_lead_reassignments WHERE lead_id = '{closed}'",
    "breach_once": 'INSERT INTO "RoutingEvent" ("leadId", "eventType", "eventData", "timestamp") '
    'SELECT "leadId", "eventType", "eventData", "timestamp" FROM "RoutingEvent" '
    "WHERE \"eventType\" = 'sla_breached' AND \"leadId\" = '{passed_on}'",
    "breach_once, unrecorded": 'DELETE FROM "RoutingEvent" WHERE "eventType" = \'sla_breached\' '
    "AND \"leadId\" = '{late_claim}'",
    "breach_once, unfounded": "UPDATE lead_offers SET claim_breached = false WHERE lead_id = '{passed_on}'",
    "breach_not_early": 'UPDATE "RoutingEvent" SET "timestamp" = "timestamp" - interval \'10 minutes\' '
    "WHERE \"eventType\" = 'sla_breached'",
    "breach_not_early, ledger": "UPDATE lead_transitions SET due_at = at + interval '1 ms' WHERE kind = 'breach'",
    "breach_deserved": "UPDATE lead_offers SET claimed_at = offered_at WHERE lead_id = '{passed_on}' AND epoch = 1",
    "outcome": "DELETE FROM lead_outcomes WHERE lead_id = '{closed}'",
    "outcome, other": "UPDATE lead_outcomes SET result = 'lost' WHERE lead_id = '{closed}'",
    "outcome, of an open lead": "INSERT INTO lead_outcomes (lead_id, result, at) VALUES ('{contacted}', 'won', now())",
    "history": 'UPDATE "LeadRoutingHistory" SET feedback = NULL WHERE "leadId" = \'{closed}\'',
    "history, of a running one": 'UPDATE "LeadRoutingHistory" SET "assignmentDurationHours" = 1 '
    "WHERE \"leadId\" = '{offered}'",
    "history_open": 'UPDATE "LeadRoutingHistory" SET "assignmentDurationHours" = NULL WHERE "leadId" = \'{closed}\'',
    "mirrors, status": "UPDATE crm_leads SET status = 'RECEIVED' WHERE id = '{claimed}'",
    "mirrors, breach": "UPDATE crm_leads SET sla_breached = NOT sla_breached WHERE id = '{claimed}'",
    "mirrors, window": "UPDATE crm_leads SET claim_window_expires_at = now() WHERE id = '{claimed}'",
    "mirrors, claimed_by": "UPDATE crm_leads SET claimed_by = NULL WHERE id = '{claimed}'",
    "mirrors, lead_claimed": "UPDATE crm_leads SET lead_claimed = true, claimed_by = assigned_agent_id::text "
    "WHERE id = '{offered}'",
    "windows": "UPDATE crm_leads SET contact_timer_expires_at = NULL WHERE id = '{claimed}'",
    "windows, left over": "UPDATE crm_leads SET contact_timer_expires_at = now() WHERE id = '{contacted}'",
    "queue": 'DELETE FROM "AssignmentQueue"',
    "queue, left over": 'UPDATE "AssignmentQueue" SET "leadId" = \'{offered}\'',
    "pauses": "UPDATE crm_leads SET pause_code = 'left_over' WHERE id = '{offered}'",
    "pauses, reminded": "UPDATE crm_leads SET paused_at = now(), pause_code = 'x', resume_due_at = wake_at, "
    "wake_at = now() + interval '1 hour' WHERE id = '{claimed}'",
    "pauses, over at once": "UPDATE crm_leads SET paused_at = now(), pause_code = 'x', resume_due_at = wake_at, "
    "wake_at = now(), remind_at = NULL WHERE id = '{contacted}'",
    "pauses_paired": 'INSERT INTO "RoutingEvent" ("leadId", "eventType", "eventData") '
    "VALUES ('{claimed}', 'resumed', jsonb_build_object('paused_at', now()))",
    "pauses_paired, never begun": "UPDATE crm_leads SET paused_at = now(), pause_code = 'x', resume_due_at = wake_at, "
    "wake_at = now() + interval '1 hour', remind_at = NULL WHERE id = '{claimed}'",
    "reminders": "UPDATE crm_leads SET remind_at = claim_timer_expires_at + interval '1 s' WHERE id = '{offered}'",
    "reminders, contact": "UPDATE crm_leads SET remind_at = contact_timer_expires_at + interval '1 s' "
    "WHERE id = '{claimed}'",
    "reminders, of nothing": "UPDATE crm_leads SET remind_at = now() WHERE id = '{contacted}'",
    "follow_ups": "UPDATE crm_leads SET next_try_at = now() WHERE id = '{claimed}'",
    "follow_ups, counted": "UPDATE crm_leads SET follow_ups = 1 WHERE id = '{offered}'",
    "follow_ups, given back": "UPDATE crm_leads SET given_back_until = now() WHERE id = '{contacted}'",
    "warned_once": f"{_WARNING} '{{claimed}}', now()), {_WARNED} '{{claimed}}', now())",
    "warned_once, of a queue": "".join(
        'INSERT INTO "RoutingEvent" ("eventType", "eventData", "leadId", "timestamp") VALUES (\'sla_warning\', '
        f'\'{{{{"window": "queue", "epoch": {epoch}, "level": 1, "fraction": 0.75, '
        f'"due_at": "x"}}}}\'::jsonb, \'{{queued}}\', now());'
        for epoch in (1, 2)
    ),
    "warned_once, after the breach": f"{_WARNING} '{{passed_on}}', now() + interval '1 day')",
    "outages": "INSERT INTO system_outages (role, starts_at, ends_at) "
    "SELECT 'api', (\"eventData\" ->> 'due_at')::timestamptz - interval '36 s', "
    "(\"eventData\" ->> 'due_at')::timestamptz + interval '1 s' FROM \"RoutingEvent\" "
    "WHERE \"eventType\" = 'sla_breached' AND \"leadId\" = '{passed_on}' LIMIT 1",
    "notices": "INSERT INTO notices (lead_id, seq, kind, audience, at) "
    "SELECT '{offered}', 1, 'parked', 'admins', now() FROM generate_series(1, 2)",
    "notices, of nothing": "INSERT INTO notices (lead_id, seq, kind, audience, at) "
    "VALUES ('{offered}', 99, 'parked', 'admins', now())",
    "calls": f"{_CALL} 'applied', '{{offered}}')",
    "calls, not corrected": f"{_ATTEMPT}; {_CALL} 'undone', '{{contacted}}')",
    "calls, corrected": f"{_ATTEMPT}; {_CALL} 'applied', '{{contacted}}'); INSERT INTO contact_corrections "
    "(attempt_id, lead_id, corrected_by, code, at) SELECT a.id, a.lead_id, c.id, 'x', now() "
    "FROM contact_attempts a, crm_agents c WHERE a.external_id = 'pbx:1' AND c.role = 'admin'",
    "told": "UPDATE lead_transitions SET told_at = NULL, recorded_at = now() - interval '61 seconds' "
    "WHERE lead_id = '{offered}' AND seq = 3",
}


@pytest.fixture
async def lives(database: Database, engines: Engines) -> Lives:
    """Real lives, with nothing wrong; intake told by hand, as there is no worker."""
    lives = await live(database, engines)
    await damage(database, "UPDATE lead_transitions SET told_at = at WHERE told_at IS NULL")
    return lives


async def test_real_lives_violate_nothing(lives: Lives, engines: Engines) -> None:
    report = await check_invariants(engines.service)
    assert report.violations == ()
    assert report.holds
    assert (report.leads, report.agents, report.checks) == (8, 4, len(EVERY_CHECK))
    assert report.checked == sum(8 if check.subject is Subject.LEAD else 4 for check in EVERY_CHECK)


@pytest.mark.parametrize("name", DAMAGE)
async def test_a_check_sees_its_damage(name: str, lives: Lives, database: Database, engines: Engines) -> None:
    await damage(database, DAMAGE[name].format(**vars(lives)))
    found = {violation.check for violation in (await check_invariants(engines.service)).violations}
    assert name.partition(",")[0] in found


def test_every_check_has_its_damage() -> None:
    assert {name.partition(",")[0] for name in DAMAGE} == {check.name for check in EVERY_CHECK}


async def test_a_recorded_restore_is_no_gap(lives: Lives, database: Database, engines: Engines) -> None:
    await damage(
        database,
        f"""UPDATE crm_leads SET seq = seq + 5 WHERE id = '{lives.offered}';
            INSERT INTO lead_transitions (lead_id, seq, kind, command_id, body_hash, actor, at, epoch, state, told_at)
            SELECT id, seq, 'store_restored', 'r', '', 'system', last_at, epoch, lifecycle_state, now()
              FROM crm_leads WHERE id = '{lives.offered}'""",
    )
    assert (await check_invariants(engines.service)).holds


async def test_a_lowered_cap_is_no_violation(lives: Lives, database: Database, engines: Engines) -> None:
    await damage(
        database,
        """UPDATE "AgentAvailability" SET "maxCapacity" = 0;
           INSERT INTO agent_state_log (agent_id, at, actor, field)
           SELECT "agentId", now(), 'admin', 'maxCapacity' FROM "AgentAvailability\"""",
    )
    assert (await check_invariants(engines.service)).holds


async def test_checking_writes_nothing(lives: Lives, database: Database) -> None:
    """It runs in a read-only transaction, so that a future check cannot repair what it should report."""
    engines = create_engines(database.application, pool_size=1, application_name="checker")
    try:
        before = await check_invariants(engines.service)
        assert await check_invariants(engines.service) == before
    finally:
        await engines.dispose()
