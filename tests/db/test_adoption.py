"""Migrating a database that was there before Baton: nothing is lost, what cannot be reconciled is named."""

from __future__ import annotations

import pytest

from db.errors import MigrationRefusedError
from db.migrate import downgrade, schema_version, upgrade
from tests.db.catalogue import catalogue, differences
from tests.db.databases import Database, fetch, fetch_one, run_script
from tests.db.legacy import CRM, FUNCTIONS, REASSIGNMENT
from tests.seeds.documents import dual_stage_migration

ADMIN = "00000000-0000-0000-0000-00000000000a"
AGENT = "00000000-0000-0000-0000-00000000000b"


async def test_leads_that_exist_stay_and_are_not_adopted(blank: Database) -> None:
    await run_script(blank.owner, CRM)
    before = await fetch(blank.owner, "SELECT id, first_name, phone, lead_claimed FROM crm_leads ORDER BY id")

    await upgrade(blank.owner, blank.application)

    after = await fetch(blank.owner, "SELECT id, first_name, phone, lead_claimed FROM crm_leads ORDER BY id")
    assert after == before
    assert await fetch_one(blank.owner, "SELECT count(*) FROM crm_leads WHERE lifecycle_state IS NOT NULL") == 0
    flags = await fetch(
        blank.owner,
        """SELECT DISTINCT first_action_completed, claim_sla_breached, contact_sla_breached, reassignment_count,
                  created_at IS NULL, status, metadata::text FROM crm_leads ORDER BY 1""",
    )
    assert flags == [
        (False, False, False, 0, False, "RECEIVED", "{}"),
        (True, False, False, 0, False, "RECEIVED", "{}"),
    ]


async def test_agents_that_exist_keep_their_values_and_may_get_the_new_roles(blank: Database) -> None:
    await run_script(blank.owner, CRM)
    await upgrade(blank.owner, blank.application)
    await run_script(blank.owner, f"UPDATE crm_agents SET role = 'manager' WHERE id = '{AGENT}'")

    people = await fetch(
        blank.owner,
        "SELECT email, role, max_active_leads, timezone, is_active, rating FROM crm_agents"
        " WHERE role <> 'system' ORDER BY email",
    )

    assert people == [
        ("a@example.com", "admin", 500, "Europe/Madrid", True, 0.5),
        ("b@example.com", "manager", 500, "Europe/Madrid", True, 0.5),
    ]


async def test_baton_can_insert_beside_columns_it_does_not_know(blank: Database) -> None:
    await run_script(blank.owner, CRM)
    await upgrade(blank.owner, blank.application)
    await run_script(blank.owner, "INSERT INTO crm_leads (source) VALUES ('website')")
    assert await fetch_one(blank.owner, "SELECT count(*) FROM crm_leads WHERE phone IS NULL") == 1


async def test_a_downgrade_leaves_what_was_there_and_can_be_followed_by_an_upgrade(blank: Database) -> None:
    await run_script(blank.owner, CRM + FUNCTIONS)
    await upgrade(blank.owner, blank.application)

    await downgrade(blank.owner, "base")

    assert await fetch_one(blank.owner, "SELECT count(*) FROM crm_leads") == 20
    assert await fetch_one(blank.owner, "SELECT count(*) FROM crm_agents") == 2
    assert await fetch_one(blank.owner, "SELECT to_regprocedure('auth.uid()') IS NOT NULL")
    assert (await upgrade(blank.owner, blank.application)).up_to_date


async def test_functions_that_exist_are_kept_as_they_are(blank: Database) -> None:
    await run_script(blank.owner, CRM + FUNCTIONS)
    before = await catalogue(blank.owner, kinds=("function",))
    await upgrade(blank.owner, blank.application)
    after = await catalogue(blank.owner, kinds=("function",))
    assert {name: after[name] for name in before} == before


