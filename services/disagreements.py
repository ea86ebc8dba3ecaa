"""Where Postgres and Temporal disagree about a lead. The checker reports it, the doctor repairs it.

Judged by the row and by Describe of one workflow id, never by a list; what looks wrong is looked at a second time,
because a lead may have moved between the two looks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.repairs import FIRST, LeadRow, lately_closed_rows, open_rows, rows_of
from db.session import single_statements
from domain.ids import LeadId
from services.clock import Clock
from services.temporal_view import TemporalView, WorkflowSeen

PATIENCE = timedelta(seconds=60)
"""How long telling, starting and ending may take before it counts as a disagreement."""

_PAGE = 500
_LISTED = 20_000
_CLOSED = 5_000
_LATELY = timedelta(minutes=15)


class Kind(StrEnum):
    """What can be wrong between a lead's row and its workflow."""

    MISSING = "workflow_missing"
    BEHIND = "workflow_behind"
    AHEAD = "workflow_ahead"
    LEFT = "workflow_left"
    ORPHAN = "workflow_orphan"
    LATE = "wake_up_late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One lead about which the two stores disagree. `workflow` is the running one, when there is one."""

    kind: Kind
    lead_id: LeadId
    detail: str
    workflow: WorkflowSeen | None


class Comparison:
    """Compares every open lead, the lately closed ones, and whatever else Temporal lists as running.

    `beat` is called once per page: a chance to say that it is still at work.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        view: TemporalView,
        clock: Clock,
        *,
        patience: timedelta = PATIENCE,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._view = view
        self._clock = clock
        self._patience = patience
        self._beat = beat
        self.compared = 0

    async def find(self) -> Sequence[Disagreement]:
        """Every disagreement that two looks agree on. Raises the errors of db.errors and Temporal's RPCError."""
        self.compared = 0
        suspects: list[LeadId] = []
        async for page in self._pages():
            self._beat()
            suspects += [found.lead_id for found in await self._compare({LeadId(row.id): row for row in page})]
            self.compared += len(page)
        suspects += await self._unexpected()
        return await self._look_again(list(dict.fromkeys(suspects)))

    async def _pages(self) -> AsyncIterator[Sequence[LeadRow]]:
        after: UUID = FIRST
        while True:
            async with single_statements(self._engine) as connection:
                page = await open_rows(connection, after, _PAGE)
            if page:
                yield page
            if len(page) < _PAGE:
                break
            after = page[-1].id
        async with single_statements(self._engine) as connection:
            closed = await lately_closed_rows(connection, self._clock.now() - _LATELY, _CLOSED)
        for start in range(0, len(closed), _PAGE):
            yield closed[start : start + _PAGE]

    async def _unexpected(self) -> list[LeadId]:
        """Leads that Temporal lists as running although their row is closed or gone."""
        # Listed before the rows are read: whoever starts a workflow has committed its row before.
        listed = await self._view.listed(_LISTED)
        unexpected: list[LeadId] = []
        for start in range(0, len(listed), _PAGE):
            self._beat()
            asked = listed[start : start + _PAGE]
            async with single_statements(self._engine) as connection:
                rows = await rows_of(connection, asked)
            unexpected += [lead_id for lead_id in asked if lead_id not in rows or rows[lead_id].closed]
        return unexpected

    async def _look_again(self, suspects: Sequence[LeadId]) -> Sequence[Disagreement]:
        found: list[Disagreement] = []
        for start in range(0, len(suspects), _PAGE):
            self._beat()
            asked = suspects[start : start + _PAGE]
            # The workflows first: a row that is read afterwards is at least as new as what they were told.
            seen = await self._view.describe_all(asked)
            async with single_statements(self._engine) as connection:
                rows = await rows_of(connection, asked)
            for lead_id in asked:
                disagreement = self._judge(lead_id, rows.get(lead_id), seen[lead_id])
                if disagreement is not None:
                    found.append(disagreement)
        return found

    async def _compare(self, rows: dict[LeadId, LeadRow]) -> list[Disagreement]:
        seen = await self._view.describe_all(list(rows))
        judged = (self._judge(lead_id, row, seen[lead_id]) for lead_id, row in rows.items())
        return [disagreement for disagreement in judged if disagreement is not None]

    def _judge(self, lead_id: LeadId, row: LeadRow | None, seen: WorkflowSeen | None) -> Disagreement | None:
        kind, detail = self._verdict(row, seen)
        return Disagreement(kind=kind, lead_id=lead_id, detail=detail, workflow=seen) if kind is not None else None

    def _verdict(self, row: LeadRow | None, seen: WorkflowSeen | None) -> tuple[Kind | None, str]:
        patience = self._patience.total_seconds()
        if row is None:
            ours = seen is not None and seen.task_queue == self._view.task_queue
            return (Kind.ORPHAN, "a workflow runs, and there is no such lead") if ours else (None, "")
        if row.closed:
            if seen is None or row.rested < patience:
                return None, ""
            return Kind.LEFT, f"closed at seq {row.seq} {row.rested:.0f} s ago, its workflow runs at seq {seen.seq}"
        if seen is None:
            return (
                (Kind.MISSING, f"{row.state} at seq {row.seq}, no workflow runs") if row.age >= patience else (None, "")
            )
        if row.rested >= patience and seen.seq != row.seq:
            kind = Kind.BEHIND if seen.seq < row.seq else Kind.AHEAD
            if kind is Kind.BEHIND and self._clock.now() - seen.started_at < self._patience:
                # Somebody has just started it anew; it has not had its turn yet.
                return None, ""
            return kind, f"the row is at seq {row.seq} since {row.rested:.0f} s, its workflow at seq {seen.seq}"
        if row.due_at is not None and row.rested >= patience and self._clock.now() - row.due_at > self._patience:
            return Kind.LATE, f"{row.state}: nothing happened at its wake-up {row.due_at.isoformat()}"
        return None, ""
