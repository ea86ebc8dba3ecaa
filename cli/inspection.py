"""What `baton check` and `baton doctor` need of a running Baton: one database connection, one Temporal client."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.db import APPLICATION, database_url
from db.errors import DatabaseUrlError
from domain.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine
    from temporalio.client import Client

    from workers.settings import Settings

# A check reads whole tables, which may take longer than a command of a person may.
_STATEMENT_MS = 600_000


@dataclass(frozen=True)
class Reach:
    """Where everything is. `client` is None when Temporal was left out."""

    engine: AsyncEngine
    client: Client | None
    task_queue: str


@asynccontextmanager
async def reach(data_dir: Path, *, temporal: bool) -> AsyncIterator[Reach]:
    """Connect as baton_service and, when asked, to Temporal.

    Addresses come from the environment, else from a running `baton up` in `data_dir`. Raises the errors of
    db.errors, pydantic's ValidationError for the settings, and ConfigurationError when Temporal does not answer.
    """
    from db.session import DatabaseRole, make_engine, refuse_privileged_login
    from workers.settings import Settings

    url = database_url(APPLICATION, data_dir)
    settings = Settings.load({"database_url": url, **_temporal_address(data_dir)})
    engine = make_engine(
        url,
        DatabaseRole.SERVICE,
        pool_size=2,
        max_overflow=2,
        application_name="baton-check",
        statement_timeout_ms=_STATEMENT_MS,
    )
    try:
        await refuse_privileged_login(engine)
        client = await _connect(settings) if temporal else None
        yield Reach(engine=engine, client=client, task_queue=settings.task_queue)
    finally:
        await engine.dispose()


async def _connect(settings: Settings) -> Client:
    from workers.temporal_client import connect_temporal

    try:
        return await connect_temporal(settings)
    except RuntimeError as error:
        raise ConfigurationError(
            f"no Temporal server answers at {settings.temporal_address}: start it, set TEMPORAL_ADDRESS, or name the"
            " --data-dir of a running `baton up`"
        ) from error


def _temporal_address(data_dir: Path) -> dict[str, str]:
    if os.environ.get("TEMPORAL_ADDRESS"):
        return {}
    try:
        return {"temporal_address": database_url("TEMPORAL_ADDRESS", data_dir)}
    except DatabaseUrlError:
        # Neither named: the usual address of a server on this machine.
        return {}
