"""The logins of an embedded cluster: the superuser prepares an owner and its database, nothing else."""

from __future__ import annotations

import asyncio

import asyncpg

from workers.stack.credentials import Credentials
from workers.stack.errors import StackError

OWNER = "baton_owner"
APP = "baton_app"
DATABASE = "baton"


def ensure_roles(port: int, credentials: Credentials) -> None:
    """Create the owner and its database where they are missing. Idempotent.

    Raises StackError when the superuser's password is not the one the cluster was created with.
    """
    asyncio.run(_ensure(port, credentials))


async def _ensure(port: int, credentials: Credentials) -> None:
    try:
        connection = await asyncpg.connect(
            host="127.0.0.1",
            port=port,
            user="postgres",
            password=credentials.postgres_password,
            database="postgres",
            ssl=False,
        )
    except asyncpg.InvalidPasswordError as error:
        raise StackError(
            "The database refuses the password in secrets.json: the file belongs to another database. "
            "Restore the original secrets.json, or choose another --data-dir."
        ) from error
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", OWNER):
            # A role's password cannot be a bind parameter; the generated ones hold URL-safe characters only.
            await connection.execute(
                f"CREATE ROLE {OWNER} LOGIN CREATEROLE CREATEDB PASSWORD '{credentials.owner_password}'"
            )
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
    finally:
        await connection.close()
