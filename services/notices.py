"""Notices: what their readers do with them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.notice_views import mark_seen
from db.session import write_transaction
from domain.lifecycle.actor import Actor
from services.clock import Clock


class Notices:
    """Marks notices; they are written with the transitions that cause them."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def seen(self, caller: Actor, notice: UUID) -> bool:
        """Note that the caller has seen a notice; False when it is not theirs. Idempotent: the first time stays."""
        async with write_transaction(self._engine) as connection:
            return await mark_seen(connection, caller, notice, self._clock.now())
