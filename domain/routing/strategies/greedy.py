"""greedy: whoever fits best, at once."""

from __future__ import annotations

from collections.abc import Sequence

from domain.routing.candidate import Candidate, Ranking, StrategyFacts
from domain.routing.strategies.ordering import FITNESS, IDLE, UTILIZATION, ranked
from domain.routing.strategy_settings import StrategyName


class Greedy:
    """Highest fitness first. Ties: lower utilization, longest idle, id."""

    name: StrategyName = StrategyName.GREEDY

    def rank(self, candidates: Sequence[Candidate], facts: StrategyFacts) -> Ranking:
        """Best candidate first; needs no facts."""
        return ranked(candidates, FITNESS, UTILIZATION, IDLE)
