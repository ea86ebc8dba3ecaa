"""Waiting for offers without asking the database once per lead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from domain.ids import AgentId, LeadId

_EVERY_SECONDS = 0.02


class Offers:
    """Futures that resolve with the agent a lead is offered to; one query serves them all."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self._connection = connection
        self._waiting: dict[UUID, asyncio.Future[AgentId]] = {}

    async def agent_of(self, lead_id: LeadId) -> AgentId:
        """The agent, as soon as there is one."""
        future: asyncio.Future[AgentId] = asyncio.get_running_loop().create_future()
        self._waiting[lead_id] = future
        return await future

    async def watch(self) -> None:
        """Look for offers until cancelled."""
        while True:
            if self._waiting:
                rows = await self._connection.fetch(
                    "SELECT id, assigned_agent_id FROM crm_leads WHERE id = ANY($1) AND lifecycle_state = 'offered'",
                    list(self._waiting),
                )
                for row in rows:
                    self._waiting.pop(row["id"]).set_result(AgentId(row["assigned_agent_id"]))
            await asyncio.sleep(_EVERY_SECONDS)


@asynccontextmanager
async def watched_offers(url: str) -> AsyncIterator[Offers]:
    """Offers with a connection of their own."""
    connection = await asyncpg.connect(url)
    offers = Offers(connection)
    watching = asyncio.create_task(offers.watch())
    try:
        yield offers
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await connection.close()
