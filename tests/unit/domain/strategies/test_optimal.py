"""optimal and hybrid: as good as trying everything, and never above anybody's slots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InvalidInputError
from domain.ids import AgentId, LeadId
from domain.routing.candidate import BatchLead, BatchStrategy
from domain.routing.strategies.hybrid import Hybrid
from domain.routing.strategies.optimal import MAX_BATCH, Optimal
from tests.unit.domain.strategies.pools import agent


def _lead(number: int, fitness: Mapping[int, float], score: float = 50) -> BatchLead:
    return BatchLead(
        lead_id=LeadId(UUID(int=number)),
        score=score,
        fitness={agent(other): value for other, value in fitness.items()},
    )


def _slots(**free: int) -> dict[AgentId, int]:
    return {agent(int(name.removeprefix("a"))): count for name, count in free.items()}


def _value(leads: Sequence[BatchLead], given_to: Mapping[LeadId, AgentId]) -> tuple[int, int, int]:
    served = [lead for lead in leads if lead.lead_id in given_to]
    return (
        len(served),
        sum(round(lead.fitness[given_to[lead.lead_id]] * 100) for lead in served),
        sum(round(lead.score) for lead in served),
    )


def _best_by_trying_everything(leads: Sequence[BatchLead], slots: Mapping[AgentId, int]) -> tuple[int, int, int]:
    best = (0, 0, 0)
    for choice in product(*[[None, *lead.fitness] for lead in leads]):
        taken = Counter(one for one in choice if one is not None)
        if all(count <= slots.get(one, 0) for one, count in taken.items()):
            given_to = {lead.lead_id: one for lead, one in zip(leads, choice, strict=True) if one is not None}
            best = max(best, _value(leads, given_to))
    return best


# Few slots and close values: most leads compete, and every aim gets to decide.
_FITNESS = st.sampled_from([0, 50, 50.01, 50.02, 100]) | st.floats(0, 100)
_SLOTS = st.dictionaries(st.integers(1, 4).map(agent), st.sampled_from([1, 1, 2, 0, -1]), min_size=1, max_size=4)


@st.composite
def _batches(draw: st.DrawFn) -> list[BatchLead]:
    fitness = st.dictionaries(st.integers(1, 4), _FITNESS, max_size=4)
    size = draw(st.integers(0, 5))
    return [_lead(number, draw(fitness), draw(st.sampled_from([0, 49, 50, 100]))) for number in range(1, size + 1)]


@pytest.mark.parametrize("strategy", [Optimal(), Hybrid()])
@given(leads=_batches(), slots=_SLOTS)
@settings(deadline=None)  # the first call loads the solver
def test_it_is_as_good_as_trying_everything(
    strategy: BatchStrategy, leads: list[BatchLead], slots: dict[AgentId, int]
) -> None:
    given_to = strategy.assign(leads, slots)
    assert all(given_to[lead.lead_id] in lead.fitness for lead in leads if lead.lead_id in given_to)
    assert all(count <= slots.get(one, 0) for one, count in Counter(given_to.values()).items())
    assert _value(leads, given_to) == _best_by_trying_everything(leads, slots)


@given(leads=_batches(), slots=_SLOTS, data=st.data())
@settings(deadline=None)
def test_the_order_of_leads_and_agents_does_not_matter(
    leads: list[BatchLead], slots: dict[AgentId, int], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(leads))
    reversed_slots = dict(reversed(slots.items()))
    assert Optimal().assign(shuffled, reversed_slots) == Optimal().assign(leads, slots)


def test_it_looks_at_all_leads_together() -> None:
    # One at a time, the first lead would take agent 1 and leave the second with 10: 110 in total instead of 179.
    leads = [_lead(1, {1: 100, 2: 90}), _lead(2, {1: 89, 2: 10})]
    assert Optimal().assign(leads, _slots(a1=1, a2=1)) == {LeadId(UUID(int=1)): agent(2), LeadId(UUID(int=2)): agent(1)}


def test_a_lead_more_is_worth_any_fitness() -> None:
    leads = [_lead(1, {1: 100, 2: 0}), _lead(2, {1: 0})]
    assert Optimal().assign(leads, _slots(a1=1, a2=1)) == {LeadId(UUID(int=1)): agent(2), LeadId(UUID(int=2)): agent(1)}


def test_when_slots_run_out_the_leads_of_lower_score_wait() -> None:
    leads = [_lead(1, {1: 70}, score=10), _lead(2, {1: 70}, score=90), _lead(3, {1: 70}, score=50)]
    assert set(Optimal().assign(leads, _slots(a1=2))) == {LeadId(UUID(int=2)), LeadId(UUID(int=3))}


def test_fitness_goes_before_score() -> None:
    leads = [_lead(1, {1: 70.01}, score=0), _lead(2, {1: 70}, score=100)]
    assert set(Optimal().assign(leads, _slots(a1=1))) == {LeadId(UUID(int=1))}


def test_score_decides_between_assignments_of_equal_fitness() -> None:
    # Any two of the three can be served with a fitness of 80 in total.
    leads = [_lead(1, {1: 40}, score=60), _lead(2, {1: 40, 2: 40}, score=50), _lead(3, {2: 40}, score=70)]
    assert set(Optimal().assign(leads, _slots(a1=1, a2=1))) == {LeadId(UUID(int=1)), LeadId(UUID(int=3))}


def test_a_hundredth_of_a_point_counts_in_the_largest_batch() -> None:
    crowd = [_lead(number, {1: 100}, score=100) for number in range(1, MAX_BATCH)]
    last = _lead(MAX_BATCH, {2: 99.99, 3: 100}, score=0)
    given_to = Optimal().assign([*crowd, last], _slots(a1=MAX_BATCH, a2=1, a3=1))
    assert (len(given_to), given_to[last.lead_id]) == (MAX_BATCH, agent(3))


def test_one_lead_more_is_worth_the_fitness_of_the_largest_batch() -> None:
    # The last lead fits agent 1 only, so everybody has to move on to the next agent, from fitness 100 to 0.
    chain = [_lead(number, {number: 100, number + 1: 0}, score=100) for number in range(1, MAX_BATCH)]
    last = _lead(MAX_BATCH, {1: 0}, score=0)
    slots = {agent(number): 1 for number in range(1, MAX_BATCH + 1)}
    assert len(Optimal().assign([*chain, last], slots)) == MAX_BATCH


def test_a_batch_that_would_not_be_exact_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="1001 leads in one batch"):
        Optimal().assign([_lead(number, {1: 1}) for number in range(MAX_BATCH + 1)], _slots(a1=1))
