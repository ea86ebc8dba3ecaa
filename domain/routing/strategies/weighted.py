"""weighted: everybody in turn, in proportion to weights."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from domain.ids import AgentId
from domain.routing.candidate import Candidate, Ranking, StrategyFacts
from domain.routing.strategies.ordering import IDLE, noted, ranked
from domain.routing.strategy_settings import StrategyName


class Weighted:
    """Furthest behind its share first. Ties: higher weight, longest idle, id.

    The share counts the lead that is being routed: target = (sum of turns and calibrations + 1) * weight / sum of
    weights, over the candidates; shortfall = target - own turns and calibration. In a pool of k agents that stays the
    same nobody is ever more than 1 - 1/k turns above its share or more than (k - 1)^2 / k below it.

    Weight 0 means no lead, not even when nobody else is there (the lead then waits); a preferred agent is exempt,
    because the customer is already its own.
    """

    name: StrategyName = StrategyName.WEIGHTED

    def rank(self, candidates: Sequence[Candidate], facts: StrategyFacts) -> Ranking:
        """Candidates with a weight above 0, largest shortfall first."""
        weights = {one.agent_id: facts.settings.weight_of(one.agent_id) for one in candidates}
        shortfalls = _shortfalls(weights, facts)
        return ranked(
            [one for one in candidates if weights[one.agent_id] > 0 or one.preferred],
            ("shortfall", lambda one: -shortfalls[one.agent_id]),
            ("weight", lambda one: -weights[one.agent_id]),
            IDLE,
            notes=noted("shortfall", shortfalls),
        )


def _shortfalls(weights: Mapping[AgentId, float], facts: StrategyFacts) -> dict[AgentId, float]:
    sharing = [agent for agent, weight in weights.items() if weight > 0]
    total = sum(facts.standing(agent) for agent in sharing) + 1
    # fsum, because a plain sum depends on the order; rounded, so that equal shortfalls are equal.
    whole = math.fsum(weights[agent] for agent in sharing) or 1.0
    return {agent: round(total * weight / whole - facts.standing(agent), 9) for agent, weight in weights.items()}
