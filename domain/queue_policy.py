"""How waiting leads are looked after."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class QueuePolicy(BaseModel):
    """Immutable by configuration version.

    `max_attempts` tries of the lead's own workflow that found nobody escalate it. `drain_per_minute` waiting leads
    at most go to one agent in a minute, so that somebody who comes back is not flooded. A lead older than
    `manager_after_hours` is a manager's decision. One older than `stale_hours` with fewer than `stale_attempts`
    tries moves to the hot queue, once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_attempts: int = Field(default=18, ge=1)
    drain_per_minute: int = Field(default=6, ge=1)
    manager_after_hours: float = Field(default=168, gt=0)
    stale_hours: float = Field(default=24, gt=0)
    stale_attempts: int = Field(default=3, ge=1)
    rescore_minutes: int = Field(default=15, ge=1)
