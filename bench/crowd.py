"""Many callers at once who assign leads until every slot is taken."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bench.figures import percentile
from domain.ids import LeadId

Assign = Callable[[LeadId], Awaitable[bool]]
FreeSlots = Callable[[], Awaitable[int]]

_TRIES = 50


@dataclass(slots=True)
class Run:
    """What the callers saw. A false miss: nobody was found while a slot was free; slots only fill up here, so a slot
    that is free after the answer was free before it. A stranded lead missed so for as often as it was tried."""

    assigned: int = 0
    missed: int = 0
    false_misses: int = 0
    stranded: int = 0
    seconds: float = 0.0
    answers_ms: list[float] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        """Assignments per second."""
        return self.assigned / self.seconds if self.seconds else 0.0

    def ms(self, share: float) -> float:
        """Percentile of the answers' times."""
        return percentile(self.answers_ms, share)


async def assign_all(assign: Assign, leads: Sequence[LeadId], free_slots: FreeSlots, *, clients: int) -> Run:
    """Assign each lead, `clients` at once, again after a false miss."""
    run = Run()
    remaining = iter(leads)
    asking = asyncio.Lock()

    async def misses_falsely() -> bool:
        async with asking:
            return await free_slots() > 0

    async def one(lead_id: LeadId) -> None:
        for _ in range(_TRIES):
            began = time.perf_counter()
            done = await assign(lead_id)
            run.answers_ms.append((time.perf_counter() - began) * 1000)
            if done:
                run.assigned += 1
                return
            if not await misses_falsely():
                run.missed += 1
                return
            run.false_misses += 1
        run.stranded += 1

    async def caller() -> None:
        for lead_id in remaining:
            await one(lead_id)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(caller())
    run.seconds = time.perf_counter() - began
    return run
