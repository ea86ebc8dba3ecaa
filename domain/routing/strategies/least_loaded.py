"""least_loaded: whoever has the most room."""

from __future__ import annotations

from collections.abc import Sequence

from domain.routing.candidate import Candidate, Ranking, StrategyFacts
from domain.routing.strategies.ordering import FITNESS, IDLE, ranked
from domain.routing.strategy_settings import StrategyName

BAND = 5.0
"""Points of utilization within which two agents count as equally loaded (the routing migration's load balancing)."""


class LeastLoaded:
    """Lowest utilization first, in bands of five points; within a band fitness, longest idle, id.

    "Less than five points apart is equal" is not transitive (0, 4 and 8), and an order made of it would depend on
    who is compared first. So the bands are counted from the least utilized candidate: everybody less than five
    points above it is in the first, everybody in the next five in the second, and so on.
    """

    name: StrategyName = StrategyName.LEAST_LOADED

    def rank(self, candidates: Sequence[Candidate], facts: StrategyFacts) -> Ranking:
        """Least loaded first; needs no facts."""
        least = min((candidate.utilization for candidate in candidates), default=0.0)
        band = ("utilization", lambda candidate: (candidate.utilization - least) // BAND)
        return ranked(candidates, band, FITNESS, IDLE)
