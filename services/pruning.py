"""Letting go of what old decisions looked at; what the routing history keeps of them stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.decision_records import prune_decision_inputs
from db.session import single_statements
from services.clock import Clock

_BATCH = 500
_BATCHES = 40


class Pruning:
    """Deletes the inputs of decisions that are older than `days`, a bounded number at a time."""

    def __init__(self, engine: AsyncEngine, clock: Clock, *, days: int, batch: int = _BATCH) -> None:
        self._engine = engine
        self._clock = clock
        self._days = timedelta(days=days)
        self._batch = batch

    async def run(self, beat: Callable[[], None] = lambda: None) -> int:
        """Delete, each batch in a transaction of its own; returns how many. The rest is left for the next run.

        `beat` is called before each batch. Safe to repeat. Raises the errors of db.errors.
        """
        before, pruned = self._clock.now() - self._days, 0
        async with single_statements(self._engine) as connection:
            for _ in range(_BATCHES):
                beat()
                deleted = await prune_decision_inputs(connection, before, self._batch)
                pruned += deleted
                if deleted < self._batch:
                    break
        return pruned
