"""Workflows that break the rules of determinism, to see that the sandbox notices."""

from __future__ import annotations

import os
import random
import uuid
from datetime import UTC, datetime

from temporalio import workflow


@workflow.defn
class CarelessWorkflow:
    """Does what a workflow must not do."""

    @workflow.run
    async def run(self, what: str) -> str:
        """Look at the clock, the dice, the environment or the disk."""
        if what == "clock":
            return str(datetime.now(UTC))
        if what == "uuid":
            return str(uuid.uuid4())
        if what == "dice":
            return str(random.random())
        if what == "environment":
            return os.environ["HOME"]
        return str(open("/dev/null"))  # noqa: ASYNC230
