"""Engines that wear one role each, and transactions whose type says what they may do.

The login in DATABASE_URL has no rights of its own. An engine puts one of three roles on every connection, so a
statement issued through the wrong engine fails in the database; the distinct connection types let the type checker
say so first.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType
from uuid import UUID

from asyncpg import PostgresError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from db.errors import DatabaseUnavailableError, PrivilegedLoginError, translate
from db.url import sqlalchemy_url

WriteConnection = NewType("WriteConnection", AsyncConnection)
"""Inside a transaction as baton_service: lifecycle commands and what they write."""

ReadConnection = NewType("ReadConnection", AsyncConnection)
"""Inside a read-only transaction as baton_reader: row-level security applies to the caller set in it."""

AdminConnection = NewType("AdminConnection", AsyncConnection)
"""Inside a transaction as baton_admin: edits of agents, rules, teams, experiments, configuration."""

AutocommitConnection = NewType("AutocommitConnection", AsyncConnection)
"""As baton_service, each statement a transaction of its own."""

AnyConnection = WriteConnection | ReadConnection | AdminConnection | AutocommitConnection
"""For repositories that only read tables every role may read."""


class DatabaseRole(StrEnum):
    """The three roles the application login may wear."""

    SERVICE = "baton_service"
    READER = "baton_reader"
    ADMIN = "baton_admin"


@dataclass(frozen=True)
class Engines:
    """One engine per role, all with the same login."""

    service: AsyncEngine
    reader: AsyncEngine
    admin: AsyncEngine

    async def dispose(self) -> None:
        """Close every pooled connection; idempotent."""
        for engine in (self.service, self.reader, self.admin):
            await engine.dispose()


def make_engine(
    url: str,
    role: DatabaseRole,
    *,
    pool_size: int = 10,
    max_overflow: int = 5,
    application_name: str = "baton",
    lock_timeout_ms: int = 2_000,
    statement_timeout_ms: int = 15_000,
) -> AsyncEngine:
    """An engine whose connections all start as `role`, with limits on waiting and running.

    The role is the connection's start-up value: RESET ROLE, RESET ALL and a rolled-back SET ROLE all lead back to
    it, and it costs no round trip. Connecting fails when the login is no member of the role.
    """
    return create_async_engine(
        sqlalchemy_url(url),
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_pre_ping=False,
        # A failing statement is logged and sent to Temporal as text: never with names and numbers in it.
        hide_parameters=True,
        connect_args={
            "timeout": 10,
            "server_settings": {
                "role": role.value,
                "application_name": f"{application_name}:{role.value}",
                "lock_timeout": str(lock_timeout_ms),
                "statement_timeout": str(statement_timeout_ms),
                "idle_in_transaction_session_timeout": str(2 * statement_timeout_ms),
                "timezone": "UTC",
                "jit": "off",
            },
        },
    )


def create_engines(
    url: str,
    *,
    pool_size: int = 10,
    max_overflow: int = 5,
    admin_pool_size: int = 2,
    application_name: str = "baton",
) -> Engines:
    """The three engines of one process; `pool_size` counts for service and reader each. Connects to nothing yet."""

    def engine(role: DatabaseRole, size: int) -> AsyncEngine:
        return make_engine(url, role, pool_size=size, max_overflow=max_overflow, application_name=application_name)

    return Engines(
        service=engine(DatabaseRole.SERVICE, pool_size),
        reader=engine(DatabaseRole.READER, pool_size),
        admin=engine(DatabaseRole.ADMIN, admin_pool_size),
    )


@asynccontextmanager
async def write_transaction(engine: AsyncEngine) -> AsyncIterator[WriteConnection]:
    """One transaction as baton_service: commits when the block ends, rolls back when it raises.

    Driver errors that mean something leave as errors of db.errors.
    """
    async with _transaction(engine) as connection:
        yield WriteConnection(connection)


@asynccontextmanager
async def single_statements(engine: AsyncEngine) -> AsyncIterator[AutocommitConnection]:
    """Statements as baton_service that each commit by themselves: two round trips fewer than a transaction.

    For reads whose result is checked again under a lock, and for writes that are one idempotent statement.
    """
    connection = await _connect(engine)
    try:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        yield AutocommitConnection(connection)
    except DBAPIError as error:
        meaning = translate(error)
        if meaning is None:
            raise
        raise meaning from error
    finally:
        await connection.close()


@asynccontextmanager
async def admin_transaction(engine: AsyncEngine) -> AsyncIterator[AdminConnection]:
    """One transaction as baton_admin: commits when the block ends, rolls back when it raises."""
    async with _transaction(engine) as connection:
        yield AdminConnection(connection)


@asynccontextmanager
async def reader_transaction(engine: AsyncEngine, caller_id: UUID | None) -> AsyncIterator[ReadConnection]:
    """One read-only transaction as baton_reader that row-level security sees as `caller_id` (None: nobody)."""
    subject = str(caller_id) if caller_id else ""
    claims = json.dumps({"sub": subject, "role": "authenticated"}) if caller_id else ""
    async with _transaction(engine, readonly=True) as connection:
        await connection.execute(
            text(
                "SELECT set_config('request.jwt.claim.sub', :subject, true),"
                " set_config('request.jwt.claims', :claims, true)"
            ),
            {"subject": subject, "claims": claims},
        )
        yield ReadConnection(connection)


async def refuse_privileged_login(engine: AsyncEngine) -> None:
    """Raise PrivilegedLoginError when the login behind `engine` could step around row-level security.

    Refused: superuser, BYPASSRLS, and whoever owns crm_leads or could become its owner. Every process calls this
    before it serves anything.
    """
    async with _transaction(engine) as connection:
        row = (await connection.execute(text(_LOGIN_FACTS))).one()
    login, superuser, bypasses, owns = row
    reasons = [
        reason
        for found, reason in (
            (superuser, "is superuser"),
            (bypasses, "has BYPASSRLS"),
            (owns and not superuser, "owns the table crm_leads"),
        )
        if found
    ]
    if reasons:
        raise PrivilegedLoginError(
            f"login {login!r} {' and '.join(reasons)}: row-level security would not bind it; "
            "use the application login in DATABASE_URL and keep the owner in DATABASE_OWNER_URL"
        )


_LOGIN_FACTS = """
SELECT r.rolname, r.rolsuper, r.rolbypassrls,
       coalesce((SELECT pg_has_role(r.oid, c.relowner, 'MEMBER')
                   FROM pg_class c WHERE c.oid = to_regclass('public.crm_leads')), false)
  FROM pg_roles r WHERE r.rolname = session_user
"""


@asynccontextmanager
async def _transaction(engine: AsyncEngine, *, readonly: bool = False) -> AsyncIterator[AsyncConnection]:
    connection = await _connect(engine)
    try:
        if readonly:
            await connection.execution_options(postgresql_readonly=True)
        async with connection.begin():
            yield connection
    except DBAPIError as error:
        meaning = translate(error)
        if meaning is None:
            raise
        raise meaning from error
    finally:
        await connection.close()


async def _connect(engine: AsyncEngine) -> AsyncConnection:
    try:
        return await engine.connect()
    except DBAPIError as error:
        meaning = translate(error)
        if meaning is None:
            raise
        raise meaning from error
    except (OSError, TimeoutError, PostgresError) as error:
        # asyncpg's own errors reach us unwrapped while a connection is being made.
        raise DatabaseUnavailableError(f"no connection to the database: {error}") from error
