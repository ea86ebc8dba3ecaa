"""Bring a database to the schema of this version, or back; create the application's login.

Runs with the owner's address only. No other part of Baton needs it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from db.errors import DatabaseUnavailableError, MigrationRefusedError, translate
from db.login import ensure_login
from db.url import sqlalchemy_url

_LOCK = 7_266_317_001
"""Key of the advisory lock that makes two migrations of one database wait for each other."""


# Alembic keeps the revision under way in module globals: two at once in one event loop would mix.
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


@dataclass(frozen=True)
class SchemaVersion:
    """Where a database stands (`current` is None before the first migration) and where this version wants it."""

    current: str | None
    head: str

    @property
    def up_to_date(self) -> bool:
        """Whether there is nothing to migrate."""
        return self.current == self.head


async def upgrade(owner_url: str, app_url: str | None = None, revision: str = "head") -> SchemaVersion:
    """Migrate to `revision` in one transaction, then make sure the login of `app_url` exists and may wear the roles.

    Idempotent; two callers at once wait for each other. Raises MigrationRefusedError when existing data or objects
    stand in the way (nothing was changed then), DatabaseBusyError when a lock was not free within 5 s.
    """

    def up(connection: Connection) -> None:
        command.upgrade(_config(connection), revision)

    await _in_transaction(owner_url, up)
    if app_url is not None and revision == "head":
        engine = _owner_engine(owner_url)
        try:
            await ensure_login(engine, app_url)
        finally:
            await engine.dispose()
    return await schema_version(owner_url)


async def downgrade(owner_url: str, revision: str) -> SchemaVersion:
    """Go back to `revision` ('base' for all) in one transaction. Everything the undone revisions hold is deleted.

    What stood in the database before Baton stays. Roles are shared by the whole server and stay too.
    """

    def down(connection: Connection) -> None:
        command.downgrade(_config(connection), revision)

    await _in_transaction(owner_url, down)
    return await schema_version(owner_url)


async def schema_version(url: str) -> SchemaVersion:
    """Read where the database stands; changes nothing."""
    async with _connection(url) as connection:
        current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    return SchemaVersion(current=current, head=head_revision())


def head_revision() -> str:
    """The revision this version of Baton needs."""
    head = ScriptDirectory.from_config(_config(None)).get_current_head()
    if head is None:
        raise MigrationRefusedError("db/migrations/versions is empty: the installation is incomplete")
    return head


async def _in_transaction(owner_url: str, work: Callable[[Connection], None]) -> None:
    turn = _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock())
    async with turn, _connection(owner_url) as connection:
        # Waiting for the other migration may take long; waiting for a table's lock would block its readers.
        await connection.execute(text("SET LOCAL lock_timeout = 0"))
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        await connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        await connection.execute(text("SET LOCAL search_path = public"))
        await connection.run_sync(work)


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[AsyncConnection]:
    """One transaction on a connection of its own, with errors in our own words."""
    engine = _owner_engine(url)
    try:
        async with engine.begin() as connection:
            yield connection
    except CommandError as error:
        raise MigrationRefusedError(f"revision: {error}; this version knows {', '.join(_revisions())}") from error
    except DBAPIError as error:
        if (meaning := translate(error)) is not None:
            raise meaning from error
        raise
    except OSError as error:
        raise DatabaseUnavailableError(f"no connection to the database: {error}") from error
    finally:
        await engine.dispose()


def _revisions() -> list[str]:
    return sorted(script.revision for script in ScriptDirectory.from_config(_config(None)).walk_revisions())


def _owner_engine(url: str) -> AsyncEngine:
    return create_async_engine(
        sqlalchemy_url(url),
        poolclass=NullPool,
        connect_args={"timeout": 10, "server_settings": {"application_name": "baton:migrate", "timezone": "UTC"}},
    )


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
