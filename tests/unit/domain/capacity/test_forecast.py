"""The forecast: intervals that hold what they promise, and no numbers out of thin air."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.capacity.estimate import estimate
from domain.capacity.forecast import Forecast, Handling, History, forecast
from domain.capacity.pool import AgentLoad
from domain.ids import AgentId
from tests.unit.domain.capacity.weeks import MONDAY, UTC, completed, count, instants

WEEKS = 8
NOW = MONDAY + timedelta(weeks=WEEKS, hours=9)


def agents(number: int, *, load: int = 0, capacity: int = 5) -> list[AgentLoad]:
    return [
        AgentLoad(
            agent_id=AgentId(UUID(int=place)),
            name=f"agent {place}",
            load=load,
            capacity=capacity,
            can_hold=50,
            receives=True,
            lines=frozenset({"Auto"}),
            live={"Auto": load},
        )
        for place in range(number)
    ]


def history(source: random.Random, *, handled: int = 400, mean_hours: float = 0.5) -> History:
    arrivals = instants(source, MONDAY, (NOW - MONDAY) / timedelta(hours=1))
    handling = Handling(leads=handled, mean_hours=mean_hours, deviation_hours=mean_hours)
    return History(since=MONDAY, arrivals=count(arrivals), handling=handling)


def ahead(past: History, pool: list[AgentLoad], *, hours: int = 8, waiting: int = 0) -> Forecast:
    return forecast(past, pool, waiting, now=NOW, hours=hours, zone=UTC)


@pytest.mark.parametrize(("slots", "mean_hours"), [(10, 0.5), (1, 1.0)])
def test_intervals_hold_the_share_that_they_promise(slots: int, mean_hours: float) -> None:
    source, runs = random.Random(11), 200
    inside = {"arrivals": 0, "completions": 0}
    for number in range(runs):
        # Another history every now and then: what is learned from one is as uncertain as what comes after it.
        if number % 5 == 0:
            found = ahead(history(source, mean_hours=mean_hours), agents(slots, capacity=5))
        came = instants(source, NOW, 8)
        done = completed(source, came, NOW, 8, slots=5 * slots, mean_hours=mean_hours)
        assert found.arrivals is not None
        assert found.completions is not None
        inside["arrivals"] += found.arrivals.low <= len(came) <= found.arrivals.high
        inside["completions"] += found.completions.low <= done <= found.completions.high
    assert 0.75 < inside["arrivals"] / runs < 0.92
    assert 0.75 < inside["completions"] / runs < 0.97


def test_a_night_has_fewer_arrivals_than_a_day_and_the_hours_add_up() -> None:
    past = history(random.Random(2))
    day = ahead(past, agents(5))
    night = forecast(past, agents(5), 0, now=NOW + timedelta(hours=11), hours=8, zone=UTC)
    assert day.arrivals is not None
    assert night.arrivals is not None
    assert day.arrivals.expected > 5 * night.arrivals.expected
    assert sum(hour.expected for hour in day.by_hour) == pytest.approx(day.arrivals.expected, abs=0.1)
    assert [hour.starts_at for hour in day.by_hour] == [NOW + timedelta(hours=n) for n in range(8)]


def test_full_pool_free_slots_go_and_leads_wait() -> None:
    found = ahead(history(random.Random(4), mean_hours=2.0), agents(2, load=5, capacity=5), waiting=7)
    assert (found.live_now, found.free_now, found.waiting_now, found.basis.slots) == (10, 0, 7, 10)
    assert found.completions is not None
    assert found.waiting_then is not None
    assert found.completions.expected == pytest.approx(10 * 8 / 2, rel=0.01)
    assert found.waiting_then.low < found.waiting_then.expected < found.waiting_then.high
    assert found.free_then is not None
    assert found.free_then.expected == 0


def test_caps_below_the_load_and_agents_who_take_nothing_have_no_free_slot() -> None:
    on_a_break = replace(agents(1, load=1)[0], agent_id=AgentId(UUID(int=9)), receives=False)
    pool = [*agents(1, load=5, capacity=3), on_a_break]
    found = ahead(history(random.Random(4)), pool)
    assert (found.live_now, found.free_now, found.basis.slots) == (6, 0, 6)


@pytest.mark.parametrize(
    ("days", "leads", "handled", "said"),
    [
        (6.9, 500, 500, ["arrivals: 6.9 days of history with 500 leads", "completions: they depend"]),
        (60, 29, 500, ["arrivals: 60.0 days of history with 29 leads", "completions: they depend"]),
        (60, 500, 29, ["completions: 29 leads"]),
        (0, 0, 0, ["arrivals: 0.0 days of history with 0 leads", "completions: 0 leads"]),
        (7, 30, 30, []),
    ],
)
def test_too_little_history_is_said_and_no_number_invented(
    days: float, leads: int, handled: int, said: list[str]
) -> None:
    past = History(
        since=NOW - timedelta(days=days),
        arrivals={(NOW.date() - timedelta(days=1), 9): leads} if leads else {},
        handling=Handling(leads=handled, mean_hours=0.5, deviation_hours=0.1),
    )
    found = ahead(past, agents(2))
    assert len(found.missing) == len(said)
    assert all(sentence.startswith(start) for sentence, start in zip(found.missing, said, strict=True))
    assert (found.arrivals is None) == (not found.by_hour) == any("arrivals" in start for start in said[:1])
    assert (found.completions is None) == (found.free_then is None) == (found.waiting_then is None) == bool(said)


def test_an_interval_is_that_of_its_distribution() -> None:
    assert estimate(100, 100).model_dump() == {"expected": 100, "low": 87, "high": 113}
    wide = estimate(100, 400)
    assert (wide.low, wide.high) == (75, 126)
    assert estimate(0, 0).model_dump() == {"expected": 0, "low": 0, "high": 0}
    assert estimate(0.02, 0.02).high == 0
