"""Rates learned from counts."""

from __future__ import annotations

import random
from datetime import UTC as INSTANT
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.capacity.arrivals import learn_rates
from domain.capacity.local_hours import local_hours
from tests.unit.domain.capacity.weeks import MONDAY, UTC, count, hourly, instants


def test_many_weeks_give_the_rates_of_each_hour_of_the_week() -> None:
    weeks = 200
    arrivals = instants(random.Random(1), MONDAY, weeks * 168)
    rates = learn_rates(count(arrivals), MONDAY, MONDAY + timedelta(weeks=weeks), UTC)
    for (weekday, hour), rate in rates.by_hour.items():
        assert rate.mean == pytest.approx(hourly(weekday, hour), abs=0.6)
    assert rates.dispersion < 1.1


def test_counts_that_agree_with_each_other_are_kept_as_they_are() -> None:
    counts = {(date(2026, 3, 2) + timedelta(days=day), hour): 3 for day in range(14) for hour in range(24)}
    rates = learn_rates(counts, MONDAY, MONDAY + timedelta(weeks=2), UTC)
    assert {round(rate.mean, 9) for rate in rates.by_hour.values()} == {3.0}
    assert rates.dispersion == 1.0


def test_one_week_is_believed_only_in_part() -> None:
    """One lead in one hour of one week: that hour gets less than one, hours like it some, the others hardly any."""
    rates = learn_rates({(date(2026, 3, 2), 9): 1}, MONDAY, MONDAY + timedelta(weeks=1), UTC)
    seen, others = rates.by_hour[0, 9].mean, [rates.by_hour[0, 10].mean, rates.by_hour[1, 9].mean]
    assert 1 / 3 < seen < 0.7
    assert all(0 < other < seen for other in others)
    assert rates.by_hour[3, 3].mean < min(others)


def test_no_arrivals_at_all_are_a_rate_of_zero() -> None:
    rates = learn_rates({}, MONDAY, MONDAY + timedelta(weeks=3), UTC)
    assert {rate.mean for rate in rates.by_hour.values()} == {0.0}


def test_days_that_differ_more_than_by_chance_widen_the_variance() -> None:
    source = random.Random(3)
    calm, wild = [], []
    for day in range(56):
        start = MONDAY + timedelta(days=day)
        calm += instants(source, start, 24)
        wild += instants(source, start, 24, busier=source.choice([0.4, 1.6]))
    end = MONDAY + timedelta(weeks=8)
    hours = list(local_hours(end, end + timedelta(hours=8), UTC))
    quiet, loud = (learn_rates(count(arrivals), MONDAY, end, UTC) for arrivals in (calm, wild))
    assert quiet.dispersion < 1.8
    assert loud.dispersion > 3
    assert loud.variance(hours) > 2 * quiet.variance(hours)


def test_hours_are_those_of_the_time_zone_and_add_up_when_the_clocks_change() -> None:
    madrid = ZoneInfo("Europe/Madrid")
    start = datetime(2026, 3, 28, 22, 30, tzinfo=INSTANT)
    hours = list(local_hours(start, start + timedelta(hours=5), madrid))
    assert [(hour.day.day, hour.hour, hour.length) for hour in hours] == [
        (28, 23, 0.5),
        (29, 0, 1.0),
        (29, 1, 1.0),
        (29, 3, 1.0),
        (29, 4, 1.0),
        (29, 5, 0.5),
    ]
    autumn = list(
        local_hours(datetime(2026, 10, 25, tzinfo=INSTANT), datetime(2026, 10, 25, 2, tzinfo=INSTANT), madrid)
    )
    assert [hour.hour for hour in autumn] == [2, 2]
