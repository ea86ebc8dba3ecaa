"""A test's database, and plain SQL on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import asyncpg

OWNER = "baton_owner"
APPLICATION = "baton_app"
PASSWORD = "tests-only"


@dataclass(frozen=True)
class Database:
    """The addresses of one database for each identity."""

    name: str
    owner: str
    application: str
    superuser: str


async def run_script(url: str, script: str) -> None:
    """Run a script of any number of statements; raises on the first error."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(script)
    finally:
        await connection.close()


async def fetch(url: str, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row.values()) for row in await connection.fetch(query, *arguments)]
    finally:
        await connection.close()


async def fetch_one(url: str, query: str, *arguments: Any) -> Any:
    """The first value of the first row."""
    found = await fetch(url, query, *arguments)
    return found[0][0]
