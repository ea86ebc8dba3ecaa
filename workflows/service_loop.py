"""A service loop: a workflow that keeps one long-running activity alive.

Temporal lets one workflow with a given id run, so it is the leader election of the relay and of the drain.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from workflows.messages import LoopInput

_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=1.5, maximum_interval=timedelta(seconds=5)
)


@workflow.defn(name="ServiceLoopWorkflow")
class ServiceLoopWorkflow:
    """Runs its activity again whenever it ends; the activity gives up its turn every few minutes."""

    @workflow.run
    async def run(self, loop: LoopInput) -> None:
        """Never returns: continues as new before its history grows."""
        while not workflow.info().is_continue_as_new_suggested():
            await workflow.execute_activity(
                loop.activity,
                start_to_close_timeout=timedelta(hours=1),
                heartbeat_timeout=timedelta(seconds=10),
                retry_policy=_RETRY,
            )
        workflow.continue_as_new(loop)
