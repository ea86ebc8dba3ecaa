"""The relay: whatever a workflow should know and was not told in time, it is told again.

Two searches: transitions untold for two seconds, and open leads whose wake-up passed thirty seconds ago whatever
was told, which also finds leads whose workflow is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.leads import overdue_leads
from db.repositories.ledger import untold_leads
from db.session import single_statements
from domain.ids import LeadId
from services.clock import Clock
from services.telling import Teller

_log = structlog.get_logger(__name__)

_UNTOLD_SECONDS = 2.0
_OVERDUE = timedelta(seconds=30)
_LONGEST = timedelta(minutes=30)
_BATCH = 200
_AT_ONCE = 10


class Relay:
    """Finds the untold and tells them."""

    def __init__(self, teller: Teller, engine: AsyncEngine, clock: Clock) -> None:
        self._teller = teller
        self._engine = engine
        self._clock = clock
        self._patience: dict[LeadId, tuple[datetime, timedelta]] = {}

    async def run_once(self) -> int:
        """One round; returns how many leads were told. A lead that cannot be told stays for the next round."""
        now = self._clock.now()
        async with single_statements(self._engine) as connection:
            untold = await untold_leads(connection, _UNTOLD_SECONDS, _BATCH)
            overdue = await overdue_leads(connection, now - _OVERDUE, _BATCH)
        overdue = self._due_again(overdue, now)
        limit = asyncio.Semaphore(_AT_ONCE)
        told = await asyncio.gather(*(self._tell(lead_id, limit) for lead_id in {*untold, *overdue}))
        return sum(told)

    def _due_again(self, overdue: Sequence[LeadId], now: datetime) -> list[LeadId]:
        """The overdue leads whose turn it is: each is told less often the longer it stays overdue.

        A workflow that cannot move its lead would otherwise collect signals until its history is full.
        """
        self._patience = {lead_id: wait for lead_id, wait in self._patience.items() if lead_id in set(overdue)}
        again = [lead_id for lead_id in overdue if lead_id not in self._patience or self._patience[lead_id][0] <= now]
        for lead_id in again:
            pause = min(2 * self._patience[lead_id][1], _LONGEST) if lead_id in self._patience else _OVERDUE
            self._patience[lead_id] = (now + pause, pause)
        return again

    async def _tell(self, lead_id: LeadId, limit: asyncio.Semaphore) -> bool:
        async with limit:
            try:
                return await self._teller.tell(lead_id)
            except Exception as error:
                # Whatever is wrong with this lead must not keep the others waiting; it comes up again.
                _log.warning("relay_failed", lead_id=str(lead_id), reason=type(error).__name__)
                return False
