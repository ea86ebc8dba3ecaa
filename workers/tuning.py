"""How much a worker does at once."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Tuning(BaseModel):
    """Slots, cache and pollers of one worker process; the defaults were measured (ADR 0018).

    `pollers` of each kind ask the server for work at most; the worker starts with few and adds while work waits.
    `cached_workflows` 0 replays the whole history at every task, which only tests want.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    activities: int = Field(default=20, ge=1)
    workflow_tasks: int = Field(default=8, ge=2)
    cached_workflows: int = Field(default=10_000, ge=0)
    pollers: int = Field(default=100, ge=2)
