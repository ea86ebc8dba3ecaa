"""Work as it flows."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.capacity.workload import Inflow, work_off
from tests.unit.domain.capacity.weeks import MONDAY, completed, instants

A_DAY = [Inflow(leads=4.0, hours=1.0)] * 24


def test_with_room_for_all_it_settles_at_arrivals_times_hours() -> None:
    flow = work_off(0, A_DAY, slots=100, mean_hours=0.5)
    assert flow.present == pytest.approx(2.0, abs=1e-6)
    assert flow.completed == pytest.approx(24 * 4 - 2, abs=1e-6)


def test_too_few_slots_finish_what_they_can_and_the_rest_waits() -> None:
    flow = work_off(10, A_DAY, slots=2, mean_hours=1.0)
    assert flow.completed == pytest.approx(48)
    assert flow.present == pytest.approx(10 + 96 - 48)


def test_nobody_at_work_finishes_nothing() -> None:
    assert work_off(3, A_DAY, slots=0, mean_hours=1.0).completed == 0


def test_live_work_runs_out_as_exponential_times_do() -> None:
    assert work_off(10, [Inflow(leads=0, hours=1.0)], slots=10, mean_hours=1.0).present == pytest.approx(3.679, abs=0.1)


@given(
    present=st.integers(0, 50),
    leads=st.lists(st.floats(0, 40), min_size=1, max_size=5),
    slots=st.integers(0, 30),
    mean_hours=st.floats(0.01, 20),
)
def test_no_lead_is_lost_or_made(present: int, leads: list[float], slots: int, mean_hours: float) -> None:
    flow = work_off(present, [Inflow(leads=some, hours=0.5) for some in leads], slots=slots, mean_hours=mean_hours)
    assert flow.present >= 0
    assert flow.completed >= -1e-9
    assert flow.completed + flow.present == pytest.approx(present + sum(leads))


@pytest.mark.parametrize(("slots", "mean_hours"), [(40, 1.0), (4, 1.0), (10, 0.3)])
def test_it_agrees_with_a_simulated_queue(slots: int, mean_hours: float) -> None:
    source, hours = random.Random(5), 9
    start = MONDAY.replace(hour=9)
    done = [
        completed(source, instants(source, start, hours), start, hours, slots=slots, mean_hours=mean_hours)
        for _ in range(300)
    ]
    flow = work_off(0, [Inflow(leads=6.0, hours=1.0)] * hours, slots=slots, mean_hours=mean_hours)
    assert flow.completed == pytest.approx(sum(done) / len(done), rel=0.06)
