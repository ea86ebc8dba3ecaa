"""What a process knows of outages."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.outages import newest_beat, outages_since
from db.session import AnyConnection, single_statements
from domain.sla.outage import Outage
from services.clock import Clock

REMEMBERED = timedelta(days=1)
_SILENCE = timedelta(seconds=15)


class OutageWatch:
    """What this process knows of outages. Until it has looked for the first time it knows of none, and needs none."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._looked_at: datetime | None = None
        self._looking = asyncio.Lock()
        self.remembered: tuple[Outage, ...] = ()

    async def look(self) -> tuple[Outage, ...]:
        """The outages of the last day, with the one that goes on now; raises DatabaseError."""
        async with single_statements(self._engine) as connection:
            now = self._clock.now()
            found = await outages_since(connection, "api", now - REMEMBERED)
            going_on = await silence(connection, "api", now)
        self.remembered = (*found, going_on) if going_on is not None else found
        self._looked_at = now
        return found

    async def known(self) -> tuple[Outage, ...]:
        """The same from memory; looked up anew when the last look is old, as after Postgres was away.

        A process that does not watch knows of none, and sends no statement. Not for inside a transaction: after an
        outage everybody looks at once, and the pool would have no connection left for it.
        """
        if self._is_old():
            async with self._looking:
                if self._is_old():
                    await self.look()
        return self.remembered

    def _is_old(self) -> bool:
        return self._looked_at is not None and self._clock.now() - self._looked_at > _SILENCE


async def silence(connection: AnyConnection, role: str, now: datetime) -> Outage | None:
    """The time since the last sign of life, when it is long enough to be an outage."""
    last = await newest_beat(connection, role)
    if last is None or now - last <= _SILENCE:
        return None
    return Outage(starts_at=last, ends_at=now)
