"""hybrid: hot leads at once, the others in batches."""

from __future__ import annotations

from domain.routing.strategies.optimal import Optimal
from domain.routing.strategy_settings import StrategyName
from domain.tier import Tier


class Hybrid(Optimal):
    """A Tier1 lead is ranked on its own, as by greedy; the others are assigned together, as by optimal."""

    name: StrategyName = StrategyName.HYBRID


def is_batched(strategy: StrategyName, tier: Tier) -> bool:
    """True when a lead of the tier waits for the next batch instead of being routed at once."""
    return strategy is StrategyName.OPTIMAL or (strategy is StrategyName.HYBRID and tier is not Tier.TIER1)
