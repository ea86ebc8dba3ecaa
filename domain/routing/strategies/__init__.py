"""Strategies: one small class each, and the registry that finds them by name."""

from __future__ import annotations

from collections.abc import Mapping

from domain.routing.candidate import BatchStrategy, Strategy
from domain.routing.strategies.broadcast import Broadcast
from domain.routing.strategies.greedy import Greedy
from domain.routing.strategies.hybrid import Hybrid
from domain.routing.strategies.least_loaded import LeastLoaded
from domain.routing.strategies.manual import Manual
from domain.routing.strategies.optimal import Optimal
from domain.routing.strategies.reinforcement import Reinforcement
from domain.routing.strategies.round_robin import RoundRobin
from domain.routing.strategies.weighted import Weighted
from domain.routing.strategy_settings import StrategyName, StrategySettings

STRATEGIES: Mapping[StrategyName, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Greedy(),
        Optimal(),
        Hybrid(),
        Reinforcement(),
        Manual(),
        RoundRobin(),
        Weighted(),
        LeastLoaded(),
        Broadcast(),
    )
}
"""Every strategy by its name. They keep nothing between two calls, so one of each is enough."""

_BATCH: Mapping[StrategyName, BatchStrategy] = {strategy.name: strategy for strategy in (Optimal(), Hybrid())}


def strategy_of(settings: StrategySettings) -> Strategy:
    """The strategy that the settings name."""
    return STRATEGIES[settings.name]


def batch_strategy_of(settings: StrategySettings) -> BatchStrategy | None:
    """The strategy that the settings name if it assigns in batches (optimal, hybrid), else None."""
    return _BATCH.get(settings.name)
