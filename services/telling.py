"""Telling the workflow what Postgres already holds.

After a commit the answer goes out first; telling follows, in a bounded queue with a short time limit. Whatever is
not told in time is left to the relay, which tells the same thing again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from db.repositories.leads import read_lead
from db.session import single_statements
from domain.ids import LeadId, workflow_id
from services.clock import Clock
from services.told import ToldNotes
from services.trip_wire import trip
from workflows.lead import LeadWorkflow
from workflows.messages import Committed, LeadInput, LeadSnapshot, PersonSignal

_log = structlog.get_logger(__name__)

_TIME_LIMIT = timedelta(seconds=2)


class Teller:
    """Tells one lead's workflow about its row; starts the workflow when there is none."""

    def __init__(self, client: Client, engine: AsyncEngine, clock: Clock, task_queue: str) -> None:
        self._client = client
        self._engine = engine
        self._task_queue = task_queue
        self._told = ToldNotes(engine, clock)

    async def tell(self, lead_id: LeadId) -> bool:
        """Send the row's current snapshot and note that everything up to it is told; False when there is no row.

        Idempotent: the workflow believes only what is newer than what it holds.
        """
        async with single_statements(self._engine) as connection:
            lead = await read_lead(connection, lead_id)
        if lead is None:
            return False
        snapshot = LeadSnapshot.of(lead)
        await self.tell_commit(snapshot, "committed", Committed(committed=snapshot))
        return True

    async def tell_commit(self, snapshot: LeadSnapshot, signal: str, payload: Committed | PersonSignal) -> None:
        """Send a commit as the signal of its verb, so that the history names every claim and contact."""
        await self._send(snapshot, signal, payload)
        trip("after_telling", signal)
        await self._told.note(snapshot)

    async def start(self, snapshot: LeadSnapshot) -> None:
        """Start the lead's workflow unless it runs; note that it knows the row."""
        await self._begin(snapshot)
        trip("after_telling", "start")
        await self._told.note(snapshot)

    async def _send(self, snapshot: LeadSnapshot, signal: str, payload: Committed | PersonSignal) -> None:
        handle = self._client.get_workflow_handle(workflow_id(snapshot.lead_id))
        try:
            await handle.signal(signal, payload, rpc_timeout=_TIME_LIMIT)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            if snapshot.closed:
                return
            await self._begin(snapshot, signal, [payload])

    async def _begin(self, snapshot: LeadSnapshot, signal: str | None = None, arguments: Sequence[object] = ()) -> None:
        """Start the lead's workflow unless it runs, with its first signal when there is one.

        The row guards against doubles, so an id that was used before may be used again.
        """
        await self._client.start_workflow(
            LeadWorkflow.run,
            LeadInput(lead_id=snapshot.lead_id, snapshot=snapshot),
            id=workflow_id(snapshot.lead_id),
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal=signal,
            start_signal_args=arguments,
            rpc_timeout=_TIME_LIMIT,
        )


class TellingQueue:
    """A bounded background queue in front of a Teller: the edge never waits for Temporal.

    When it is full, or Temporal does not answer, the telling is dropped and the relay does it.
    """

    def __init__(self, teller: Teller, *, size: int = 1000, workers: int = 8) -> None:
        self._teller = teller
        self._queue: asyncio.Queue[tuple[LeadSnapshot, str, PersonSignal | None]] = asyncio.Queue(size)
        self._workers = workers
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> TellingQueue:
        self._tasks = [asyncio.create_task(self._work()) for _ in range(self._workers)]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Finish what is queued as far as it takes no longer than the time limit, then stop."""
        try:
            await asyncio.wait_for(self._queue.join(), _TIME_LIMIT.total_seconds())
        except TimeoutError:
            _log.warning("telling_left_to_relay", queued=self._queue.qsize())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def tell(self, snapshot: LeadSnapshot, signal: str, payload: PersonSignal) -> None:
        """Tell a verb's commit, soon."""
        self._put(snapshot, signal, payload)

    def start(self, snapshot: LeadSnapshot) -> None:
        """Start the lead's workflow, soon."""
        self._put(snapshot, "", None)

    def _put(self, snapshot: LeadSnapshot, signal: str, payload: PersonSignal | None) -> None:
        try:
            self._queue.put_nowait((snapshot, signal, payload))
        except asyncio.QueueFull:
            _log.warning("telling_left_to_relay", lead_id=str(snapshot.lead_id))

    async def _work(self) -> None:
        while True:
            snapshot, signal, payload = await self._queue.get()
            try:
                if payload is None:
                    await self._teller.start(snapshot)
                else:
                    await self._teller.tell_commit(snapshot, signal, payload)
            except Exception as error:
                # Anything may be wrong with Temporal or Postgres here; the relay tells it again.
                _log.warning("telling_left_to_relay", lead_id=str(snapshot.lead_id), reason=type(error).__name__)
            finally:
                self._queue.task_done()
