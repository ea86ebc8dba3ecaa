"""The sweep: leads that have waited too long move to the hot queue, once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.queue import LongWaiting, long_waiting, waiting_versions
from db.session import single_statements
from domain.errors import ConfigurationError
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import MoveToHot, time_command_id
from services.clock import Clock
from services.configurations import Configurations
from services.edge import Edge

_MOST = 100


class QueueSweep:
    """Looks at the waiting leads by the policy of each one's own configuration version."""

    def __init__(self, edge: Edge, engine: AsyncEngine, clock: Clock, configurations: Configurations) -> None:
        self._edge = edge
        self._engine = engine
        self._clock = clock
        self._configurations = configurations

    async def run_once(self) -> int:
        """One round, bounded; returns how many leads were moved or found past their queue SLA."""
        now = self._clock.now()
        moved = 0
        for lead in await self._found(now):
            answer = await self._edge.give(lead.lead_id, _command(lead, now))
            moved += answer is not None and answer.changed
        return moved

    async def _found(self, now: datetime) -> list[LongWaiting]:
        found: list[LongWaiting] = []
        async with single_statements(self._engine) as connection:
            for version in await waiting_versions(connection):
                try:
                    policy = (await self._configurations.get(connection, version)).queues
                except ConfigurationError:
                    # Routing parks the leads of a configuration that cannot be read, which is visible.
                    continue
                found += await long_waiting(
                    connection,
                    version,
                    now,
                    stale_before=now - timedelta(hours=policy.stale_hours),
                    stale_attempts=policy.stale_attempts,
                    limit=_MOST - len(found),
                )
        return found


def _command(lead: LongWaiting, now: datetime) -> MoveToHot:
    """The same lead and cause give the same id, so two sweeps at once move it once."""
    cause = "sla" if lead.expired else "stale"
    return MoveToHot(
        command_id=time_command_id(lead.lead_id, f"move_to_hot:{cause}", lead.epoch, lead.sla_at),
        actor=SYSTEM,
        received_at=now,
        from_queue=lead.queue,
        stale=lead.stale,
    )
