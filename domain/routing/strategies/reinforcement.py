"""reinforcement: Thompson sampling. Agents that did well in the segment go first more often; all are tried."""

from __future__ import annotations

import random
from collections.abc import Sequence

from domain.routing.candidate import Arm, Candidate, Ranking, StrategyFacts
from domain.routing.strategies.ordering import FITNESS, noted, ranked
from domain.routing.strategy_settings import StrategyName

_UNTRIED = Arm(successes=0, failures=0)


class Reinforcement:
    """One draw per candidate from Beta(1 + successes, 1 + failures), highest draw first. Ties: fitness, id.

    Drawn in the order of the ids from a generator with the recorded seed: the same seed, candidates and arms give
    the same ranking.
    """

    name: StrategyName = StrategyName.REINFORCEMENT

    def rank(self, candidates: Sequence[Candidate], facts: StrategyFacts) -> Ranking:
        """Highest draw first; an agent without an arm draws from the uniform prior."""
        generator = random.Random(facts.seed)
        draws = {}
        for agent in sorted(candidate.agent_id for candidate in candidates):
            arm = facts.arms.get(agent, _UNTRIED)
            draws[agent] = generator.betavariate(1 + arm.successes, 1 + arm.failures)
        return ranked(
            candidates,
            ("draw", lambda candidate: -draws[candidate.agent_id]),
            FITNESS,
            notes=noted("draw", draws),
        )
