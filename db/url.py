"""Database addresses: plain `postgresql://user:password@host:port/database`, without a driver's name."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from db.errors import DatabaseUrlError

_PLAIN = frozenset({"postgresql", "postgres", "postgresql+asyncpg"})


def sqlalchemy_url(url: str) -> URL:
    """Turn a plain PostgreSQL address into the one SQLAlchemy needs for asyncpg.

    Raises DatabaseUrlError when it is no PostgreSQL address, or names no database.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseUrlError(
            "database address: not readable; expected postgresql://user:password@host:port/database"
        ) from error
    if parsed.drivername not in _PLAIN:
        raise DatabaseUrlError(f"database address: scheme {parsed.drivername!r} is not postgresql")
    if not parsed.database:
        raise DatabaseUrlError("database address: the database's name is missing after the host")
    return parsed.set(drivername="postgresql+asyncpg")
