"""Weights of the fitness formula."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class FitnessWeights(BaseModel):
    """Shares of the four factors. Defaults are the documented ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "documented"
    specialization: float = Field(default=0.35, ge=0, le=1)
    performance: float = Field(default=0.35, ge=0, le=1)
    availability: float = Field(default=0.10, ge=0, le=1)
    utilization: float = Field(default=0.20, ge=0, le=1)