async def test_a_database_where_the_second_seed_was_applied(blank: Database) -> None:
    await run_script(blank.owner, CRM + FUNCTIONS + dual_stage_migration() + REASSIGNMENT)
    before = await fetch(blank.owner, "SELECT id, lead_id, reason, stage FROM crm_lead_reassignments ORDER BY id")

    assert (await upgrade(blank.owner, blank.application)).up_to_date

    after = await fetch(blank.owner, "SELECT id, lead_id, reason, stage FROM crm_lead_reassignments ORDER BY id")
    assert len(before) == 3
    assert after == before
    nulls = "SELECT count(*) FROM crm_leads WHERE claim_sla_breached IS NULL OR reassignment_count IS NULL"
    assert await fetch_one(blank.owner, nulls) == 0
    assert await fetch_one(blank.owner, "SELECT count(*) FROM crm_lead_reassignments WHERE created_at IS NULL") == 0

    await downgrade(blank.owner, "base")
    assert await fetch_one(blank.owner, "SELECT count(*) FROM crm_lead_reassignments") == 3
    assert await fetch_one(blank.owner, "SELECT count(*) FROM crm_leads WHERE NOT claim_sla_breached") == 20


async def test_the_second_seed_applied_by_hand_leads_to_the_same_schema(
    blank: Database, another_blank: Database
) -> None:
    """Migrate to just before it, run the document's SQL as it is written, migrate on."""
    await upgrade(blank.owner, revision="0002_routing")
    await run_script(blank.owner, dual_stage_migration())
    await upgrade(blank.owner, blank.application)
    await upgrade(another_blank.owner, another_blank.application)
    assert differences(await catalogue(blank.owner), await catalogue(another_blank.owner)) == {}


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        (
            "ALTER TABLE crm_leads ADD source text, ADD external_id text;"
            "UPDATE crm_leads SET source = 'website', external_id = '4711'",
            r"crm_leads: \(source, external_id\).*website, 4711 \(20 rows\)",
        ),
        ("ALTER TABLE crm_leads ADD quality_score text", r"crm_leads\.quality_score: is text, needs to be integer"),
        (
            "ALTER TABLE crm_leads ADD status text; UPDATE crm_leads SET status = 'won'",
            r"crm_leads: rows violate crm_leads_status_check .*for example id",
        ),
        (
            "ALTER TABLE crm_leads ADD preferred_agent_id uuid;"
            f"UPDATE crm_leads SET preferred_agent_id = '{ADMIN[:-1]}c'",
            r"crm_leads\.preferred_agent_id: names rows that crm_agents does not hold",
        ),
        (
            "ALTER TABLE crm_agents DROP CONSTRAINT crm_agents_email_key;UPDATE crm_agents SET email = 'x@example.com'",
            r"crm_agents: \(email\) must be unique.*x@example.com \(2 rows\)",
        ),
        ("ALTER TABLE crm_agents ADD rating float; UPDATE crm_agents SET rating = 4.5", r"crm_agents_rating_check"),
        ('CREATE TABLE "RoutingRule" (id text)', "tables RoutingRule exist already"),
    ],
)
async def test_what_cannot_be_reconciled_is_named_and_nothing_changes(
    blank: Database, trouble: str, message: str
) -> None:
    await run_script(blank.owner, CRM)
    await run_script(blank.owner, trouble)
    before = await catalogue(blank.owner)

    with pytest.raises(MigrationRefusedError, match=message):
        await upgrade(blank.owner, blank.application)

    assert differences(before, await catalogue(blank.owner)) == {}
    assert (await schema_version(blank.owner)).current is None


async def test_a_parent_with_another_kind_of_id_is_refused(blank: Database) -> None:
    await run_script(blank.owner, "CREATE TABLE crm_agents (id bigint PRIMARY KEY)")
    with pytest.raises(MigrationRefusedError, match=r"crm_agents\.id: needs a primary key of type uuid, found bigint"):
        await upgrade(blank.owner)
