"""The drain: waiting leads get an agent as soon as one is free, best first."""

from __future__ import annotations

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.queue import waiting_leads
from db.repositories.routing_inputs import read_agents
from db.session import single_statements
from domain.ids import LeadId
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import Route
from domain.lifecycle.state import LifecycleState
from domain.routing.agent import Agent, AgentStatus
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
        self._skipped = 0
        self._tried: dict[LeadId, int] = {}

    async def run_once(self) -> int:
        """One round; returns how many leads got an agent. Nothing is written while nobody has a free slot."""
        async with single_statements(self._engine) as connection:
            waiting = await waiting_leads(connection, _BATCH, self._skipped)
            if not waiting:
                self._skipped = 0
                return 0
            agents = await read_agents(connection, self._clock.now())
        free = [agent for agent in agents if _free(agent)]
        pool = hash(frozenset((agent.id, agent.specializations) for agent in free))
        self._tried = {lead_id: known for lead_id, known in self._tried.items() if known == pool}
        if not free:
            return 0
        offered = 0
        for lead_id in waiting:
            # Asking again is of no use until somebody else is free.
            if lead_id in self._tried:
                continue
            if await self._route(lead_id):
                offered += 1
            else:
                self._tried[lead_id] = pool
        # Leads that nobody present can take must not hide those behind them from the next round.
        self._skipped = 0 if offered or len(waiting) < _BATCH else self._skipped + _BATCH
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
        except Exception as error:
            # Whatever is wrong with this lead must not keep the others waiting; it comes up again.
            _log.warning("drain_failed", lead_id=str(lead_id), reason=type(error).__name__)
        return False


def _free(agent: Agent) -> bool:
    return agent.has_slot and agent.is_active and agent.accepts_new_leads and agent.status == AgentStatus.AVAILABLE
