"""The relay: whatever a workflow should know and was not told in time, it is told again.

Two searches: transitions untold for two seconds, and open leads whose wake-up passed thirty seconds ago whatever
was told, which also finds leads whose workflow is gone.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import TemporalError

from db.errors import DatabaseError
from db.repositories.leads import overdue_leads
from db.repositories.ledger import untold_leads
from db.session import write_transaction
from domain.ids import LeadId
from services.clock import Clock
from services.telling import Teller

_log = structlog.get_logger(__name__)

_UNTOLD_SECONDS = 2.0
_OVERDUE = timedelta(seconds=30)
_BATCH = 200
_AT_ONCE = 10


class Relay:
    """Finds the untold and tells them."""

    def __init__(self, teller: Teller, engine: AsyncEngine, clock: Clock) -> None:
        self._teller = teller
        self._engine = engine
        self._clock = clock

    async def run_once(self) -> int:
        """One round; returns how many leads were told. A lead that cannot be told stays for the next round."""
        async with write_transaction(self._engine) as connection:
            untold = await untold_leads(connection, _UNTOLD_SECONDS, _BATCH)
            overdue = await overdue_leads(connection, self._clock.now() - _OVERDUE, _BATCH)
        limit = asyncio.Semaphore(_AT_ONCE)
        told = await asyncio.gather(*(self._tell(lead_id, limit) for lead_id in {*untold, *overdue}))
        return sum(told)

    async def _tell(self, lead_id: LeadId, limit: asyncio.Semaphore) -> bool:
        async with limit:
            try:
                return await self._teller.tell(lead_id)
            except (DatabaseError, TemporalError, OSError) as error:
                # One lead must not keep the others waiting; it stays untold and comes up again.
                _log.warning("relay_failed", lead_id=str(lead_id), reason=type(error).__name__)
                return False
