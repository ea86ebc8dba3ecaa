"""Looking at Temporal without changing a lead: workflows one by one by their id, and its clock.

Lists of workflows come from visibility, which lags behind; they only say what else to describe.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from temporalio.api.common.v1 import WorkflowExecution, WorkflowType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    StartWorkflowExecutionRequest,
    TerminateWorkflowExecutionRequest,
)
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain.ids import LeadId, lead_id_of, workflow_id
from workflows.names import LEAD_SEQ

_AT_ONCE = 10
_TIME_LIMIT = timedelta(seconds=10)
_CLOCK = "baton-clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowSeen:
    """A running workflow of a lead.

    `started_at` is when this run began, `seq` the last transition it showed to know (0 for none). `busy` says that
    Temporal waits for a worker to take up what the workflow was told already: telling it more is of no use.
    """

    run_id: str
    task_queue: str
    started_at: datetime
    seq: int
    busy: bool


class TemporalView:
    """What Temporal holds about leads. Every call raises temporalio's RPCError when the server does not answer."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self.task_queue = task_queue
        self._limit = asyncio.Semaphore(_AT_ONCE)

    async def describe(self, lead_id: LeadId) -> WorkflowSeen | None:
        """The lead's running workflow; None when it has none."""
        async with self._limit:
            try:
                described = await self._client.get_workflow_handle(workflow_id(lead_id)).describe(
                    rpc_timeout=_TIME_LIMIT
                )
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND:
                    return None
                raise
        if described.status is not WorkflowExecutionStatus.RUNNING:
            return None
        return WorkflowSeen(
            run_id=described.run_id,
            task_queue=described.task_queue,
            started_at=described.start_time.astimezone(UTC),
            seq=described.typed_search_attributes.get(LEAD_SEQ) or 0,
            busy=described.raw_description.HasField("pending_workflow_task"),
        )

    async def describe_all(self, lead_ids: Sequence[LeadId]) -> dict[LeadId, WorkflowSeen | None]:
        """The running workflow of each of these leads, a few at a time."""
        seen = await asyncio.gather(*(self.describe(lead_id) for lead_id in lead_ids))
        return dict(zip(lead_ids, seen, strict=True))

    async def listed(self, limit: int) -> Sequence[LeadId]:
        """Leads whose workflow is listed as running on our task queue: a hint, late and possibly incomplete."""
        query = f"WorkflowType = 'LeadWorkflow' AND ExecutionStatus = 'Running' AND TaskQueue = '{self.task_queue}'"
        found: list[LeadId] = []
        async for execution in self._client.list_workflows(query, limit=limit):
            try:
                found.append(lead_id_of(execution.id))
            except ValueError:
                # Somebody's own workflow with the type of ours; it is not about a lead.
                continue
        return found

    async def terminate(self, lead_id: LeadId, run_id: str, reason: str) -> bool:
        """Terminate this run; False when it had ended already."""
        handle = self._client.get_workflow_handle(workflow_id(lead_id), run_id=run_id)
        try:
            await handle.terminate(reason=reason, rpc_timeout=_TIME_LIMIT)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True

    async def clock(self) -> datetime:
        """The server's clock.

        No call answers with it, so an empty workflow is started where no worker looks, described and terminated.
        It is started past the client's interceptors: a test's may give new workflows another time.
        """
        client, name = self._client, f"{_CLOCK}-{uuid4()}"
        request = StartWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_id=name,
            workflow_type=WorkflowType(name=_CLOCK),
            task_queue=TaskQueue(name=_CLOCK),
            identity=client.identity,
            request_id=name,
        )
        request.workflow_execution_timeout.FromTimedelta(_TIME_LIMIT)
        started = await client.workflow_service.start_workflow_execution(request, timeout=_TIME_LIMIT)
        execution = WorkflowExecution(workflow_id=name, run_id=started.run_id)
        described = await client.get_workflow_handle(name, run_id=started.run_id).describe(rpc_timeout=_TIME_LIMIT)
        await client.workflow_service.terminate_workflow_execution(
            TerminateWorkflowExecutionRequest(
                namespace=client.namespace,
                workflow_execution=execution,
                reason="the clock has been read",
                identity=client.identity,
            ),
            timeout=_TIME_LIMIT,
        )
        return described.start_time.astimezone(UTC)
