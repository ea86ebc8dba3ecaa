"""Shifts and time off, also over midnight and on the days when the clock is changed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError
from domain.routing.shift import Shift, TimeOff, on_leave, on_shift

NEW_YORK = "America/New_York"


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _shift(weekday: int, starts: str, ends: str) -> Shift:
    return Shift(weekday=weekday, starts=time.fromisoformat(starts), ends=time.fromisoformat(ends))


def _working_minutes(shift: Shift, zone: str, start: datetime, hours: int) -> list[datetime]:
    minutes = (start + timedelta(minutes=minute) for minute in range(hours * 60))
    return [minute for minute in minutes if on_shift([shift], zone, minute)]


def test_without_shifts_always_on() -> None:
    assert on_shift([], "Europe/Madrid", _utc("2026-03-10T03:00"))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-09T07:59", False),
        ("2026-03-09T08:00", True),
        ("2026-03-09T15:59", True),
        ("2026-03-09T16:00", False),
        ("2026-03-10T09:00", False),
    ],
)
def test_a_shift_runs_in_the_agents_zone_and_ends_just_before_its_end(now: str, expected: bool) -> None:
    monday = _shift(0, "09:00", "17:00")
    assert on_shift([monday], "Europe/Madrid", _utc(now)) is expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-08T23:00", False),
        ("2026-03-09T21:59", False),
        ("2026-03-09T22:00", True),
        ("2026-03-10T05:59", True),
        ("2026-03-10T06:00", False),
        ("2026-03-10T23:00", False),
    ],
)
def test_a_shift_over_midnight_belongs_to_the_day_it_starts_on(now: str, expected: bool) -> None:
    assert on_shift([_shift(0, "22:00", "06:00")], "UTC", _utc(now)) is expected


def test_a_night_from_sunday_runs_into_monday_and_equal_times_are_a_whole_day() -> None:
    assert on_shift([_shift(6, "22:00", "06:00")], "UTC", _utc("2026-03-09T01:00"))
    whole = _shift(0, "08:00", "08:00")
    assert on_shift([whole], "UTC", _utc("2026-03-10T07:59"))
    assert not on_shift([whole], "UTC", _utc("2026-03-10T08:00"))


@pytest.mark.parametrize(
    ("night", "hours"), [("2026-03-07T20:00", 7), ("2026-03-14T20:00", 8), ("2026-10-31T20:00", 9)]
)
def test_a_night_shift_is_shorter_or_longer_when_the_clock_is_changed(night: str, hours: int) -> None:
    working = _working_minutes(_shift(5, "22:00", "06:00"), NEW_YORK, _utc(night), 24)
    assert len(working) == hours * 60


def test_an_hour_that_occurs_twice_neither_interrupts_a_shift_nor_starts_it_again() -> None:
    for starts, ends, hours in (("01:30", "05:00", 4.5), ("00:00", "01:30", 1.5)):
        working = _working_minutes(_shift(6, starts, ends), NEW_YORK, _utc("2026-11-01T00:00"), 24)
        assert len(working) == hours * 60
        assert all(later - earlier == timedelta(minutes=1) for earlier, later in pairwise(working))


def test_a_start_that_is_skipped_counts_from_the_clock_before_the_change() -> None:
    working = _working_minutes(_shift(6, "02:30", "05:00"), NEW_YORK, _utc("2026-03-08T00:00"), 24)
    assert (working[0], len(working)) == (_utc("2026-03-08T07:30"), 90)


@given(
    st.integers(0, 6),
    st.times(),
    st.times(),
    st.integers(0, 1_000_000).map(lambda minute: _utc("2025-01-01T00:00") + timedelta(minutes=minute)),
)
def test_in_utc_a_week_later_is_the_same(weekday: int, starts: time, ends: time, now: datetime) -> None:
    shift = Shift(weekday=weekday, starts=starts, ends=ends)
    since = (now - now.replace(hour=0, minute=0, second=0, microsecond=0)) + timedelta(days=now.weekday() - weekday)
    begin = timedelta(hours=starts.hour, minutes=starts.minute, seconds=starts.second, microseconds=starts.microsecond)
    end = timedelta(hours=ends.hour, minutes=ends.minute, seconds=ends.second, microseconds=ends.microsecond)
    length = end - begin if end > begin else end - begin + timedelta(days=1)
    expected = (since - begin) % timedelta(days=7) < length
    assert on_shift([shift], "UTC", now) is expected
    assert on_shift([shift], "UTC", now + timedelta(days=7)) is expected


def test_leave_lasts_until_just_before_its_end() -> None:
    leave = TimeOff(starts_at=_utc("2026-03-09T00:00"), ends_at=_utc("2026-03-10T00:00"), code="holiday")
    assert not on_leave([leave], _utc("2026-03-08T23:59"))
    assert on_leave([leave], _utc("2026-03-09T00:00"))
    assert not on_leave([leave], _utc("2026-03-10T00:00"))
    assert not on_leave([], _utc("2026-03-09T12:00"))


def test_what_no_week_has_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="weekday"):
        _shift(7, "09:00", "17:00")
    with pytest.raises(InvalidInputError, match="without a zone"):
        Shift(weekday=0, starts=time(9, tzinfo=UTC), ends=time(17))
    with pytest.raises(InvalidInputError, match="ends_at"):
        TimeOff(starts_at=_utc("2026-03-09T00:00"), ends_at=_utc("2026-03-09T00:00"), code="sick")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../UTC"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(InvalidInputError, match="timezone"):
        on_shift([_shift(0, "09:00", "17:00")], zone, _utc("2026-03-09T12:00"))
