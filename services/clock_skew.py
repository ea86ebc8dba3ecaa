"""How far the clocks of this process, Postgres and Temporal are apart: deadlines are compared across all three."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.clock import Clock

TOLERATED_SECONDS = 1.0


class ClockSkew(BaseModel):
    """Seconds by which each other clock is surely ahead of this process's (negative: behind); 0 within the doubt."""

    model_config = ConfigDict(frozen=True)

    postgres: float
    temporal: float | None = None

    def faults(self) -> tuple[str, ...]:
        """A sentence per pair of clocks that are more than a second apart."""
        clocks = {"this process": 0.0, "Postgres": self.postgres}
        if self.temporal is not None:
            clocks["Temporal"] = self.temporal
        names = list(clocks)
        return tuple(
            f"{names[second]} is {clocks[names[second]] - clocks[names[first]]:+.1f} s from {names[first]}"
            for first in range(len(names))
            for second in range(first + 1, len(names))
            if abs(clocks[names[second]] - clocks[names[first]]) > TOLERATED_SECONDS
        )


async def measure(read: Callable[[], Awaitable[datetime]], clock: Clock) -> float:
    """Seconds by which the clock that `read` reads is ahead of `clock`.

    It was read at some moment of the call, so only what lies outside the call is certain; a slow answer is no skew.
    """
    before = clock.now()
    told = await read()
    after = clock.now()
    if told > after:
        return (told - after).total_seconds()
    return min(0.0, (told - before).total_seconds())
