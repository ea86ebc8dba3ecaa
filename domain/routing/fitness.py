"""Fitness of an agent for a lead, 0..100.

Source: the routing migration's matching service. Preset `documented`: 0.35 specialization + 0.35 performance +
0.10 availability + 0.20 (100 - utilization). Golden value: 100 / 60 / 100 / utilization 40 → 78, estimated response
15 minutes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from domain.routing.agent import Agent, AgentStatus, InsuranceLine, Performance
from domain.routing.request import RoutingRequest
from domain.routing.weights import FitnessWeights

_AVAILABILITY: dict[str, float] = {
    AgentStatus.AVAILABLE: 100.0,
    AgentStatus.BREAK: 30.0,
    AgentStatus.TRAINING: 20.0,
    AgentStatus.IN_CALL: 0.0,
    AgentStatus.OFFLINE: 0.0,
}
_NO_METRICS = 50.0
_NO_SATISFACTION = 70.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitness:
    """The four factors and their weighted sum, 0..100; only utilization may be above 100, after a cap was lowered."""

    specialization: float
    performance: float
    availability: float
    utilization: float
    total: float

    def to_plain(self) -> dict[str, float]:
        """The factors by name. `dataclasses.asdict` would copy each by reflection."""
        return {
            "specialization": self.specialization,
            "performance": self.performance,
            "availability": self.availability,
            "utilization": self.utilization,
            "total": self.total,
        }


def specialization_factor(agent: Agent, request: RoutingRequest, weights: FitnessWeights) -> float:
    """Exact line and segment 100, same line 80, same segment 60, otherwise 30; an agent's best match counts, once.

    With proficiency an exact match is 60 + 8 per level, so 68..100: level 5 is what the documented factor gives.
    """
    best = 30.0
    for row in agent.specializations:
        if row.line == request.line and row.segment == request.segment:
            return 60.0 + 8.0 * min(max(row.proficiency, 1), 5) if weights.proficiency else 100.0
        if row.line == request.line:
            best = 80.0
        elif row.segment == request.segment:
            best = max(best, 60.0)
    return best


def performance_factor(metrics: Performance | None, line: str | None = None) -> float:
    """Mean of conversion, satisfaction (70 when none), speed and half the cross-selling; 50 without metrics.

    With a line, the documented variants apply: Auto is (mean + 30 times the conversion rate of tier 1) / 1.3, Home
    the same with tier 2.
    """
    if metrics is None:
        return _NO_METRICS
    parts = (
        metrics.conversion_rate * 100,
        metrics.satisfaction or _NO_SATISFACTION,
        max(0.0, 100 - 2 * metrics.handling_minutes),
        metrics.cross_sell_rate * 50,
    )
    mean = sum(parts) / len(parts)
    if line == InsuranceLine.AUTO:
        return (mean + 30 * metrics.tier1_conversion_rate) / 1.3
    if line == InsuranceLine.HOME:
        return (mean + 30 * metrics.tier2_conversion_rate) / 1.3
    return mean


def combine(
    weights: FitnessWeights, *, specialization: float, performance: float, availability: float, utilization: float
) -> Fitness:
    """Weighted sum of the four factors; what is above a full load costs no more than a full load."""
    total = (
        weights.specialization * specialization
        + weights.performance * performance
        + weights.availability * availability
        + weights.utilization * max(0.0, 100 - utilization)
    )
    return Fitness(
        specialization=specialization,
        performance=performance,
        availability=availability,
        utilization=utilization,
        total=round(total, 6),
    )


def fitness_of(agent: Agent, request: RoutingRequest, weights: FitnessWeights) -> Fitness:
    """Fitness of the agent for the lead; says nothing about eligibility."""
    return combine(
        weights,
        specialization=specialization_factor(agent, request, weights),
        performance=performance_factor(agent.performance, request.line if weights.tier_rates else None),
        availability=_AVAILABILITY.get(agent.status or "", 0.0),
        utilization=agent.utilization,
    )


def response_minutes(fitness: Fitness) -> int:
    """Estimated minutes until the agent responds: ceil(15 (1 + utilization/100) (1 - performance/200))."""
    return math.ceil(15 * (1 + fitness.utilization / 100) * (1 - fitness.performance / 200))
