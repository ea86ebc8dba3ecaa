"""Candidates for the tests of strategies, by hand and by Hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import strategies as st

from domain.ids import AgentId
from domain.routing.candidate import Arm, Candidate, Ranking, Strategy, StrategyFacts
from domain.routing.fitness import Fitness
from domain.routing.strategy_settings import StrategyName, StrategySettings


def agent(number: int) -> AgentId:
    """The id of the n-th agent."""
    return AgentId(UUID(int=number))


def candidate(
    number: int, *, fitness: float = 50, utilization: float = 0, since: datetime | None = None, preferred: bool = False
) -> Candidate:
    """An eligible agent."""
    return Candidate(
        agent_id=agent(number),
        fitness=Fitness(
            specialization=fitness, performance=fitness, availability=fitness, utilization=utilization, total=fitness
        ),
        utilization=utilization,
        free_slots=3,
        last_assigned_at=since,
        preferred=preferred,
    )


def pool(size: int) -> list[Candidate]:
    """Agents 1 to `size`, all alike."""
    return [candidate(number) for number in range(1, size + 1)]


def numbers(ranking: Ranking) -> list[int]:
    """The agents' numbers, best first."""
    return [one.agent_id.int for one in ranking.order]


def picks(strategy: Strategy, members: Sequence[Candidate], facts: StrategyFacts, count: int) -> list[StrategyFacts]:
    """The facts after each of `count` assignments, each to the first of the ranking."""
    after = []
    for _ in range(count):
        chosen = strategy.rank(members, facts).order[0].agent_id
        facts = replace(facts, turns={**facts.turns, chosen: facts.turns.get(chosen, 0) + 1})
        after.append(facts)
    return after


# Few values each, so that ties are common.
CANDIDATES = st.lists(
    st.builds(
        candidate,
        st.integers(1, 30),
        fitness=st.sampled_from([0, 40, 78, 78.5, 100]),
        utilization=st.sampled_from([0, 3, 4.9, 5, 20, 80, 100]),
        since=st.sampled_from([None, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)]),
        preferred=st.sampled_from([False, False, False, True]),
    ),
    max_size=8,
    unique_by=lambda one: one.agent_id,
)
_AGENTS = st.integers(1, 30).map(agent)
WEIGHTS = st.sampled_from([0.1, 0.5, 1, 2, 3.7, 10])


def facts_for(name: StrategyName) -> st.SearchStrategy[StrategyFacts]:
    """Anything a strategy may know."""
    return st.builds(
        StrategyFacts,
        seed=st.integers(0, 2**63),
        turns=st.dictionaries(_AGENTS, st.integers(0, 20)),
        calibration=st.dictionaries(_AGENTS, st.integers(0, 20)),
        arms=st.dictionaries(_AGENTS, st.builds(Arm, successes=st.integers(0, 50), failures=st.integers(0, 50))),
        settings=st.builds(
            StrategySettings,
            name=st.just(name),
            weights=st.dictionaries(_AGENTS, WEIGHTS),
            agent=st.none() | _AGENTS,
        ),
    )
