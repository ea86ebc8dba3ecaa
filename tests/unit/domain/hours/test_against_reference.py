"""Working time against a reference that counts minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.hours.calendar import Calendar
from domain.hours.intersection import Intersection
from tests.unit.domain.hours.slow_reference import MINUTE, add, between, open_at, subtract

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata")
# Both changes of the clock in each hemisphere, a leap day, a turn of the year.
_AROUND = [
    datetime(2026, 3, 8, 6, tzinfo=UTC),
    datetime(2026, 11, 1, 5, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2026, 10, 3, 15, tzinfo=UTC),
    datetime(2028, 2, 29, 12, tzinfo=UTC),
    datetime(2026, 12, 31, 23, tzinfo=UTC),
]
# Away from the hours in which clocks are changed: what happens there has tests of its own.
_times = st.integers(4 * 4, 23 * 4 + 3).map(lambda quarters: f"{quarters // 4:02}:{quarters % 4 * 15:02}")
_ends = st.one_of(_times, st.just("24:00"))
_spans = st.lists(st.tuples(_times, _ends).map("-".join), max_size=3).map(tuple)


@st.composite
def _calendars(draw: st.DrawFn) -> Calendar:
    weekly = {day: draw(_spans) for day in _DAYS}
    assume(any(weekly.values()))
    near = draw(st.sampled_from(_AROUND)).date()
    dates = {near + timedelta(days=draw(st.integers(-2, 2))): draw(_spans)} if draw(st.booleans()) else {}
    return Calendar.model_validate({"time_zone": draw(st.sampled_from(_ZONES)), "weekly": weekly, "dates": dates})


_instants = st.builds(
    lambda around, minutes: around + timedelta(minutes=minutes),
    st.sampled_from(_AROUND),
    st.integers(-2 * 24 * 60, 2 * 24 * 60),
)


@settings(max_examples=60, deadline=None)
@given(calendar=_calendars(), at=_instants, minutes=st.integers(0, 900))
def test_adding_and_subtracting(calendar: Calendar, at: datetime, minutes: int) -> None:
    amount = minutes * MINUTE
    assert calendar.add(at, amount) == add(calendar, at, minutes)
    assert calendar.subtract(at, amount) == subtract(calendar, at, minutes)
    assert calendar.between(at, calendar.add(at, amount)) == amount
    assert calendar.between(calendar.subtract(at, amount), at) == amount


@settings(max_examples=60, deadline=None)
@given(calendar=_calendars(), at=_instants, minutes=st.integers(0, 3000))
def test_between_open_and_next(calendar: Calendar, at: datetime, minutes: int) -> None:
    end = at + minutes * MINUTE
    assert calendar.between(at, end) == between(calendar, at, end) * MINUTE
    assert calendar.between(end, at) == -calendar.between(at, end)
    assert calendar.is_open(at) == open_at(calendar, at)
    opens = calendar.next_open(at)
    assert open_at(calendar, opens)
    assert between(calendar, at, opens) == 0


@settings(max_examples=40, deadline=None)
@given(one=_calendars(), other=_calendars(), at=_instants, minutes=st.integers(1, 200))
def test_an_intersection_is_open_when_both_are(one: Calendar, other: Calendar, at: datetime, minutes: int) -> None:
    both = Intersection(one, other)
    week = [at + timedelta(minutes=37 * step) for step in range(270)]
    expected = [open_at(one, instant) and open_at(other, instant) for instant in week]
    assume(any(expected))
    assert [both.is_open(instant) for instant in week[:60]] == expected[:60]
    amount = minutes * MINUTE
    assert both.between(at, both.add(at, amount)) == amount
    assert both.between(both.subtract(at, amount), at) == amount
