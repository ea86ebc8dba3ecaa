"""The application's login: no rights of its own, member of the three roles."""

from __future__ import annotations

import asyncio

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.errors import DatabaseUrlError, MigrationRefusedError, sqlstate, translate
from db.session import DatabaseRole
from db.url import sqlalchemy_url

# Roles belong to the whole server, where no advisory lock reaches: migrations of two databases may collide here.
_COLLISIONS = frozenset({"23505", "42710", "XX000"})
_ATTEMPTS = 5


async def ensure_login(owner: AsyncEngine, app_url: str) -> None:
    """Create the login named in `app_url` with its password when missing, and make it a member of the roles.

    An existing login keeps its password. Idempotent. Raises DatabaseUrlError without user or password in the
    address, MigrationRefusedError when the owner has no right to create logins or to grant the roles.
    """
    url = sqlalchemy_url(app_url)
    if not url.username or url.password is None:
        raise DatabaseUrlError("DATABASE_URL: needs user and password; the migration creates that login")
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with owner.begin() as connection:
                await _create(connection, url.username, url.password)
            return
        except DBAPIError as error:
            if sqlstate(error) in _COLLISIONS and attempt < _ATTEMPTS:
                await asyncio.sleep(0.05 * attempt)
                continue
            if sqlstate(error) == "42501":
                raise MigrationRefusedError(_no_right(url.username)) from error
            if (meaning := translate(error)) is not None:
                raise meaning from error
            raise


async def _create(connection: AsyncConnection, name: str, password: str) -> None:
    owner = await connection.scalar(text("SELECT session_user::text"))
    if owner == name:
        raise DatabaseUrlError(
            f"DATABASE_URL: its login {name!r} is the owner's; give the application a login of its own"
        )
    known = await connection.scalar(text("SELECT true FROM pg_roles WHERE rolname = :name"), {"name": name})
    if not known:
        await _execute(connection, "CREATE ROLE %I LOGIN NOINHERIT PASSWORD %L", name, password)
    for role in DatabaseRole:
        member = await connection.scalar(
            text("SELECT pg_has_role(CAST(:name AS text), CAST(:role AS text), 'MEMBER')"),
            {"name": name, "role": role.value},
        )
        if not member:
            await _execute(connection, "GRANT %I TO %I", role.value, name)
    database = await connection.scalar(text("SELECT current_database()::text"))
    may_connect = await connection.scalar(
        text("SELECT has_database_privilege(CAST(:name AS text), current_database(), 'CONNECT')"), {"name": name}
    )
    if not may_connect:
        await _execute(connection, "GRANT CONNECT ON DATABASE %I TO %I", str(database), name)


async def _execute(connection: AsyncConnection, template: str, first: str, second: str) -> None:
    statement = await connection.scalar(
        text("SELECT format(:template, CAST(:first AS text), CAST(:second AS text))"),
        {"template": template, "first": first, "second": second},
    )
    await connection.exec_driver_sql(str(statement))


def _no_right(name: str) -> str:
    roles = ", ".join(role.value for role in DatabaseRole)
    return (
        f"the owner in DATABASE_OWNER_URL may not create or equip the login {name!r}; give it CREATEROLE, or run as a"
        f" superuser: CREATE ROLE {name} LOGIN NOINHERIT PASSWORD '…'; GRANT {roles} TO {name};"
    )
