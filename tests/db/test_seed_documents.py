"""The SQL inside the two seed documents, run exactly as it is written there."""

from __future__ import annotations

from db.migrate import upgrade
from tests.db.catalogue import catalogue, differences
from tests.db.databases import Database, fetch, run_script
from tests.db.legacy import BARE_PARENTS, FUNCTIONS
from tests.seeds.documents import dual_stage_migration, routing_rollback, routing_verification

TEN_TABLES = [
    "AgentAvailability",
    "AgentPerformanceMetrics",
    "AgentSpecialization",
    "AssignmentQueue",
    "LeadExperimentAssignment",
    "LeadRoutingHistory",
    "RoutingEvent",
    "RoutingExperiment",
    "RoutingExperimentVariant",
    "RoutingRule",
]

# Every difference from what the second seed's SQL creates: object, what the seed makes, what Baton has.
DIFFERENCES = {
    "column crm_leads.claim_sla_breached": ("boolean DEFAULT false", "boolean NOT NULL DEFAULT false"),
    "column crm_leads.contact_sla_breached": ("boolean DEFAULT false", "boolean NOT NULL DEFAULT false"),
    "column crm_leads.reassignment_count": ("integer DEFAULT 0", "integer NOT NULL DEFAULT 0"),
    # The parents are the seed's prerequisite; its text says nothing about NOT NULL there.
    "column crm_leads.first_action_completed": ("boolean DEFAULT false", "boolean NOT NULL DEFAULT false"),
    "column crm_leads.lead_claimed": ("boolean DEFAULT false", "boolean NOT NULL DEFAULT false"),
    "column crm_lead_reassignments.created_at": (
        "timestamp with time zone DEFAULT now()",
        "timestamp with time zone NOT NULL DEFAULT now()",
    ),
}

# What Baton adds to the seed's own table.
ADDITIONS = {
    "constraint crm_lead_reassignments.crm_lead_reassignments_reason_stage_check",
    "policy crm_lead_reassignments.Managers can view their teams",
    "policy crm_lead_reassignments.Service may read",
}

KINDS = ("column", "table", "index", "constraint", "policy", "comment", "trigger")


async def test_the_verification_sql_runs_and_counts_ten_empty_tables(database: Database) -> None:
    counts = await fetch(database.owner, routing_verification())
    assert sorted(counts) == [(name, 0) for name in TEN_TABLES]


async def test_the_rollback_sql_runs_on_a_migrated_database_and_leaves_the_rest(database: Database) -> None:
    before = await catalogue(database.owner)

    await run_script(database.owner, routing_rollback())

    gone = before.keys() - (await catalogue(database.owner)).keys()
    named = sorted(name.removeprefix("table ") for name in gone if name.startswith("table "))
    assert named == TEN_TABLES
    assert all(any(f" {table}" in name for table in TEN_TABLES) or "outcome_once" in name for name in gone)


async def test_the_rollback_sql_runs_on_tables_that_hold_rows(database: Database) -> None:
    await run_script(
        database.owner,
        """INSERT INTO crm_leads DEFAULT VALUES;
           INSERT INTO "RoutingEvent" ("leadId", "eventType", "eventData") SELECT id, 'received', '{}' FROM crm_leads;
           INSERT INTO "LeadRoutingHistory" ("leadId", "assignedAgentId", "leadScore", "assignmentReason")
           SELECT l.id, a.id, 50, '{}' FROM crm_leads l, crm_agents a""",
    )
    await run_script(database.owner, routing_rollback())
    assert await fetch(database.owner, "SELECT count(*) FROM crm_leads") == [(1,)]


async def test_everything_the_second_seed_creates_is_there(blank: Database, database: Database) -> None:
    await run_script(blank.owner, BARE_PARENTS + FUNCTIONS + dual_stage_migration())
    seed = await catalogue(blank.owner, kinds=KINDS)
    ours = await catalogue(database.owner, kinds=KINDS)

    assert {name: pair for name, pair in differences(seed, ours).items() if name in seed} == DIFFERENCES


async def test_beyond_the_second_seed_its_table_has_only_what_is_listed(blank: Database, database: Database) -> None:
    await run_script(blank.owner, BARE_PARENTS + FUNCTIONS + dual_stage_migration())
    seed = await catalogue(blank.owner, kinds=KINDS)
    ours = await catalogue(database.owner, kinds=KINDS)
    assert {name for name in ours.keys() - seed.keys() if "crm_lead_reassignments" in name} == ADDITIONS


async def test_names_and_keys_of_the_first_seed(database: Database) -> None:
    """Every object its rollback names exists; the four unique keys are unique indexes, not constraints."""
    ours = await catalogue(database.owner)
    for line in routing_rollback().splitlines():
        words = line.split('"')
        if line.startswith("ALTER TABLE"):
            assert f"constraint {words[1]}.{words[3]}" in ours
        elif line.startswith("DROP INDEX"):
            assert f"index {words[1]}" in ours
        elif line.startswith("DROP TABLE"):
            assert f"table {words[1]}" in ours
    for key in (
        "AgentSpecialization_agentId_insuranceLine_customerSegment_key",
        "AgentAvailability_agentId_key",
        "AgentPerformanceMetrics_agentId_periodDate_key",
        "LeadExperimentAssignment_leadId_key",
        "AssignmentQueue_leadId_key",
    ):
        assert ours[f"index {key}"].startswith("CREATE UNIQUE INDEX")
        assert not any(name.endswith(f".{key}") for name in ours if name.startswith("constraint"))


async def test_nothing_outside_the_ten_tables_depends_on_them(database: Database) -> None:
    outside = await fetch(
        database.owner,
        """SELECT conrelid::regclass::text, conname FROM pg_constraint
            WHERE contype = 'f' AND confrelid = ANY ($1::text[]::regclass[])
              AND NOT conrelid = ANY ($1::text[]::regclass[])""",
        [f'"{name}"' for name in TEN_TABLES],
    )
    assert outside == []


async def test_the_second_seed_sql_can_be_repeated_up_to_its_policies(database: Database) -> None:
    """Its tables, columns and indexes are guarded by IF NOT EXISTS: run again, they change nothing."""
    before = await catalogue(database.owner)
    await run_script(database.owner, dual_stage_migration().partition("-- RLS Policies")[0])
    assert differences(before, await catalogue(database.owner)) == {}
    assert (await upgrade(database.owner)).up_to_date
