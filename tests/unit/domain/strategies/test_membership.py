"""Who joins a pool, who is away, who is back: what it is calibrated by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import AgentId
from domain.routing.candidate import StrategyFacts
from domain.routing.strategies.membership import BREAK, MembershipChange, Presence, membership_change
from domain.routing.strategies.round_robin import RoundRobin
from domain.routing.strategies.weighted import Weighted
from domain.routing.strategy_settings import StrategyName, StrategySettings
from tests.unit.domain.strategies.pools import WEIGHTS, agent, picks, pool

_NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
_LONG_AGO = _NOW - timedelta(days=7)
_ANN, _BOB, _CAT, _DAN = map(agent, (1, 2, 3, 4))
_COUNTS = st.integers(0, 60)


def _change(
    standings: Mapping[AgentId, int],
    away_since: Mapping[AgentId, datetime] | None = None,
    *,
    there: tuple[AgentId, ...] = (),
    absent: tuple[AgentId, ...] = (),
    weights: Mapping[AgentId, float] | None = None,
) -> MembershipChange:
    return membership_change(
        standings,
        away_since or {},
        StrategySettings(name=StrategyName.WEIGHTED, weights=dict(weights or {})),
        eligible=there,
        presence=Presence(there=frozenset(there), absent=frozenset(absent)),
        now=_NOW,
    )


@pytest.mark.parametrize(
    ("since", "missed"),
    [
        pytest.param(_LONG_AGO, 40, id="a week"),
        pytest.param(_NOW - BREAK, 40, id="an hour"),
        pytest.param(_NOW - BREAK + timedelta(seconds=1), 0, id="a break"),
    ],
)
def test_whoever_is_back_from_more_than_a_break_is_brought_up(since: datetime, missed: int) -> None:
    change = _change({_ANN: 10, _BOB: 50, _CAT: 51}, {_ANN: since}, there=(_ANN, _BOB, _CAT))
    assert (change.back, change.joined, change.gone) == ({_ANN: missed}, {}, frozenset())


def test_whoever_is_ahead_keeps_its_place() -> None:
    assert _change({_ANN: 60, _BOB: 50}, {_ANN: _LONG_AGO}, there=(_ANN,)).back == {_ANN: 0}


def test_those_who_are_away_as_well_do_not_count() -> None:
    away = {_ANN: _LONG_AGO, _BOB: _LONG_AGO}
    assert _change({_ANN: 10, _BOB: 12, _CAT: 50}, away, there=(_ANN, _CAT)).back == {_ANN: 40}
    assert _change({_BOB: 12, _CAT: 50}, {_BOB: _LONG_AGO}, there=(_DAN,)).joined == {_DAN: 50}


def test_when_all_were_away_those_who_left_last_count() -> None:
    away = {_ANN: _LONG_AGO, _BOB: _NOW - timedelta(days=1)}
    assert _change({_ANN: 10, _BOB: 50}, away, there=(_ANN, _BOB)).back == {_ANN: 40, _BOB: 0}


def test_whoever_is_not_seen_stays_as_it_is() -> None:
    change = _change({_ANN: 10, _BOB: 50, _CAT: 50}, {_ANN: _LONG_AGO}, there=(_BOB,), absent=(_ANN, _CAT, _DAN))
    assert (change.back, change.joined, change.gone) == ({}, {}, frozenset({_CAT}))


def test_an_empty_pool_has_nobody_to_be_level_with() -> None:
    assert _change({}, there=(_ANN, _BOB)).joined == {_ANN: 0, _BOB: 0}


@given(size=st.integers(1, 7), before=_COUNTS, missed=_COUNTS, count=_COUNTS)
def test_round_robin_is_even_again_at_once(size: int, before: int, missed: int, count: int) -> None:
    returns = agent(size + 1)
    members = {agent(number): 0 for number in range(1, size + 2)}
    then = [StrategyFacts(turns=members), *picks(RoundRobin(), pool(size + 1), StrategyFacts(turns=members), before)]
    away = [then[-1], *picks(RoundRobin(), pool(size), then[-1], missed)][-1]
    change = _change(away.turns, {returns: _LONG_AGO}, there=tuple(members))
    back = replace(away, calibration=change.back)
    behind = min(back.standing(agent(number)) for number in range(1, size + 1)) - back.standing(returns)
    assert behind <= 0
    if missed >= size:
        for after in picks(RoundRobin(), pool(size + 1), back, count):
            standings = [after.standing(one) for one in members]
            assert max(standings) - min(standings) <= 1


@given(shares=st.lists(WEIGHTS, min_size=1, max_size=6), share=WEIGHTS, missed=_COUNTS, count=_COUNTS)
def test_by_weights_it_gets_fewer_than_its_share_plus_two(
    shares: list[float], share: float, missed: int, count: int
) -> None:
    returns = agent(len(shares) + 1)
    weights = {agent(number): weight for number, weight in enumerate([*shares, share], 1)}
    settings = StrategySettings(name=StrategyName.WEIGHTED, weights=weights)
    start = StrategyFacts(turns=dict.fromkeys(weights, 0), settings=settings)
    away = [start, *picks(Weighted(), pool(len(shares)), start, missed)][-1]
    change = _change(away.turns, {returns: _LONG_AGO}, there=tuple(weights), weights=weights)
    back = replace(away, calibration=change.back)
    after = [back, *picks(Weighted(), pool(len(weights)), back, count)][-1]
    assert after.turns[returns] < count * share / sum(weights.values()) + 2
