"""Candidates, and what a strategy is: it puts the eligible agents for a lead in order.

Strategies are pure. What they know beside the candidates is in `StrategyFacts`, seed included, and is recorded with
the decision: the same candidates and the same facts give the same ranking again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from domain.ids import AgentId, LeadId
from domain.routing.fitness import Fitness
from domain.routing.strategy_settings import StrategyName, StrategySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An eligible agent with the factors that rank it. `free_slots` is how many more live leads it may have."""

    agent_id: AgentId
    fitness: Fitness
    utilization: float
    free_slots: int
    last_assigned_at: datetime | None
    preferred: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """How often it went well with an agent in one segment, and how often not; neither is negative."""

    successes: float
    failures: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyFacts:
    """Everything a strategy knows beside the candidates.

    `turns` are the assignments each agent of the pool has had, less those credited back; `calibration` is what a
    member that came later started with. `arms` are those of the lead's segment, `step` is that of a broadcast,
    `assigned` is whom a batch gave the lead.
    """

    seed: int = 0
    turns: Mapping[AgentId, int] = field(default_factory=dict)
    calibration: Mapping[AgentId, int] = field(default_factory=dict)
    arms: Mapping[AgentId, Arm] = field(default_factory=dict)
    settings: StrategySettings = field(default_factory=StrategySettings)
    step: int = 1
    assigned: AgentId | None = None

    def standing(self, agent: AgentId) -> int:
        """Turns and calibration together: what strategies that take turns compare."""
        return self.turns.get(agent, 0) + self.calibration.get(agent, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Candidates in the order in which they are to be tried.

    `tie_break` names the criterion that separated the first two, None for fewer than two. `notes` are what the
    strategy adds to the explanation, as plain JSON.
    """

    order: tuple[Candidate, ...]
    tie_break: str | None
    notes: Mapping[str, Any]


class Strategy(Protocol):
    """Orders the eligible agents for one lead, best first. A preferred candidate goes before all."""

    name: StrategyName

    def rank(self, candidates: Sequence[Candidate], facts: StrategyFacts) -> Ranking:
        """A total order: it does not depend on the order in which the candidates come."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLead:
    """A waiting lead with its score (0..100) and its fitness (0..100) with each agent that may have it."""

    lead_id: LeadId
    score: float
    fitness: Mapping[AgentId, float]


class BatchStrategy(Protocol):
    """Gives many waiting leads to many agents at once."""

    name: StrategyName

    def assign(self, requests: Sequence[BatchLead], slots: Mapping[AgentId, int]) -> dict[LeadId, AgentId]:
        """Who gets which lead; a lead that is not in the answer goes on waiting. Nobody gets more than its slots."""
        ...
