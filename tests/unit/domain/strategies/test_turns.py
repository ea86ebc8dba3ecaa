"""round_robin and weighted: how even is even, who joins, who gets a turn back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import AgentId
from domain.lifecycle.state import CloseReason
from domain.routing.candidate import Strategy, StrategyFacts
from domain.routing.strategies.round_robin import RoundRobin
from domain.routing.strategies.turns import calibration_for_newcomer, earns_credit
from domain.routing.strategies.weighted import Weighted
from domain.routing.strategy_settings import StrategyName, StrategySettings
from tests.unit.domain.strategies.pools import WEIGHTS, agent, candidate, numbers, picks, pool

_COUNTS = st.integers(0, 60)
_SHARES = st.lists(WEIGHTS, min_size=1, max_size=7)
_ROUNDING = 1e-6


def _weighted(shares: list[float], turns: Mapping[AgentId, int] | None = None) -> StrategyFacts:
    weights = {agent(number): share for number, share in enumerate(shares, 1)}
    return StrategyFacts(
        turns=turns or {}, settings=StrategySettings(name=StrategyName.WEIGHTED, weights=weights, pool="sales")
    )


def _above_share(facts: StrategyFacts, member: AgentId) -> float:
    weights = facts.settings.weights
    total = sum(facts.standing(one) for one in weights)
    return facts.standing(member) - total * weights[member] / sum(weights.values())


def _after(count: int, strategy: Strategy, facts: StrategyFacts, size: int) -> StrategyFacts:
    return [facts, *picks(strategy, pool(size), facts, count)][-1]


@given(size=st.integers(1, 8), count=_COUNTS)
def test_round_robin_never_puts_anybody_two_turns_ahead(size: int, count: int) -> None:
    for facts in picks(RoundRobin(), pool(size), StrategyFacts(), count):
        turns = [facts.standing(agent(number)) for number in range(1, size + 1)]
        assert max(turns) - min(turns) <= 1


@given(size=st.integers(1, 8), before=_COUNTS, count=_COUNTS)
def test_round_robin_stays_even_when_somebody_joins(size: int, before: int, count: int) -> None:
    members = {agent(number): 0 for number in range(1, size + 1)}
    known = _after(before, RoundRobin(), StrategyFacts(turns=members), size)
    newcomer = agent(size + 1)
    joined = replace(known, calibration={newcomer: calibration_for_newcomer(known.turns, {}, 1.0)})
    for after in picks(RoundRobin(), pool(size + 1), joined, count):
        standings = [after.standing(agent(number)) for number in range(1, size + 2)]
        assert max(standings) - min(standings) <= 1


@given(shares=_SHARES, count=_COUNTS)
def test_weighted_stays_within_its_bound_of_every_share(shares: list[float], count: int) -> None:
    size = len(shares)
    for facts in picks(Weighted(), pool(size), _weighted(shares), count):
        for member in facts.settings.weights:
            assert -((size - 1) ** 2) / size - _ROUNDING <= _above_share(facts, member) <= 1 - 1 / size + _ROUNDING


@given(shares=_SHARES, share=WEIGHTS, before=_COUNTS, count=_COUNTS)
def test_a_newcomer_is_not_flooded_and_resets_nobody(
    shares: list[float], share: float, before: int, count: int
) -> None:
    members = {agent(number): 0 for number in range(1, len(shares) + 1)}
    known = _after(before, Weighted(), _weighted(shares, members), len(shares))
    newcomer = agent(len(shares) + 1)
    calibration = calibration_for_newcomer(known.turns, known.settings.weights, share)
    joined = replace(_weighted([*shares, share], known.turns), calibration={newcomer: calibration})
    # It starts at its share of what there was before, at most one turn behind.
    owed = sum(known.turns.values()) * share / sum(shares)
    assert owed - 1 < calibration <= owed + _ROUNDING

    after = _after(count, Weighted(), joined, len(shares) + 1)
    assert after.turns.get(newcomer, 0) < count * share / (sum(shares) + share) + 2
    assert all(after.turns[member] >= known.turns[member] for member in known.turns)


def test_a_newcomer_to_three_tens_of_a_tenth_starts_at_three() -> None:
    standings = {agent(1): 3, agent(2): 3, agent(3): 3}
    assert calibration_for_newcomer(standings, dict.fromkeys(standings, 0.1), 0.1) == 3


@pytest.mark.parametrize(
    ("standings", "weights", "weight", "calibration"),
    [
        ({}, {}, 1.0, 0),
        ({1: 7, 2: 8}, {}, 1.0, 7),
        ({1: 7, 2: 8}, {}, 2.0, 15),
        ({1: 20, 2: 10}, {1: 2.0}, 1.0, 10),
        ({1: 20, 2: 10}, {}, 0.0, 0),
        # Members without a share say nothing about what a share is worth.
        ({1: 50, 2: 10}, {1: 0.0}, 1.0, 10),
        ({1: 50}, {1: 0.0}, 1.0, 0),
    ],
)
def test_calibration(standings: dict[int, int], weights: dict[int, float], weight: float, calibration: int) -> None:
    assert (
        calibration_for_newcomer(
            {agent(number): turns for number, turns in standings.items()},
            {agent(number): share for number, share in weights.items()},
            weight,
        )
        == calibration
    )


def test_without_its_calibration_a_newcomer_would_be_flooded() -> None:
    veterans = StrategyFacts(turns={agent(1): 10, agent(2): 10})
    assert picks(RoundRobin(), pool(3), veterans, 10)[-1].turns[agent(3)] == 10
    calibrated = replace(veterans, calibration={agent(3): calibration_for_newcomer(veterans.turns, {}, 1.0)})
    assert picks(RoundRobin(), pool(3), calibrated, 9)[-1].turns == {agent(1): 13, agent(2): 13, agent(3): 3}


@pytest.mark.parametrize("strategy", [RoundRobin(), Weighted()])
@given(size=st.integers(2, 6), count=st.integers(1, 40), lucky=st.integers(0, 5))
def test_a_credit_is_one_more_turn(strategy: Strategy, size: int, count: int, lucky: int) -> None:
    even = picks(strategy, pool(size), StrategyFacts(), count * size)[-1]
    credited = agent(lucky % size + 1)
    assert set(even.turns.values()) == {count}
    back = replace(even, turns={**even.turns, credited: count - 1})
    assert strategy.rank(pool(size), back).order[0].agent_id == credited
    assert picks(strategy, pool(size), back, 1)[-1].turns == even.turns


@pytest.mark.parametrize("reason", CloseReason)
def test_credit_is_for_duplicates_and_invalid_leads(reason: CloseReason) -> None:
    assert earns_credit(reason) is (reason in {CloseReason.DUPLICATE, CloseReason.INVALID})


def test_weight_zero_is_never_picked_except_as_the_preferred_agent() -> None:
    facts = _weighted([0, 1])
    assert numbers(Weighted().rank(pool(2), facts)) == [2]
    assert numbers(Weighted().rank(pool(1), facts)) == []
    assert numbers(Weighted().rank([candidate(1, preferred=True), candidate(2)], facts)) == [1, 2]


def test_an_agent_without_a_named_weight_weighs_one() -> None:
    facts = StrategyFacts(settings=StrategySettings(name=StrategyName.WEIGHTED, weights={agent(1): 3}))
    assert picks(Weighted(), pool(2), facts, 40)[-1].turns == {agent(1): 30, agent(2): 10}
