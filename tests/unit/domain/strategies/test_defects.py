"""Defects of the routing migration's strategies, one test each: ours do not have them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import permutations
from uuid import UUID

import pytest

from domain.configuration import Configuration
from domain.ids import AgentId, LeadId
from domain.routing.agent import Agent, Specialization
from domain.routing.candidate import BatchLead, StrategyFacts
from domain.routing.decision import decide_route
from domain.routing.request import RoutingRequest
from domain.routing.strategies import STRATEGIES
from domain.routing.strategies.hybrid import is_batched
from domain.routing.strategies.least_loaded import LeastLoaded
from domain.routing.strategies.manual import Manual
from domain.routing.strategies.optimal import Optimal
from domain.routing.strategies.round_robin import RoundRobin
from domain.routing.strategy_settings import StrategyName, StrategySettings
from domain.tier import Tier
from tests.unit.domain.strategies.pools import agent, candidate, numbers, picks, pool


def test_every_strategy_takes_the_top_fitness() -> None:
    candidates = [candidate(1, fitness=90, utilization=60), candidate(2, fitness=40, utilization=10)]
    facts = StrategyFacts(turns={agent(1): 1}, seed=1, settings=StrategySettings(agent=agent(2)))
    first = {name: numbers(strategy.rank(candidates, facts))[0] for name, strategy in STRATEGIES.items()}
    assert first[StrategyName.GREEDY] == 1
    others = (StrategyName.MANUAL, StrategyName.ROUND_ROBIN, StrategyName.WEIGHTED, StrategyName.LEAST_LOADED)
    assert {first[name] for name in others} == {2}
    draws = [replace(facts, seed=seed) for seed in range(50)]
    assert {numbers(STRATEGIES[StrategyName.REINFORCEMENT].rank(candidates, one))[0] for one in draws} == {1, 2}
    # What sets optimal, hybrid and broadcast apart is not the order for one lead: see the tests of each.
    assert is_batched(StrategyName.OPTIMAL, Tier.TIER1)
    assert not is_batched(StrategyName.HYBRID, Tier.TIER1)
    assert is_batched(StrategyName.HYBRID, Tier.TIER2)


def test_batch_optimal_overfills_one_agent() -> None:
    leads = [
        BatchLead(lead_id=LeadId(UUID(int=number)), score=50, fitness={agent(1): 95, agent(2): 20})
        for number in range(1, 7)
    ]
    given_to = Optimal().assign(leads, {agent(1): 2, agent(2): 3})
    assert Counter(given_to.values()) == {agent(1): 2, agent(2): 3}


def test_batch_optimal_takes_leads_one_by_one() -> None:
    leads = [
        BatchLead(lead_id=LeadId(UUID(int=1)), score=90, fitness={agent(1): 100, agent(2): 95}),
        BatchLead(lead_id=LeadId(UUID(int=2)), score=50, fitness={agent(1): 90, agent(2): 5}),
    ]
    assert Optimal().assign(leads, {agent(1): 1, agent(2): 1}) == {
        leads[0].lead_id: agent(2),
        leads[1].lead_id: agent(1),
    }


def test_round_robin_starts_at_the_first_again_after_a_restart() -> None:
    # The state is in the facts, which come from the database; there is none in the process.
    facts = picks(RoundRobin(), pool(3), StrategyFacts(), 4)[-1]
    assert numbers(RoundRobin().rank(pool(3), facts)) == numbers(type(RoundRobin())().rank(pool(3), facts)) == [2, 3, 1]


def test_round_robin_gives_every_lead_of_one_batch_to_the_same_agent() -> None:
    assert Counter(picks(RoundRobin(), pool(4), StrategyFacts(), 8)[-1].turns) == {agent(n): 2 for n in range(1, 5)}


def test_somebody_who_leaves_shifts_the_turns_of_the_others() -> None:
    facts = picks(RoundRobin(), pool(4), StrategyFacts(), 5)[-1]
    assert numbers(RoundRobin().rank(pool(4), facts)) == [2, 3, 4, 1]
    assert numbers(RoundRobin().rank([one for one in pool(4) if one.agent_id != agent(2)], facts)) == [3, 4, 1]


def test_among_equals_load_balancing_takes_whoever_is_first_in_the_list() -> None:
    equals = [candidate(1, utilization=20, fitness=60), candidate(2, utilization=20, fitness=80)]
    assert numbers(LeastLoaded().rank(equals, StrategyFacts())) == [2, 1]
    assert numbers(LeastLoaded().rank(equals[::-1], StrategyFacts())) == [2, 1]


def test_load_within_five_points_is_equal_but_not_in_a_circle() -> None:
    # Compared in pairs, 1 goes before 2 before 3 by fitness, and 3 before 1 by load: no order at all.
    circle = [
        candidate(1, utilization=8, fitness=90),
        candidate(2, utilization=4, fitness=80),
        candidate(3, utilization=0, fitness=70),
    ]
    orders = {tuple(numbers(LeastLoaded().rank(order, StrategyFacts()))) for order in permutations(circle)}
    assert orders == {(2, 3, 1)}


@pytest.mark.parametrize("least", [0, 18, 20, 22.5])
@pytest.mark.parametrize(("apart", "first"), [(0, 2), (4.75, 2), (5, 1), (60, 1)])
def test_the_least_loaded_agent_is_less_than_five_points_away(least: float, apart: float, first: int) -> None:
    candidates = [candidate(1, utilization=least, fitness=50), candidate(2, utilization=least + apart, fitness=90)]
    assert numbers(LeastLoaded().rank(candidates, StrategyFacts()))[0] == first


def test_an_agent_without_capacity_reads_as_idle_to_load_balancing() -> None:
    row = Specialization(
        line="Auto",
        segment="Individual",
        proficiency=3,
        max_concurrent=9,
        languages=frozenset(),
        territories=frozenset(),
    )
    busy = Agent(
        id=agent(1),
        is_active=True,
        accepts_new_leads=True,
        role="agent",
        status="Available",
        load=4,
        capacity=5,
        held=4,
        max_held=50,
        specializations=(row,),
        performance=None,
        last_assigned_at=None,
    )
    closed = replace(busy, id=agent(2), load=0, capacity=0, held=0)
    request = RoutingRequest(
        lead_id=LeadId(UUID(int=9)), line="Auto", segment="Individual", language=None, territory=None
    )
    facts = StrategyFacts(settings=StrategySettings(name=StrategyName.LEAST_LOADED))
    decision = decide_route(request, [closed, busy], Configuration(), facts)
    assert [(one.agent_id, one.free_slots) for one in decision.candidates] == [(agent(1), 1)]


def test_an_assignment_by_name_bypasses_availability_and_capacity() -> None:
    # Whoever fails a hard filter is no candidate, and naming it does not make it one.
    facts = StrategyFacts(settings=StrategySettings(name=StrategyName.MANUAL, agent=AgentId(agent(7))))
    assert Manual().rank(pool(3), facts).order == ()


def test_an_explanation_is_computed_anew_and_tells_of_today() -> None:
    # Everything the ranking rests on is in the arguments; what changed since then is not looked at.
    facts = StrategyFacts(seed=11, turns={agent(1): 3})
    for strategy in STRATEGIES.values():
        assert strategy.rank(pool(5), facts) == strategy.rank(pool(5), facts)
