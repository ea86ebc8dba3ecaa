"""reinforcement: replayable, learns, keeps trying."""

from __future__ import annotations

from collections import Counter

from domain.routing.candidate import Arm, StrategyFacts
from domain.routing.strategies.reinforcement import Reinforcement
from tests.unit.domain.strategies.pools import agent, numbers, pool

_SEEDS = 2000
_ARMS = {
    agent(1): Arm(successes=8, failures=12),
    agent(2): Arm(successes=12, failures=8),
    agent(3): Arm(successes=2, failures=18),
}


def _first(seed: int, size: int = 3) -> int:
    return numbers(Reinforcement().rank(pool(size), StrategyFacts(seed=seed, arms=_ARMS)))[0]


def test_the_same_seed_gives_the_same_ranking_and_others_do_not() -> None:
    rankings = [Reinforcement().rank(pool(6), StrategyFacts(seed=7, arms=_ARMS)) for _ in range(3)]
    assert rankings[0] == rankings[1] == rankings[2]
    others = {tuple(numbers(Reinforcement().rank(pool(6), StrategyFacts(seed=seed)))) for seed in range(50)}
    assert len(others) > 40


def test_the_better_arm_goes_first_more_often_and_the_others_are_still_tried() -> None:
    wins = Counter(_first(seed) for seed in range(_SEEDS))
    # P(Beta(13, 9) > Beta(9, 13)) is 0.89; the third hardly ever wins.
    assert 0.85 * _SEEDS < wins[2] < 0.93 * _SEEDS
    assert wins[1] > wins[3]


def test_a_newcomer_without_an_arm_is_tried_often() -> None:
    wins = Counter(_first(seed, size=4) for seed in range(_SEEDS))
    assert wins[4] > 0.2 * _SEEDS


def test_the_draws_are_in_the_notes() -> None:
    ranking = Reinforcement().rank(pool(30), StrategyFacts(seed=1))
    draws = list(ranking.notes["draw"].values())
    assert len(draws) == 20
    assert draws == sorted(draws, reverse=True)
    assert list(ranking.notes["draw"]) == [str(one.agent_id) for one in ranking.order[:20]]
