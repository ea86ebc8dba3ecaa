"""Weights of the fitness formula, and the presets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class FitnessWeights(BaseModel):
    """Shares of the four factors; they sum to 1. Defaults are the preset `balanced`.

    `name` and `version` say in a record which numbers were used. `proficiency` grades an exact match by level;
    `tier_rates` adds the conversion rates of single tiers for Auto and Home, as the routing migration did.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "balanced"
    version: int = Field(default=1, ge=1)
    specialization: float = Field(default=0.35, ge=0, le=1)
    performance: float = Field(default=0.30, ge=0, le=1)
    availability: float = Field(default=0.15, ge=0, le=1)
    utilization: float = Field(default=0.20, ge=0, le=1)
    proficiency: bool = True
    tier_rates: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = self.specialization + self.performance + self.availability + self.utilization
        if not math.isclose(total, 1, abs_tol=1e-6):
            raise ValueError(f"weights: the four shares sum to {total:g}; change them so that they sum to 1")
        return self


PRESETS: Mapping[str, FitnessWeights] = MappingProxyType(
    {
        weights.name: weights
        for weights in (
            FitnessWeights(
                name="documented",
                specialization=0.35,
                performance=0.35,
                availability=0.10,
                utilization=0.20,
                proficiency=False,
                tier_rates=True,
            ),
            FitnessWeights(),
            FitnessWeights(
                name="performance", specialization=0.20, performance=0.50, availability=0.15, utilization=0.15
            ),
            FitnessWeights(
                name="specialty", specialization=0.60, performance=0.20, availability=0.05, utilization=0.15
            ),
            FitnessWeights(name="capacity", specialization=0.25, performance=0.25, availability=0.10, utilization=0.40),
        )
    }
)
"""The published presets by name; other numbers mean another version.

`documented` is the routing migration's matching service. The others are its earlier presets over specialty,
performance, capacity, proximity and experiment: specialty is our specialization, capacity our utilization, and
proximity and experiment, which have no factor here, together are the share of availability.
"""
