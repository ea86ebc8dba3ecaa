"""Engines wear their role, wait only so long, speak in our errors, and refuse a login that is too strong."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from db.errors import (
    AccessDeniedError,
    ConstraintError,
    DatabaseBusyError,
    DatabaseSlowError,
    DatabaseUnavailableError,
    DatabaseUrlError,
    MigrationRefusedError,
    PrivilegedLoginError,
)
from db.migrate import upgrade
from db.session import (
    DatabaseRole,
    Engines,
    admin_transaction,
    make_engine,
    reader_transaction,
    refuse_privileged_login,
    write_transaction,
)
from db.tables import leads
from tests.db.databases import APPLICATION, OWNER, PASSWORD, Database, fetch_one, run_script
from tests.support.postgres import PostgresServer

WHO = text("SELECT session_user::text, current_user::text")


async def test_each_engine_wears_its_role(engines: Engines) -> None:
    async with write_transaction(engines.service) as connection:
        assert (await connection.execute(WHO)).one() == (APPLICATION, "baton_service")
    async with admin_transaction(engines.admin) as connection:
        assert (await connection.execute(WHO)).one() == (APPLICATION, "baton_admin")
    async with reader_transaction(engines.reader, None) as connection:
        assert (await connection.execute(WHO)).one() == (APPLICATION, "baton_reader")


async def test_a_changed_role_does_not_stay_on_a_pooled_connection(engines: Engines) -> None:
    async def change_and_fail() -> None:
        async with write_transaction(engines.service) as connection:
            await connection.execute(text("SET ROLE baton_admin"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change_and_fail()
    async with write_transaction(engines.service) as connection:
        await connection.execute(text("RESET ROLE"))
        assert (await connection.execute(WHO)).one() == (APPLICATION, "baton_service")


async def test_a_reader_cannot_write_even_where_privileges_would_allow(engines: Engines) -> None:
    async with reader_transaction(engines.reader, None) as connection:
        assert await connection.scalar(text("SHOW transaction_read_only")) == "on"


async def test_the_caller_is_known_in_the_transaction(engines: Engines) -> None:
    caller = uuid4()
    async with reader_transaction(engines.reader, caller) as connection:
        assert await connection.scalar(text("SELECT auth.uid()")) == caller
        claims = await connection.scalar(text("SELECT current_setting('request.jwt.claims')::jsonb ->> 'sub'"))
    assert claims == str(caller)


async def test_a_block_that_raises_writes_nothing(engines: Engines) -> None:
    async def write_and_fail() -> None:
        async with write_transaction(engines.service) as connection:
            await connection.execute(leads.insert())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()
    async with write_transaction(engines.service) as connection:
        assert (await connection.execute(select(leads.c.id))).all() == []


async def test_a_lock_that_is_not_free_is_busy(database: Database) -> None:
    await run_script(database.owner, "INSERT INTO crm_leads DEFAULT VALUES")
    holder = await asyncpg.connect(database.owner)
    engine = make_engine(database.application, DatabaseRole.SERVICE, lock_timeout_ms=50)
    async with holder.transaction():
        await holder.execute("SELECT FROM crm_leads FOR UPDATE")
        with pytest.raises(DatabaseBusyError):
            async with write_transaction(engine) as connection:
                await connection.execute(select(leads.c.id).with_for_update())
    await holder.close()
    await engine.dispose()


async def test_a_statement_that_runs_too_long_is_slow(database: Database) -> None:
    engine = make_engine(database.application, DatabaseRole.READER, statement_timeout_ms=50)
    with pytest.raises(DatabaseSlowError):
        async with reader_transaction(engine, None) as connection:
            await connection.execute(text("SELECT pg_sleep(5)"))
    await engine.dispose()


async def test_the_limits_are_set_by_default(engines: Engines) -> None:
    async with write_transaction(engines.service) as connection:
        assert await connection.scalar(text("SHOW lock_timeout")) == "2s"
        assert await connection.scalar(text("SHOW statement_timeout")) == "15s"
        assert await connection.scalar(text("SHOW timezone")) == "UTC"
        assert await connection.scalar(text("SHOW application_name")) == "tests:baton_service"


async def test_a_violated_constraint_is_named(engines: Engines) -> None:
    for values, constraint in (
        ({"lifecycle_state": "offered"}, "crm_leads_open_has_wake_at"),
        ({"status": "nonsense"}, "crm_leads_status_check"),
        ({"assigned_agent_id": uuid4()}, "crm_leads_assigned_agent_id_fkey"),
    ):
        with pytest.raises(ConstraintError) as caught:
            async with write_transaction(engines.service) as connection:
                await connection.execute(leads.insert().values(**values))
        assert caught.value.constraint == constraint


async def test_a_duplicate_external_id_is_named(engines: Engines) -> None:
    rows = [{"source": "website", "external_id": "4711"}] * 2
    with pytest.raises(ConstraintError) as caught:
        async with write_transaction(engines.service) as connection:
            await connection.execute(leads.insert(), rows)
    assert caught.value.constraint == "crm_leads_source_external_id_key"


async def test_a_forbidden_statement_is_denied(engines: Engines) -> None:
    with pytest.raises(AccessDeniedError):
        async with admin_transaction(engines.admin) as connection:
            await connection.execute(leads.insert())


async def test_a_defect_in_our_sql_stays_a_defect(engines: Engines) -> None:
    with pytest.raises(ProgrammingError):
        async with write_transaction(engines.service) as connection:
            await connection.execute(text("SELECT FROM no_such_table"))


async def test_no_server_and_a_killed_connection_are_unavailable(database: Database, engines: Engines) -> None:
    nowhere = make_engine("postgresql://x:y@127.0.0.1:1/z", DatabaseRole.SERVICE)
    with pytest.raises(DatabaseUnavailableError):
        async with write_transaction(nowhere):
            pass

    async def lose_the_connection() -> None:
        async with write_transaction(engines.service) as connection:
            pid = await connection.scalar(text("SELECT pg_backend_pid()"))
            await fetch_one(database.superuser, "SELECT pg_terminate_backend($1, 5000)", pid)
            await connection.execute(text("SELECT 1"))

    with pytest.raises(DatabaseUnavailableError):
        await lose_the_connection()
    async with write_transaction(engines.service) as connection:
        assert await connection.scalar(text("SELECT 1")) == 1


async def test_a_wrong_password_is_denied(database: Database, postgres: PostgresServer) -> None:
    engine = make_engine(postgres.url(APPLICATION, database.name, "wrong"), DatabaseRole.SERVICE)
    with pytest.raises(AccessDeniedError, match="password"):
        async with write_transaction(engine):
            pass


async def test_the_application_login_is_accepted(engines: Engines) -> None:
    await refuse_privileged_login(engines.service)


async def test_privileged_logins_are_refused(database: Database, postgres: PostgresServer) -> None:
    await run_script(
        database.superuser,
        f"""CREATE ROLE strong LOGIN BYPASSRLS PASSWORD '{PASSWORD}'; GRANT baton_service TO strong;
            CREATE ROLE heir LOGIN NOINHERIT PASSWORD '{PASSWORD}'; GRANT baton_service, {OWNER} TO heir;
            GRANT baton_service TO {OWNER} WITH SET TRUE;""",
    )
    try:
        for url, reason in (
            (database.superuser, "is superuser"),
            (postgres.url("strong", database.name, PASSWORD), "has BYPASSRLS"),
            (postgres.url("heir", database.name, PASSWORD), "owns the table crm_leads"),
            (database.owner, "owns the table crm_leads"),
        ):
            engine = make_engine(url, DatabaseRole.SERVICE)
            with pytest.raises(PrivilegedLoginError, match=reason):
                await refuse_privileged_login(engine)
            await engine.dispose()
    finally:
        await run_script(
            database.superuser,
            f"DROP ROLE strong; DROP ROLE heir; GRANT baton_service TO {OWNER} WITH SET FALSE",
        )


async def test_the_migration_creates_the_login_and_keeps_its_password(
    database: Database, postgres: PostgresServer
) -> None:
    quoted = 'it\'s 100% "fine"'
    await upgrade(database.owner, postgres.url("new_login", database.name, quoted))
    await upgrade(database.owner, postgres.url("new_login", database.name, "another"))

    engine = make_engine(postgres.url("new_login", database.name, quoted), DatabaseRole.READER)
    async with reader_transaction(engine, None) as connection:
        assert (await connection.execute(WHO)).one() == ("new_login", "baton_reader")
    await refuse_privileged_login(engine)
    await engine.dispose()
    inherits = "SELECT rolinherit OR rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = 'new_login'"
    assert await fetch_one(database.owner, inherits) is False


async def test_the_owner_cannot_be_the_application_login(database: Database) -> None:
    with pytest.raises(DatabaseUrlError, match="login of its own"):
        await upgrade(database.owner, database.owner)


async def test_an_owner_without_the_right_to_create_logins_is_told_what_to_do(
    database: Database, postgres: PostgresServer
) -> None:
    await run_script(database.superuser, f"ALTER ROLE {OWNER} NOCREATEROLE")
    try:
        with pytest.raises(MigrationRefusedError, match="CREATE ROLE unknown_login LOGIN NOINHERIT"):
            await upgrade(database.owner, postgres.url("unknown_login", database.name, "x"))
    finally:
        await run_script(database.superuser, f"ALTER ROLE {OWNER} CREATEROLE")
