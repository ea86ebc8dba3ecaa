"""What every strategy promises: one order, whatever order the candidates come in, and the same one again."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from domain.ids import AgentId
from domain.routing.candidate import StrategyFacts
from domain.routing.strategies import STRATEGIES, batch_strategy_of, strategy_of
from domain.routing.strategies.hybrid import is_batched
from domain.routing.strategy_settings import StrategyName, StrategySettings
from domain.tier import Tier
from tests.unit.domain.strategies.pools import CANDIDATES, agent, candidate, facts_for, numbers, pool

_ALL = pytest.mark.parametrize("name", StrategyName)
_FACTS = TypeAdapter(StrategyFacts)
_BATCHED = (StrategyName.OPTIMAL, StrategyName.HYBRID)
_PAGE = Path(__file__).parents[4] / "docs" / "reference" / "strategies.md"


@_ALL
def test_the_registry_knows_every_name(name: StrategyName) -> None:
    assert strategy_of(StrategySettings(name=name)).name is name


@_ALL
def test_only_optimal_and_hybrid_assign_in_batches(name: StrategyName) -> None:
    batch = batch_strategy_of(StrategySettings(name=name))
    assert (batch.name if batch else None) == (name if name in _BATCHED else None)


@_ALL
@given(data=st.data())
def test_the_order_of_the_candidates_does_not_matter(name: StrategyName, data: st.DataObject) -> None:
    candidates, facts = data.draw(CANDIDATES), data.draw(facts_for(name))
    shuffled = data.draw(st.permutations(candidates))
    assert STRATEGIES[name].rank(shuffled, facts) == STRATEGIES[name].rank(candidates, facts)


@pytest.mark.parametrize("name", [name for name in StrategyName if name is not StrategyName.MANUAL])
@given(data=st.data())
def test_everybody_is_ranked_and_preferred_ones_go_first(name: StrategyName, data: st.DataObject) -> None:
    candidates = data.draw(CANDIDATES)
    order = STRATEGIES[name].rank(candidates, data.draw(facts_for(name))).order
    assert sorted(order, key=lambda one: one.agent_id) == sorted(candidates, key=lambda one: one.agent_id)
    assert [one.preferred for one in order] == sorted((one.preferred for one in candidates), reverse=True)


@_ALL
@given(data=st.data())
def test_recorded_facts_give_the_same_ranking_again(name: StrategyName, data: st.DataObject) -> None:
    candidates, facts = data.draw(CANDIDATES), data.draw(facts_for(name))
    recorded = _FACTS.validate_json(_FACTS.dump_json(facts))
    assert STRATEGIES[name].rank(candidates, recorded) == STRATEGIES[name].rank(candidates, facts)


@_ALL
def test_an_empty_pool_is_an_empty_ranking(name: StrategyName) -> None:
    ranking = STRATEGIES[name].rank([], StrategyFacts())
    assert (ranking.order, ranking.tie_break) == ((), None)


@pytest.mark.parametrize(
    ("name", "tie_break"),
    [
        (StrategyName.GREEDY, "fitness"),
        (StrategyName.LEAST_LOADED, "utilization"),
        (StrategyName.ROUND_ROBIN, "turns"),
        (StrategyName.WEIGHTED, "shortfall"),
        (StrategyName.REINFORCEMENT, "draw"),
    ],
)
def test_the_criterion_that_decided_is_named(name: StrategyName, tie_break: str) -> None:
    candidates = [candidate(1, fitness=90, utilization=50), candidate(2, fitness=40)]
    facts = StrategyFacts(turns={agent(1): 4})
    assert STRATEGIES[name].rank(candidates, facts).tie_break == tie_break
    assert STRATEGIES[name].rank([*candidates, candidate(3, preferred=True)], facts).tie_break == "preferred"


def test_ties_of_greedy_go_to_the_less_utilized_then_the_longest_idle_then_the_id() -> None:
    recent = datetime(2026, 3, 2, tzinfo=UTC)
    candidates = [
        candidate(1, utilization=20, since=None),
        candidate(2, utilization=10, since=recent),
        candidate(4, utilization=10, since=None),
        candidate(3, utilization=10, since=None),
        candidate(5, fitness=51, utilization=90, since=recent),
    ]
    assert numbers(STRATEGIES[StrategyName.GREEDY].rank(candidates, StrategyFacts())) == [5, 3, 4, 2, 1]


def test_ties_of_weighted_go_to_the_higher_weight() -> None:
    # With this lead 4 turns over weights of 4: agent 1 is owed 1 and had none, agent 2 is owed 2 and had 1.
    facts = StrategyFacts(
        turns={agent(1): 0, agent(2): 1, agent(3): 2},
        settings=StrategySettings(name=StrategyName.WEIGHTED, weights={agent(1): 1, agent(2): 2, agent(3): 1}),
    )
    ranking = STRATEGIES[StrategyName.WEIGHTED].rank(pool(3), facts)
    assert (numbers(ranking), ranking.tie_break) == ([2, 1, 3], "weight")


@pytest.mark.parametrize("name", StrategyName)
@pytest.mark.parametrize("tier", Tier)
def test_hot_leads_wait_for_a_batch_only_when_all_do(name: StrategyName, tier: Tier) -> None:
    expected = name is StrategyName.OPTIMAL or (name is StrategyName.HYBRID and tier is not Tier.TIER1)
    assert is_batched(name, tier) is expected


@pytest.mark.parametrize("weight", [-0.1, float("nan"), float("inf")])
def test_a_weight_is_a_number_from_zero(weight: float) -> None:
    with pytest.raises(ValidationError, match="weights"):
        StrategySettings(weights={AgentId(agent(1)): weight})


def test_a_process_that_assigns_no_batches_does_not_load_the_solver() -> None:
    code = "import sys, domain.routing.strategies; sys.exit('scipy' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


@_ALL
def test_the_reference_page_names_every_strategy(name: StrategyName) -> None:
    assert f"| `{name}` |" in _PAGE.read_text(encoding="utf-8")
