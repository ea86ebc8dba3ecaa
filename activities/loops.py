"""Activities that run for ever: one relay and one drain in the namespace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio import activity

from services.absences import Absences
from services.drain import Drain
from services.relay import Relay
from services.telephony import Telephony
from workflows.names import ActivityName

_TURN = timedelta(minutes=5)
_PAUSE_SECONDS = 0.5
_CARE_SECONDS = 15.0


class LoopActivities:
    """The service loops over the services of this process."""

    def __init__(self, relay: Relay, drain: Drain, absences: Absences, telephony: Telephony) -> None:
        self._relay = relay
        self._drain = drain
        self._absences = absences
        self._telephony = telephony
        self._cared_at = float("-inf")

    @activity.defn(name=ActivityName.RELAY)
    async def relay(self) -> None:
        """Tell the untold, twice a second, for a few minutes."""
        await _repeat(self._relay.run_once)

    @activity.defn(name=ActivityName.DRAIN)
    async def drain(self) -> None:
        """Move the leads of gone agents and give waiting ones to free agents, twice a second; care every 15 seconds."""
        await _repeat(self._drain_round)

    async def _drain_round(self) -> int:
        # First: what a gone agent leaves behind may find somebody in the same round.
        moved = await self._absences.run_once() + await self._drain.run_once()
        now = asyncio.get_running_loop().time()
        if now - self._cared_at >= _CARE_SECONDS:
            self._cared_at = now
            activity.heartbeat()
            await self._absences.look_after()
            await self._telephony.settle_pending()
            await self._drain.look_after()
        return moved


async def _repeat(round_once: Callable[[], Awaitable[int]]) -> None:
    """Rounds until the turn is over or the worker stops; a heartbeat per round lets Temporal notice a dead worker."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + _TURN.total_seconds()
    while loop.time() < ends and not activity.is_worker_shutdown():
        activity.heartbeat()
        await round_once()
        await asyncio.sleep(_PAUSE_SECONDS)
