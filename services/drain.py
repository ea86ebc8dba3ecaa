"""The drain: waiting leads get an agent as soon as one is free, best first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.pool import free_agents
from db.repositories.queue import Waiting, note_tries, waiting_leads
from db.session import AnyConnection, single_statements, write_transaction
from domain.ids import LeadId
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import Route
from domain.lifecycle.state import LifecycleState
from services.asked import Asked
from services.batch import Batches
from services.clock import Clock
from services.edge import Edge
from services.queue_sweep import QueueSweep
from services.rescoring import Rescoring

_LOOKED_AT = 200
_ROUTED = 40
_BEHIND = 10


class Drain:
    """Routes waiting leads while agents have room, one by one or in batches, and looks after those that wait on."""

    def __init__(
        self,
        edge: Edge,
        batches: Batches,
        *,
        sweep: QueueSweep,
        rescoring: Rescoring,
        engine: AsyncEngine,
        clock: Clock,
    ) -> None:
        self._edge = edge
        self._batches = batches
        self._sweep = sweep
        self._rescoring = rescoring
        self._engine = engine
        self._clock = clock
        self._asked = Asked()

    async def run_once(self) -> int:
        """One round, bounded; returns how many leads left the queue. Nothing is tried while nobody has a free slot."""
        now = self._clock.now()
        async with single_statements(self._engine) as connection:
            if not await waiting_leads(connection, now, 1):
                self._asked = Asked()
                return 0
            free = await free_agents(connection)
            self._asked.notice(free, now)
            if not free:
                return 0
            best, behind = await self._waiting(connection, now)
        order = await self._batches.in_order([*best, *behind], now)
        hidden = {lead.lead_id for lead in behind}
        moved = routed = 0
        in_vain: list[LeadId] = []
        for turn in order:
            if not isinstance(turn, Waiting):
                result = await self._batches.run(turn)
                moved += result.moved
                in_vain += result.in_vain
                continue
            if routed >= _ROUTED and turn.lead_id not in hidden:
                continue
            routed += 1
            if await self._route(turn, in_vain):
                moved += 1
            else:
                self._asked.in_vain([turn.lead_id], now)
        self._asked.in_vain(in_vain, now)
        if in_vain:
            async with write_transaction(self._engine) as connection:
                await note_tries(connection, in_vain, now)
        return moved

    async def look_after(self) -> int:
        """One bounded look at the leads that wait: who has waited too long, whose facts have changed."""
        return await self._sweep.run_once() + await self._rescoring.run_once()

    async def _waiting(self, connection: AnyConnection, now: datetime) -> tuple[Sequence[Waiting], Sequence[Waiting]]:
        """The best leads, and a few of those behind: leads that nobody can take must not hide these for ever."""
        best = await waiting_leads(connection, now, _LOOKED_AT, without=self._asked.lately(now))
        behind: Sequence[Waiting] = ()
        if len(best) == _LOOKED_AT:
            seen = {*self._asked.ever(), *(lead.lead_id for lead in best)}
            behind = await waiting_leads(connection, now, _BEHIND, without=seen)
        if not behind:
            self._asked.forget(now)
        return best, behind

    async def _route(self, lead: Waiting, in_vain: list[LeadId]) -> bool:
        command = Route(
            command_id=f"{lead.lead_id}:drain:{lead.seq}",
            actor=SYSTEM,
            received_at=self._clock.now(),
            only_offer=True,
        )
        answer = await self._edge.give(lead.lead_id, command)
        if answer is not None and not answer.changed and answer.lead.state is LifecycleState.QUEUED:
            in_vain.append(lead.lead_id)
        return answer is not None and answer.changed
