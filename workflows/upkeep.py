"""The upkeep: one run of the doctor, started by a Schedule, so that one runs at a time in the namespace."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

UPKEEP = "upkeep"
"""Name of the activity."""

UPKEEP_SCHEDULE = "baton-upkeep"
UPKEEP_EVERY = timedelta(minutes=5)
UPKEEP_LIMIT = timedelta(minutes=20)

# The next run comes soon enough; a run that could not finish is shown as failed.
_RETRY = RetryPolicy(maximum_attempts=2, initial_interval=timedelta(seconds=10))


@workflow.defn(name="UpkeepWorkflow")
class UpkeepWorkflow:
    """Runs the doctor once. Its result is what `baton doctor --json` would have said, in short."""

    @workflow.run
    async def run(self) -> dict[str, int]:
        """How many leads were compared, how many things were wrong, and how many of them still are."""
        counted: dict[str, int] = await workflow.execute_activity(
            UPKEEP,
            result_type=dict[str, int],
            start_to_close_timeout=timedelta(minutes=15),
            heartbeat_timeout=timedelta(seconds=60),
            retry_policy=_RETRY,
            summary="compare every open lead with its workflow",
        )
        return counted
