"""The sandbox is on, as the worker uses it, and catches what would break replay."""

from __future__ import annotations

from uuid import uuid4

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.worker import Worker

from tests.support.careless import CarelessWorkflow
from tests.support.world import World
from workers.worker import SANDBOX


@pytest.mark.parametrize("what", ["clock", "uuid", "dice", "environment", "disk"])
async def test_careless_workflows_are_caught(world: World, what: str) -> None:
    queue = uuid4().hex
    worker = Worker(
        world.client,
        task_queue=queue,
        workflows=[CarelessWorkflow],
        workflow_runner=SANDBOX,
        build_id="test",
        workflow_failure_exception_types=[Exception],
    )
    async with worker:
        with pytest.raises(WorkflowFailureError) as failed:
            await world.client.execute_workflow(CarelessWorkflow.run, what, id=uuid4().hex, task_queue=queue)
    assert "Cannot access" in str(failed.value.cause)
