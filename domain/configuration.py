"""A published configuration: immutable, numbered, pinned by each lead when it arrives."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from domain.routing.weights import FitnessWeights
from domain.scoring.profile import ScoringProfile
from domain.sla_policy import SlaPolicy


class Configuration(BaseModel):
    """Everything a decision depends on besides the lead and the agents. An empty body is every default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sla: SlaPolicy = Field(default_factory=SlaPolicy)
    scoring: ScoringProfile = Field(default_factory=ScoringProfile)
    weights: FitnessWeights = Field(default_factory=FitnessWeights)
    language_required: bool = True
    territory_required: bool = True
