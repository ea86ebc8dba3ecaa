"""Suggestions that even out a pool."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.capacity.pool import AgentLoad, pool_utilization, utilization
from domain.capacity.rebalance import rebalance
from domain.ids import AgentId

LINES = ("Auto", "Home")


def agent(place: int, load: int, capacity: int, **other: object) -> AgentLoad:
    facts: dict[str, object] = {
        "can_hold": 50,
        "receives": True,
        "lines": frozenset({"Auto"}),
        "live": {"Auto": load},
        **other,
    }
    return AgentLoad(
        agent_id=AgentId(UUID(int=place)),
        name=f"agent {place}",
        load=load,
        capacity=capacity,
        **facts,  # type: ignore[arg-type]
    )


def moves(pool: list[AgentLoad], target: float = 80.0) -> list[tuple[int, int, str, int]]:
    return [(one.from_agent.int, one.to_agent.int, one.line, one.leads) for one in rebalance(pool, target).suggestions]


def test_the_full_give_to_the_emptiest_down_to_the_target() -> None:
    assert moves([agent(1, 10, 10), agent(2, 2, 10), agent(3, 5, 10)]) == [(1, 2, "Auto", 2)]


def test_the_emptiest_is_the_emptiest_after_each_lead() -> None:
    assert moves([agent(1, 20, 20), agent(2, 2, 10), agent(3, 4, 10)]) == [(1, 2, "Auto", 3), (1, 3, "Auto", 1)]


@pytest.mark.parametrize(
    ("loads", "why_not"),
    [
        ([], "nobody is at work"),
        ([10, 6], "the pool is less than 5 from its target"),
        ([10, 4], None),
        ([9, 1], "nobody is above 90"),
        ([10, 10, 7], "nobody below 70"),
    ],
)
def test_when_there_is_nothing_to_suggest_it_says_why(loads: list[int], why_not: str | None) -> None:
    found = rebalance([agent(place, load, 10) for place, load in enumerate(loads)])
    assert (found.why_not is None) == (why_not is None) == bool(found.suggestions)
    assert (found.why_not or "").startswith(why_not or "")


@pytest.mark.parametrize(("load", "skipped"), [(75, False), (76, True), (84, True), (85, False)])
def test_exactly_five_from_the_target_is_not_skipped(load: int, skipped: bool) -> None:
    found = rebalance([agent(1, 0, 0, live={}), agent(2, load, 100)])
    assert (found.why_not == "the pool is less than 5 from its target") == skipped


@pytest.mark.parametrize(("load", "over", "under"), [(90, 0, 0), (91, 1, 0), (70, 0, 0), (69, 0, 1)])
def test_exactly_ten_from_the_target_is_within_the_band(load: int, over: int, under: int) -> None:
    found = rebalance([agent(1, load, 100)])
    assert (found.over, found.under) == (over, under)


def test_no_capacity_is_full() -> None:
    assert utilization(0, 0) == pool_utilization([]) == 100.0
    assert moves([agent(1, 10, 10), agent(2, 0, 0)]) == []
    assert moves([agent(1, 2, 0), agent(2, 1, 10)]) == [(1, 2, "Auto", 2)]


def test_only_lines_that_the_receiver_works_and_only_who_may_receive() -> None:
    giver = agent(1, 10, 10, live={"Auto": 9, "Home": 1})
    assert moves([giver, agent(2, 0, 10, lines=frozenset({"Home"}))]) == [(1, 2, "Home", 1)]
    assert moves([giver, agent(2, 0, 10, lines=frozenset({"Life"}))]) == []
    assert moves([giver, agent(2, 0, 10, receives=False)]) == []
    assert moves([giver, agent(2, 0, 10, can_hold=1)]) == [(1, 2, "Auto", 1)]


AGENTS = st.lists(
    st.builds(
        lambda live, capacity, can_hold, receives, lines: (live, capacity, can_hold, receives, lines),
        st.dictionaries(st.sampled_from(LINES), st.integers(0, 8)),
        st.integers(0, 10),
        st.integers(0, 6),
        st.booleans(),
        st.frozensets(st.sampled_from(LINES)),
    ),
    max_size=8,
)


@given(AGENTS, st.sampled_from([50.0, 80.0]))
def test_what_is_proposed_can_be_done_and_helps(
    facts: list[tuple[dict[str, int], int, int, bool, frozenset[str]]], target: float
) -> None:
    pool = [
        agent(place, sum(live.values()), capacity, can_hold=can_hold, receives=receives, lines=lines, live=live)
        for place, (live, capacity, can_hold, receives, lines) in enumerate(facts)
    ]
    found = rebalance(pool, target)
    by_id = {one.agent_id: one for one in pool}
    given_away: Counter[AgentId] = Counter()
    taken: Counter[AgentId] = Counter()
    for one in found.suggestions:
        giver, taker = by_id[one.from_agent], by_id[one.to_agent]
        assert 0 < one.leads <= giver.live[one.line]
        assert one.line in taker.lines
        given_away[one.from_agent] += one.leads
        taken[one.to_agent] += one.leads
    assert not set(given_away) & set(taken)
    for agent_id, leads in given_away.items():
        before = by_id[agent_id]
        assert utilization(before.load, before.capacity) > target + 10
        assert before.load - leads >= int(before.capacity * target / 100)
    for agent_id, leads in taken.items():
        before = by_id[agent_id]
        assert before.receives
        assert leads <= before.free
        assert utilization(before.load + leads, before.capacity) <= target
    if abs(pool_utilization(pool) - target) < 5:
        assert not found.suggestions
    assert rebalance(list(reversed(pool)), target) == found
