"""Whether the database answers."""

from __future__ import annotations

from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncEngine

from db.session import write_transaction


async def answers(engine: AsyncEngine) -> None:
    """Return when a transaction works; raises the errors of db.errors when it does not."""
    async with write_transaction(engine) as connection:
        await connection.execute(select(literal(1)))
