"""What separated the first two candidates, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain.routing.explanation import CandidateShown, StrategyShown
from domain.routing.strategy_settings import StrategyName

_WORDS: Mapping[str, str] = {
    "preferred": "the preferred agent goes before all others",
    "assigned": "the batch gave the lead to this agent",
    "fitness": "the higher fitness won",
    "utilization": "lower utilization won",
    "idle": "equal in all before that; whoever had waited longest for a lead won",
    "turns": "fewer turns won",
    "shortfall": "whoever was further behind its share won",
    "weight": "equally far behind their shares; the higher weight won",
    "draw": "the higher draw won",
    "id": "equal in everything that counts; the smaller id won, so that there is one order",
}
_NOTED = frozenset({"turns", "shortfall", "draw"})


def tie_break_words(strategy: StrategyShown, candidates: Sequence[CandidateShown]) -> str | None:
    """What separated the first two, with their numbers when both are shown; None when there was no second.

    For example "both 78.0; lower utilization won, 20 % against 60 %".
    """
    criterion = strategy.tie_break
    if criterion is None:
        return None
    words = _WORDS.get(criterion, f"{criterion.replace('_', ' ')} decided")
    pair = {one.rank: one for one in candidates if one.rank in (1, 2)}
    if len(pair) < 2:
        return words
    first, second = pair[1], pair[2]
    if criterion == "fitness":
        return f"{words}, {first.fitness:.1f} against {second.fitness:.1f}"
    if criterion == "utilization":
        # For least_loaded it comes before the fitness, which may then be any.
        equal = "" if strategy.name == StrategyName.LEAST_LOADED else f"both {first.fitness:.1f}; "
        return f"{equal}{words}, {first.utilization:.0f} % against {second.utilization:.0f} %"
    if criterion in _NOTED:
        return words + _numbers(strategy.notes.get(criterion, {}), first, second)
    return words


def _numbers(noted: Mapping[str, Any], first: CandidateShown, second: CandidateShown) -> str:
    one, other = noted.get(str(first.agent)), noted.get(str(second.agent))
    return "" if one is None or other is None else f", {one:.4g} against {other:.4g}"
