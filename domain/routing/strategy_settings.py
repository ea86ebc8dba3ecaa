"""Which strategy routes a lead, and with what settings."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.ids import AgentId, TeamId
from domain.routing.offer_plan import OfferPlan, Softening

Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class StrategyName(StrEnum):
    """The strategies, by the names that configurations and the routing history use."""

    GREEDY = "greedy"
    OPTIMAL = "optimal"
    HYBRID = "hybrid"
    REINFORCEMENT = "reinforcement"
    MANUAL = "manual"
    ROUND_ROBIN = "round_robin"
    WEIGHTED = "weighted"
    LEAST_LOADED = "least_loaded"
    BROADCAST = "broadcast"


class StrategySettings(BaseModel):
    """A strategy as a configuration or a rule names it; each strategy reads its own fields only.

    `pool` is the key under which turns are counted: strategies with the same pool share their counts. `team` limits
    the agents to one team. `weights` are shares of any scale, 1 for an agent that is not named, 0 for none
    (weighted). `batch_seconds` is how long leads are gathered (optimal, hybrid), `plan` widens a round (broadcast),
    `agent` and `force` name the person (manual).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: StrategyName = StrategyName.GREEDY
    pool: str = Field(default="all", min_length=1, max_length=100)
    team: TeamId | None = None
    weights: dict[AgentId, Weight] = Field(default_factory=dict)
    batch_seconds: int = Field(default=10, ge=1)
    plan: OfferPlan = Field(default_factory=OfferPlan)
    agent: AgentId | None = None
    force: bool = False

    def weight_of(self, agent: AgentId) -> float:
        """The agent's share against the others'."""
        return self.weights.get(agent, 1.0)

    def softened(self, step: int) -> frozenset[Softening]:
        """The requirements that a step of the broadcast (counted from 1) drops; none for any other strategy."""
        return self.plan.steps[step - 1].soften if self.name is StrategyName.BROADCAST else frozenset()
