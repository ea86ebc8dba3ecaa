"""Hours at any time of day, also while clocks are changed, against a reference that looks at every minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.hours.calendar import Calendar
from domain.hours.shift_hours import shift_hours
from domain.routing.shift import Shift, TimeOff, on_leave, on_shift
from tests.unit.domain.hours.wall_clock import MINUTE, open_minutes

_TWO_DAYS = timedelta(days=2)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# By zone: an hour in spring and in autumn, half an hour, at midnight, midnight twice, a day left out, a leap day.
_CHANGES = [
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 2, 18, 2, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 11, 1, 5, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ("Europe/Madrid", datetime(2028, 2, 29, 12, tzinfo=UTC)),
]
_changes = st.sampled_from(_CHANGES)
# Most in the hours in which clocks are changed, since that is where it goes wrong.
_minutes = st.one_of(*[st.integers(0, 3 * 60)] * 3, st.integers(22 * 60, 24 * 60 - 1), st.integers(0, 24 * 60 - 1))
_clock = _minutes.map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
_spans = st.lists(st.tuples(_clock, st.one_of(_clock, _clock, st.just("24:00"))).map("-".join), max_size=2)


@st.composite
def _calendars(draw: st.DrawFn, zone: str, around: datetime) -> Calendar:
    weekly = {day: draw(_spans) for day in _DAYS}
    weekly[_DAYS[(around.weekday() + 3) % 7]] = ["08:00-20:00"]
    near = st.integers(-2, 2).map(lambda days: around.date() + timedelta(days=days))
    dates = draw(st.dictionaries(near, _spans, max_size=2))
    return Calendar.model_validate({"time_zone": zone, "weekly": weekly, "dates": dates})


def _opened(calendar: Calendar, around: datetime) -> set[datetime]:
    opened: set[datetime] = set()
    for interval in calendar.after(around - _TWO_DAYS):
        if interval.starts_at >= around + _TWO_DAYS:
            break
        minutes = (interval.ends_at - interval.starts_at) // MINUTE
        opened.update(interval.starts_at + number * MINUTE for number in range(minutes))
    return {one for one in opened if abs(one - around) < _TWO_DAYS}


@settings(max_examples=100, deadline=None)
@given(data=st.data(), change=_changes, offset=st.integers(-36 * 60, 36 * 60), minutes=st.integers(0, 2000))
def test_as_the_wall_clock_shows_it(
    data: st.DataObject, change: tuple[str, datetime], offset: int, minutes: int
) -> None:
    zone, around = change
    calendar = data.draw(_calendars(zone, around))
    reference = open_minutes(calendar, around)
    assert _opened(calendar, around) == {one for one in reference.opened if abs(one - around) < _TWO_DAYS}
    at, amount = around + offset * MINUTE, minutes * MINUTE
    assert calendar.is_open(at) is (at in reference.opened)
    assert calendar.between(at, at + amount) == reference.between(at, at + amount)
    assert calendar.between(at + amount, at) == -reference.between(at, at + amount)
    opens = reference.next(at, is_open=True)
    assert opens is None or calendar.next_open(at) == opens
    closes = reference.next(opens, is_open=False) if opens else None
    assert closes is None or calendar.next_close(at) == closes
    later, earlier = reference.add(at, minutes), reference.subtract(at, minutes)
    assert later is None or calendar.add(at, amount) == later
    assert earlier is None or calendar.subtract(at, amount) == earlier


@settings(max_examples=100, deadline=None)
@given(
    data=st.data(),
    change=_changes,
    offset=st.integers(-36 * 60, 36 * 60),
    seconds=st.integers(0, 10**7),
    more=st.integers(0, 10**6),
)
def test_what_is_added_is_what_lies_between(
    data: st.DataObject, change: tuple[str, datetime], offset: int, seconds: int, more: int
) -> None:
    zone, around = change
    calendar = data.draw(_calendars(zone, around))
    at, amount = around + offset * MINUTE, timedelta(seconds=seconds)
    deadline, begin = calendar.add(at, amount), calendar.subtract(at, amount)
    assert calendar.between(at, deadline) == amount == calendar.between(begin, at)
    assert calendar.add(deadline, timedelta(seconds=more)) == calendar.add(at, timedelta(seconds=seconds + more))
    assert calendar.add(at, -amount) == begin
    back = calendar.subtract(deadline, amount)
    assert calendar.between(back, at) == timedelta(), "the same instant, but for time that is closed"
    if seconds and calendar.is_open(at):
        assert back == at


def _has_every_day(change: tuple[str, datetime]) -> bool:
    # `on_shift` looks at the day before; the night before a day that Samoa left out began two days before.
    return change[0] != "Pacific/Apia"


@st.composite
def _shifts(draw: st.DrawFn) -> Shift:
    starts, ends = (time.fromisoformat(draw(_clock)) for _ in range(2))
    return Shift(weekday=draw(st.integers(0, 6)), starts=starts, ends=ends)


@st.composite
def _time_off(draw: st.DrawFn, around: datetime) -> TimeOff:
    starts = around + draw(st.integers(-3000, 3000)) * MINUTE
    return TimeOff(starts_at=starts, ends_at=starts + draw(st.integers(1, 2000)) * MINUTE, code="vacation")


@settings(max_examples=100, deadline=None)
@given(data=st.data(), change=_changes.filter(_has_every_day), shifts=st.lists(_shifts(), max_size=5))
def test_an_agents_hours_are_the_shifts_without_the_time_off(
    data: st.DataObject, change: tuple[str, datetime], shifts: list[Shift]
) -> None:
    zone, around = change
    time_off = data.draw(st.lists(_time_off(around), max_size=3))
    hours = shift_hours(shifts, zone, time_off)
    for number in range(-30, 30):
        at = around + number * 61 * MINUTE
        assert hours.is_open(at) is (on_shift(shifts, zone, at) and not on_leave(time_off, at))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),
        ("America/Sao_Paulo", date(2018, 2, 17), 25),
        ("America/Havana", date(2026, 11, 1), 25),
        ("America/Havana", date(2026, 10, 31), 24),
    ],
)
def test_a_whole_day_is_as_long_as_it_is(zone: str, day: date, hours: float) -> None:
    calendar = Calendar.model_validate(
        {"time_zone": zone, "weekly": {_DAYS[day.weekday()]: ["00:00-24:00"]}, "dates": {}}
    )
    noon = datetime.combine(day, time(12), UTC)
    assert calendar.between(noon - timedelta(days=3), noon + timedelta(days=3)) == timedelta(hours=hours)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
def test_every_night_is_whole_for_a_year(zone: str) -> None:
    nights = Calendar.model_validate({"time_zone": zone, "weekly": dict.fromkeys(_DAYS, ("18:00-17:00",))})
    start = datetime.combine(date(2026, 3, 1), time(17, 30), ZoneInfo(zone)).astimezone(UTC)
    for number in range(365):
        at = start + timedelta(days=number)
        assert nights.between(at, at + timedelta(days=1)) == timedelta(hours=23)
        assert nights.next_close(at) == at + timedelta(hours=23, minutes=30)
        assert nights.subtract(at, timedelta(hours=23)) == at - timedelta(hours=23, minutes=30)
