"""The cadence of tries after an attempt without answer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Step = Annotated[int, Field(ge=1)] | Literal["next_morning"]
"""Minutes by the wall clock, put off to the opening when that is out of hours; or the first opening of the next day."""


class FollowUps(BaseModel):
    """When a customer who did not answer is tried again; the last step is repeated.

    After `tries` attempts without answer and one more step the lead is closed as unreachable. Any reply ends it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[Step, ...] = Field(default=(10, 120, "next_morning"), min_length=1)
    tries: int = Field(default=6, ge=1)

    def step_after(self, attempts: int) -> Step:
        """The step that follows the attempt of that number, from 1."""
        return self.steps[min(attempts, len(self.steps)) - 1]
