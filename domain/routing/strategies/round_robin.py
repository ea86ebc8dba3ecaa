"""round_robin: everybody in turn."""

from __future__ import annotations

from collections.abc import Sequence

from domain.routing.candidate import Candidate, Ranking, StrategyFacts
from domain.routing.strategies.ordering import noted, ranked
from domain.routing.strategy_settings import StrategyName


class RoundRobin:
    """Fewest turns first, then in the fixed order of the ids.

    In a pool that stays the same, nobody is ever more than one turn ahead of anybody else. The counts are facts, not
    a pointer: whoever leaves, joins or cannot have one lead does not shift the others.
    """

    name: StrategyName = StrategyName.ROUND_ROBIN

    def rank(self, candidates: Sequence[Candidate], facts: StrategyFacts) -> Ranking:
        """Whose turn it is, by turns + calibration."""
        standings = {candidate.agent_id: facts.standing(candidate.agent_id) for candidate in candidates}
        return ranked(
            candidates,
            ("turns", lambda candidate: standings[candidate.agent_id]),
            notes=noted("turns", standings),
        )
