"""Noting what has been told, several leads in one transaction."""

from __future__ import annotations

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.ledger import mark_told
from db.session import write_transaction
from domain.ids import LeadId
from services.clock import Clock
from workflows.messages import LeadSnapshot


class ToldNotes:
    """Collects what was told while a transaction is under way and writes it in the next one.

    The first caller writes at once; whoever comes while it writes shares the next transaction. Under load a few
    transactions a second serve any number of leads, without load nobody waits.
    """

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._waiting: dict[LeadId, int] = {}
        self._turn = asyncio.Lock()

    async def note(self, snapshot: LeadSnapshot) -> None:
        """The lead's workflow knows everything up to the snapshot; returns when that is written."""
        known = self._waiting.get(snapshot.lead_id, 0)
        self._waiting[snapshot.lead_id] = max(known, snapshot.seq)
        async with self._turn:
            told, self._waiting = self._waiting, {}
            if not told:
                return
            async with write_transaction(self._engine) as connection:
                await mark_told(connection, told.items(), self._clock.now())
