"""broadcast: many are invited, the first to claim has it."""

from __future__ import annotations

from domain.routing.strategies.greedy import Greedy
from domain.routing.strategy_settings import StrategyName


class Broadcast(Greedy):
    """Ranks by fitness, as greedy; the offer plan in the settings says how many of them are invited, and when."""

    name: StrategyName = StrategyName.BROADCAST
