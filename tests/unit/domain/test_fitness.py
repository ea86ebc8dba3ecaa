"""Fitness: the documented values, proficiency, the presets, and what every preset promises."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.ids import AgentId, LeadId
from domain.routing.agent import Agent, Performance, Specialization
from domain.routing.agent_tier import AgentTier, agent_tier
from domain.routing.fitness import (
    combine,
    fitness_of,
    performance_factor,
    response_minutes,
    specialization_factor,
)
from domain.routing.request import RoutingRequest
from domain.routing.weights import PRESETS, FitnessWeights

DOCUMENTED = PRESETS["documented"]
BALANCED = PRESETS["balanced"]
ROW = Specialization(
    line="Auto", segment="SMB", proficiency=3, max_concurrent=5, languages=frozenset(), territories=frozenset()
)
REQUEST = RoutingRequest(lead_id=LeadId(UUID(int=99)), line="Auto", segment="SMB", language=None, territory=None)
METRICS = Performance(conversion_rate=0.4, satisfaction=80, handling_minutes=20, cross_sell_rate=0.4)

shares = st.sampled_from(sorted(PRESETS)).map(PRESETS.__getitem__)
percents = st.floats(0, 100)
rates = st.floats(0, 1)
performances = st.builds(
    Performance,
    conversion_rate=rates,
    satisfaction=percents,
    handling_minutes=st.floats(0, 500),
    cross_sell_rate=rates,
    tier1_conversion_rate=rates,
    tier2_conversion_rate=rates,
)
rows = st.builds(
    Specialization,
    line=st.sampled_from(["Auto", "Home", "Life"]),
    segment=st.sampled_from(["Individual", "SMB"]),
    proficiency=st.integers(1, 5),
    max_concurrent=st.just(5),
    languages=st.just(frozenset()),
    territories=st.just(frozenset()),
)


def _agent(*specializations: Specialization, load: int = 0, capacity: int = 5, status: str = "Available") -> Agent:
    return Agent(
        id=AgentId(UUID(int=1)),
        is_active=True,
        accepts_new_leads=True,
        role="agent",
        status=status,
        load=load,
        capacity=capacity,
        held=0,
        max_held=50,
        specializations=specializations,
        performance=None,
        last_assigned_at=None,
    )


def test_golden_fitness() -> None:
    fitness = combine(DOCUMENTED, specialization=100, performance=60, availability=100, utilization=40)
    assert fitness.total == 78
    assert response_minutes(fitness) == 15


@pytest.mark.parametrize(
    ("matching", "factor"),
    [
        ((ROW,), 100),
        ((replace(ROW, segment="Individual"),), 80),
        ((replace(ROW, line="Home"),), 60),
        ((replace(ROW, line="Home", segment="Individual"),), 30),
        ((), 30),
        ((replace(ROW, line="Home"), replace(ROW, segment="Individual"), ROW), 100),
        ((replace(ROW, segment="Individual"), replace(ROW, line="Home")), 80),
    ],
)
def test_the_documented_specialization_is_that_of_the_best_row(
    matching: tuple[Specialization, ...], factor: float
) -> None:
    assert specialization_factor(_agent(*matching), REQUEST, DOCUMENTED) == factor
    assert specialization_factor(_agent(*reversed(matching)), REQUEST, DOCUMENTED) == factor


@pytest.mark.parametrize(("level", "factor"), [(1, 68), (2, 76), (3, 84), (4, 92), (5, 100)])
def test_proficiency_grades_an_exact_match(level: int, factor: float) -> None:
    exact = replace(ROW, proficiency=level)
    assert specialization_factor(_agent(exact), REQUEST, BALANCED) == factor
    assert specialization_factor(_agent(replace(exact, line="Home")), REQUEST, BALANCED) == 60
    with_fallback = _agent(replace(exact, segment="Individual", proficiency=5), exact)
    assert specialization_factor(with_fallback, REQUEST, BALANCED) == factor


def test_performance_is_the_documented_mean() -> None:
    assert performance_factor(METRICS) == (40 + 80 + 60 + 20) / 4
    assert performance_factor(replace(METRICS, satisfaction=0)) == (40 + 70 + 60 + 20) / 4
    assert performance_factor(replace(METRICS, handling_minutes=90)) == (40 + 80 + 0 + 20) / 4
    assert performance_factor(None) == 50


def test_the_rates_of_single_tiers_count_for_auto_and_home_in_the_documented_preset_only() -> None:
    metrics = replace(METRICS, tier1_conversion_rate=0.5, tier2_conversion_rate=0.2)
    assert performance_factor(metrics, "Auto") == pytest.approx((50 + 15) / 1.3)
    assert performance_factor(metrics, "Home") == pytest.approx((50 + 6) / 1.3)
    assert performance_factor(metrics, "Life") == 50
    agent = replace(_agent(ROW), performance=metrics)
    assert fitness_of(agent, REQUEST, DOCUMENTED).performance == pytest.approx(50)
    assert fitness_of(replace(agent, performance=METRICS), REQUEST, DOCUMENTED).performance == pytest.approx(50 / 1.3)
    assert fitness_of(replace(agent, performance=METRICS), REQUEST, BALANCED).performance == 50


@pytest.mark.parametrize(
    ("status", "factor"),
    [("Available", 100), ("Break", 30), ("Training", 20), ("In_Call", 0), ("Offline", 0), ("?", 0)],
)
def test_availability_is_the_documented_one(status: str, factor: float) -> None:
    assert fitness_of(_agent(ROW, status=status), REQUEST, DOCUMENTED).availability == factor


def test_no_capacity_is_full_not_idle() -> None:
    full = fitness_of(_agent(ROW, capacity=0), REQUEST, DOCUMENTED)
    assert full.utilization == 100
    assert full.total < fitness_of(_agent(ROW, load=4), REQUEST, DOCUMENTED).total


def test_a_load_above_a_lowered_cap_costs_no_more_than_a_full_one() -> None:
    above, full = _agent(ROW, load=7), _agent(ROW, load=5)
    assert above.utilization == 140
    assert fitness_of(above, REQUEST, DOCUMENTED).total == fitness_of(full, REQUEST, DOCUMENTED).total


def test_the_presets_have_the_published_numbers() -> None:
    assert {
        name: (weights.specialization, weights.performance, weights.availability, weights.utilization)
        for name, weights in PRESETS.items()
    } == {
        "documented": (0.35, 0.35, 0.10, 0.20),
        "balanced": (0.35, 0.30, 0.15, 0.20),
        "performance": (0.20, 0.50, 0.15, 0.15),
        "specialty": (0.60, 0.20, 0.05, 0.15),
        "capacity": (0.25, 0.25, 0.10, 0.40),
    }
    assert all(name == weights.name and weights.version == 1 for name, weights in PRESETS.items())
    assert [name for name, weights in PRESETS.items() if weights.proficiency] == [*PRESETS][1:]
    assert FitnessWeights() == BALANCED


def test_shares_that_are_not_a_whole_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"sum to 1\.1; change them"):
        FitnessWeights(name="ours", availability=0.25)


@given(
    weights=shares,
    specializations=st.lists(rows, max_size=4),
    performance=st.none() | performances,
    load=st.integers(0, 20),
    capacity=st.integers(0, 10),
    status=st.sampled_from(["Available", "Break", "Offline"]),
)
def test_fitness_is_within_0_and_100(
    *,
    weights: FitnessWeights,
    specializations: list[Specialization],
    performance: Performance | None,
    load: int,
    capacity: int,
    status: str,
) -> None:
    agent = _agent(*specializations, load=load, capacity=capacity, status=status)
    fitness = fitness_of(replace(agent, performance=performance), REQUEST, weights)
    for value in (fitness.specialization, fitness.performance, fitness.availability, fitness.total):
        assert 0 <= value <= 100.000001
    assert response_minutes(fitness) >= 1


@given(shares, st.tuples(percents, percents, percents, st.floats(0, 200)), st.integers(0, 3), st.floats(0, 100))
def test_fitness_grows_with_each_factor_and_falls_with_utilization(
    weights: FitnessWeights, factors: tuple[float, float, float, float], which: int, more: float
) -> None:
    names = ("specialization", "performance", "availability", "utilization")
    low = dict(zip(names, factors, strict=True))
    high = {**low, names[which]: low[names[which]] + more}
    below, above = combine(weights, **low).total, combine(weights, **high).total
    assert above <= below if names[which] == "utilization" else above >= below


@given(shares, st.integers(1, 4), rows)
def test_a_higher_level_is_never_worse(weights: FitnessWeights, level: int, row: Specialization) -> None:
    lower, higher = _agent(replace(row, proficiency=level)), _agent(replace(row, proficiency=level + 1))
    assert fitness_of(higher, REQUEST, weights).total >= fitness_of(lower, REQUEST, weights).total


@pytest.mark.parametrize(
    ("rating", "tier"),
    [
        (1.0, AgentTier.ELITE),
        (0.9, AgentTier.ELITE),
        (0.89, AgentTier.SENIOR),
        (0.75, AgentTier.SENIOR),
        (0.74, AgentTier.STANDARD),
        (0.5, AgentTier.STANDARD),
        (0.49, AgentTier.JUNIOR),
        (0.0, AgentTier.JUNIOR),
    ],
)
def test_the_tier_of_a_rating(rating: float, tier: AgentTier) -> None:
    assert agent_tier(rating) is tier
