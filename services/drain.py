"""The drain: waiting leads get an agent as soon as one is free, best first."""

from __future__ import annotations

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import TemporalError

from db.errors import DatabaseError
from db.repositories.queue import waiting_leads
from db.repositories.routing_inputs import read_agents
from db.session import write_transaction
from domain.ids import LeadId
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import Route
from domain.lifecycle.state import LifecycleState
from services.applied import Applied
from services.clock import Clock
from services.lifecycle import Lifecycle
from services.telling import Teller

_log = structlog.get_logger(__name__)

_BATCH = 50


class Drain:
    """Routes waiting leads while agents have room. It is an edge: it commits, then tells."""

    def __init__(self, lifecycle: Lifecycle, teller: Teller, engine: AsyncEngine, clock: Clock) -> None:
        self._lifecycle = lifecycle
        self._teller = teller
        self._engine = engine
        self._clock = clock

    async def run_once(self) -> int:
        """One round; returns how many leads got an agent. Nothing is written while nobody has a free slot."""
        async with write_transaction(self._engine) as connection:
            waiting = await waiting_leads(connection, _BATCH)
            if not waiting:
                return 0
            agents = await read_agents(connection, self._clock.now())
        if not any(agent.has_slot and agent.status == "Available" and agent.is_active for agent in agents):
            return 0
        offered = 0
        for lead_id in waiting:
            offered += await self._route(lead_id)
        return offered

    async def _route(self, lead_id: LeadId) -> bool:
        try:
            lead = await self._lifecycle.current(lead_id)
            if lead is None or lead.state is not LifecycleState.QUEUED:
                return False
            command = Route(
                command_id=f"{lead_id}:drain:{lead.seq}", actor=SYSTEM, received_at=self._clock.now(), only_offer=True
            )
            answer = await self._lifecycle.apply(lead_id, command)
            if isinstance(answer, Applied) and answer.changed:
                await self._teller.tell(lead_id)
                return True
        except (DatabaseError, TemporalError, OSError) as error:
            # One lead must not keep the others waiting; an untold offer is told by the relay.
            _log.warning("drain_failed", lead_id=str(lead_id), reason=type(error).__name__)
        return False
