"""How fast a run goes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

SHORTEST_WINDOW = 5.0
"""Seconds. Temporal's timers may be up to a second late, which would be a large part of a shorter window."""


class Pace(BaseModel):
    """`window` is the length of the claim and of the contact window in seconds, `rate` arrivals per second."""

    model_config = ConfigDict(frozen=True)

    window: float = Field(default=8, ge=SHORTEST_WINDOW)
    rate: float = Field(default=4, gt=0)
    minutes: float = Field(default=10, gt=0)
    seed: int = 1
