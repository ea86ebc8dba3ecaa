"""Up, down, up again; the tables in Python are the tables in the database."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from db.errors import DatabaseUnavailableError, DatabaseUrlError, MigrationRefusedError
from db.migrate import downgrade, head_revision, schema_version, upgrade
from db.tables import metadata
from db.url import sqlalchemy_url
from tests.db.catalogue import catalogue, differences
from tests.db.databases import Database, fetch, fetch_one, run_script
from tests.support.postgres import PostgresServer


async def test_up_down_up_leads_to_the_same_database(blank: Database) -> None:
    await upgrade(blank.owner, blank.application)
    first = await catalogue(blank.owner)
    down = await downgrade(blank.owner, "base")
    left = await fetch(blank.owner, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
    up = await upgrade(blank.owner, blank.application)

    assert down.current is None
    assert sorted(name for (name,) in left) == ["alembic_version", "alembic_version_pkc"]
    assert up.up_to_date
    assert differences(first, await catalogue(blank.owner)) == {}


@pytest.mark.parametrize(
    "revision",
    [
        "0001_parents",
        "0002_routing",
        "0003_dual_stage_sla",
        "0004_lifecycle",
        "0005_identities",
        "0006_routing_brain",
        "0007_held_leads",
        "0008_sla_clock",
        "0009_calls",
        "0010_consents",
        "0011_away_from_a_pool",
    ],
)
async def test_each_revision_can_be_undone_and_redone(database: Database, revision: str) -> None:
    before = await catalogue(database.owner)
    assert (await downgrade(database.owner, revision)).current == revision
    await upgrade(database.owner)
    assert differences(before, await catalogue(database.owner)) == {}


async def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    before = await catalogue(database.owner)
    assert (await upgrade(database.owner, database.application)).up_to_date
    assert differences(before, await catalogue(database.owner)) == {}


async def test_two_upgrades_at_once_wait_for_each_other(blank: Database) -> None:
    both = await asyncio.gather(*(upgrade(blank.owner, blank.application) for _ in range(2)))
    assert [version.current for version in both] == [head_revision()] * 2


async def test_two_databases_in_one_process_can_be_migrated_at_once(blank: Database, another_blank: Database) -> None:
    both = await asyncio.gather(*(upgrade(each.owner, each.application) for each in (blank, another_blank)))
    assert all(version.up_to_date for version in both)


async def test_two_processes_can_migrate_two_databases_of_one_server_at_once(
    postgres: PostgresServer, blank: Database, another_blank: Database
) -> None:
    """Roles belong to the server: each process wants to create the same login at the same time."""
    login = "app_wanted_twice"
    script = "import asyncio, sys; from db.migrate import upgrade; asyncio.run(upgrade(sys.argv[1], sys.argv[2]))"
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            script,
            each.owner,
            postgres.url(login, each.name, "x"),
            stderr=asyncio.subprocess.PIPE,
        )
        for each in (blank, another_blank)
    ]
    results = await asyncio.gather(*(process.communicate() for process in processes))
    assert [process.returncode for process in processes] == [0, 0], results
    for each in (blank, another_blank):
        assert await fetch_one(postgres.url(login, each.name, "x"), "SELECT session_user::text") == login


async def test_alembic_sees_no_difference_from_the_tables(database: Database) -> None:
    def compare(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    engine = create_async_engine(sqlalchemy_url(database.owner))
    async with engine.connect() as connection:
        assert await connection.run_sync(compare) == []
    await engine.dispose()


async def test_what_alembic_cannot_see_does_not_differ_either(database: Database, blank: Database) -> None:
    engine = create_async_engine(sqlalchemy_url(blank.owner))
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
    kinds = ("column", "table", "index", "constraint", "comment")

    found = differences(await catalogue(blank.owner, kinds=kinds), await catalogue(database.owner, kinds=kinds))

    assert {name: actual for name, (_, actual) in found.items()} == {
        "column alembic_version.version_num": "character varying(32) NOT NULL",
        "constraint alembic_version.alembic_version_pkc": "PRIMARY KEY (version_num)",
        "index alembic_version_pkc": (
            "CREATE UNIQUE INDEX alembic_version_pkc ON public.alembic_version USING btree (version_num)"
        ),
        "table alembic_version": "rls=f forced=f options=",
        "table crm_lead_reassignments": "rls=t forced=f options=",
        "table lead_contact_details": "rls=t forced=f options=",
        "table lead_notes": "rls=t forced=f options=",
    }


async def test_the_migration_brings_the_system_agent_and_the_first_configuration(database: Database) -> None:
    agents = await fetch(database.owner, "SELECT id::text, role, is_active, accepts_new_leads, email FROM crm_agents")
    versions = await fetch(database.owner, "SELECT version, body::text FROM configuration_versions")
    assert agents == [("00000000-0000-0000-0000-000000000001", "system", False, False, None)]
    assert versions == [(1, "{}")]


async def test_a_downgrade_keeps_the_system_agent_while_an_audit_row_names_it(database: Database) -> None:
    system = "00000000-0000-0000-0000-000000000001"
    await run_script(
        database.owner,
        f"""INSERT INTO crm_leads DEFAULT VALUES;
            INSERT INTO crm_lead_reassignments (lead_id, to_agent_id, reassigned_by, reason, stage)
            SELECT id, '{system}', '{system}', 'manual', 'manual' FROM crm_leads""",
    )
    await downgrade(database.owner, "0003_dual_stage_sla")
    assert await fetch_one(database.owner, "SELECT count(*) FROM crm_agents") == 1
    assert (await upgrade(database.owner)).up_to_date


async def test_an_unknown_revision_is_named_with_the_known_ones(database: Database) -> None:
    with pytest.raises(MigrationRefusedError, match=r"9999.*0001_parents, 0002_routing"):
        await downgrade(database.owner, "9999")


async def test_a_database_newer_than_this_version_is_refused(database: Database) -> None:
    await run_script(database.owner, "UPDATE alembic_version SET version_num = '0999_future'")
    with pytest.raises(MigrationRefusedError, match="0999_future"):
        await upgrade(database.owner)


async def test_the_version_of_an_empty_database(blank: Database) -> None:
    version = await schema_version(blank.owner)
    assert version.current is None
    assert not version.up_to_date


@pytest.mark.parametrize(
    "url", ["", "mysql://localhost/x", "postgresql://localhost", "nonsense", "postgresql://h:port/x"]
)
def test_an_unusable_address_is_explained(url: str) -> None:
    with pytest.raises(DatabaseUrlError, match="database address"):
        sqlalchemy_url(url)


async def test_a_server_that_does_not_answer_is_unavailable() -> None:
    with pytest.raises(DatabaseUnavailableError):
        await schema_version("postgresql://nobody:x@127.0.0.1:1/none")
