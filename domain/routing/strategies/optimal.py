"""optimal: the best assignment of all waiting leads to all free slots together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.errors import InvalidInputError
from domain.ids import AgentId, LeadId
from domain.routing.candidate import BatchLead, Candidate, Ranking, StrategyFacts
from domain.routing.strategies.greedy import Greedy
from domain.routing.strategy_settings import StrategyName

MAX_BATCH = 1000
"""Leads in one batch. Up to here the solver's floats hold the whole-numbered rewards, and their sums, exactly."""

_FITNESS_STEPS = 100
_BEST_FITNESS = 100 * _FITNESS_STEPS
_BEST_SCORE = 100


class Optimal(Greedy):
    """Linear-sum assignment; a lead on its own is ranked by fitness, which is the same thing for one.

    Whom a batch has given the lead (`StrategyFacts.assigned`) goes first, the others follow as usual.

    Of all assignments that respect slots and eligibility it takes one that gives away the most leads, among these
    the one with the highest total fitness (in hundredths of a point), among these the one with the highest total
    score (in whole points): when slots run out and fitness does not decide, the leads of lower score wait.
    """

    name: StrategyName = StrategyName.OPTIMAL

    def rank(self, candidates: Sequence[Candidate], facts: StrategyFacts) -> Ranking:
        """By fitness, after the agent to whom the batch gave the lead."""
        ranking = super().rank(candidates, facts)
        first = tuple(one for one in ranking.order if one.agent_id == facts.assigned)
        others = tuple(one for one in ranking.order if one.agent_id != facts.assigned)
        if not first or not others:
            return ranking
        return replace(ranking, order=first + others, tie_break="assigned")

    def assign(self, requests: Sequence[BatchLead], slots: Mapping[AgentId, int]) -> dict[LeadId, AgentId]:
        """Who gets which lead. `slots` are the free slots of each agent; a pair without a fitness is forbidden.

        The order of the arguments does not matter. Raises InvalidInputError for more than MAX_BATCH leads.
        """
        if len(requests) > MAX_BATCH:
            raise InvalidInputError("requests", f"{len(requests)} leads in one batch; split it, at most {MAX_BATCH}")
        # Imported here: a process that never assigns in batches does not pay for loading it.
        import numpy as np
        from scipy.optimize import linear_sum_assignment

        leads = sorted(requests, key=lambda lead: (-lead.score, lead.lead_id))
        wanted = Counter(agent for lead in leads for agent in lead.fitness)
        columns: list[AgentId] = []
        block: dict[AgentId, slice] = {}
        for agent in sorted(wanted):
            # One column per slot, but never more than there are leads that could take it.
            width = max(0, min(slots.get(agent, 0), wanted[agent]))
            block[agent] = slice(len(columns), len(columns) + width)
            columns += [agent] * width
        # Each aim outweighs the largest possible sum of those after it, so their order is strict.
        fitness_unit = len(leads) * _BEST_SCORE + 1
        lead_unit = len(leads) * (_BEST_FITNESS * fitness_unit + _BEST_SCORE) + 1
        rewards = np.zeros((len(leads), len(columns)))
        for row, lead in enumerate(leads):
            for agent, fitness in lead.fitness.items():
                reward = lead_unit + round(fitness * _FITNESS_STEPS) * fitness_unit + round(lead.score)
                rewards[row, block[agent]] = reward
        # The solver also fills rows with forbidden pairs, when nothing else is left; they have no reward.
        return {
            leads[row].lead_id: columns[column]
            for row, column in zip(*linear_sum_assignment(rewards, maximize=True), strict=True)
            if rewards[row, column] > 0
        }
