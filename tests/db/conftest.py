"""Databases for the tests of db/: a migrated template, cloned per test, and empty ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import count

import asyncpg
import pytest

from db.migrate import upgrade
from db.session import Engines, create_engines
from tests.db.databases import APPLICATION, OWNER, PASSWORD, Database
from tests.support.postgres import PostgresServer

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real server for the session."""
    server = PostgresServer()
    try:
        server.start()
        _as_superuser(server, f"CREATE ROLE {OWNER} LOGIN CREATEROLE CREATEDB PASSWORD '{PASSWORD}'")
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def template(postgres: PostgresServer) -> Database:
    """A database at head that nobody stays connected to, to be cloned."""
    database = _create(postgres, "template_head")
    asyncio.run(upgrade(database.owner, database.application))
    return database


@pytest.fixture
def blank(postgres: PostgresServer) -> Iterator[Database]:
    """An empty database, owned by the owner."""
    with _scratch(postgres, f"blank_{next(_numbers)}") as made:
        yield made


@pytest.fixture
def another_blank(postgres: PostgresServer) -> Iterator[Database]:
    """A second empty database, to compare with."""
    with _scratch(postgres, f"blank_{next(_numbers)}") as made:
        yield made


@pytest.fixture
def database(postgres: PostgresServer, template: Database) -> Iterator[Database]:
    """A migrated database of the test's own."""
    with _scratch(postgres, f"migrated_{next(_numbers)}", template.name) as made:
        yield made


@pytest.fixture
async def engines(database: Database) -> AsyncIterator[Engines]:
    """The application's engines on `database`."""
    made = create_engines(database.application, pool_size=3, application_name="tests")
    yield made
    await made.dispose()


@contextmanager
def _scratch(server: PostgresServer, name: str, template: str = "template1") -> Iterator[Database]:
    made = _create(server, name, template)
    yield made
    _as_superuser(server, f"DROP DATABASE {name} WITH (FORCE)")


def _create(server: PostgresServer, name: str, template: str = "template1") -> Database:
    _as_superuser(server, f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template} STRATEGY file_copy")
    return Database(
        name=name,
        owner=server.url(OWNER, name, PASSWORD),
        application=server.url(APPLICATION, name, PASSWORD),
        superuser=server.url(database=name),
    )


def _as_superuser(server: PostgresServer, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(server.url())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())
