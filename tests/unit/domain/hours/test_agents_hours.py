"""Shifts and time off as hours, and what is outside of absences."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from domain.errors import ConfigurationError, InvalidInputError
from domain.hours.calendar import Calendar
from domain.hours.hours import ALWAYS
from domain.hours.intersection import intersection
from domain.hours.interval import Interval
from domain.hours.outside import Outside
from domain.hours.shift_hours import shift_hours
from domain.routing.shift import Shift, TimeOff

_FIVE = timedelta(minutes=5)


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def _off(start: datetime, end: datetime) -> TimeOff:
    return TimeOff(starts_at=start, ends_at=end, code="vacation")


LATE = [Shift(weekday=day, starts=time(14), ends=time(22)) for day in range(5)]


def test_without_shifts_and_time_off_always() -> None:
    assert shift_hours([], "Europe/Madrid") is ALWAYS


def test_time_off_stops_the_clock_within_a_shift() -> None:
    hours = shift_hours(LATE, "UTC", [_off(_at(9, 15), _at(9, 16)), _off(_at(9, 15, 30), _at(9, 17))])
    assert hours.add(_at(9, 14, 58), _FIVE) == _at(9, 17, 3)
    assert hours.subtract(_at(9, 17, 3), _FIVE) == _at(9, 14, 58)
    assert hours.next_close(_at(9, 14)) == _at(9, 15)


def test_a_vacation_without_shifts() -> None:
    hours = shift_hours([], "UTC", [_off(_at(9, 0), _at(16, 0))])
    assert hours.next_open(_at(10, 12)) == _at(16, 0)
    assert hours.add(_at(8, 23, 58), _FIVE) == _at(16, 0, 3)
    assert hours.next_close(_at(20, 0)) is None


def test_the_agents_shift_within_the_teams_hours() -> None:
    team = Calendar.model_validate({"weekly": dict.fromkeys(("mon", "tue"), ("09:00-18:00",))})
    hours = intersection(shift_hours(LATE, "UTC"), team)
    assert hours.add(_at(9, 17, 58), _FIVE) == _at(10, 14, 3)
    assert hours.next_open(_at(10, 18)) == _at(16, 14)


def test_who_never_comes_back_has_no_hours() -> None:
    gone = shift_hours(LATE, "UTC", [_off(_at(9, 0), datetime.max.replace(tzinfo=UTC))])
    assert gone.subtract(_at(10, 0), _FIVE) == _at(6, 21, 55)
    with pytest.raises(ConfigurationError, match="never opens"):
        gone.add(_at(10, 0), _FIVE)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="Mars/Base"):
        shift_hours(LATE, "Mars/Base")


def test_absences_that_leave_nothing() -> None:
    always = Interval(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    nothing = Outside([always])
    for ask in (nothing.next_open, lambda at: nothing.subtract(at, _FIVE)):
        with pytest.raises(ConfigurationError, match="never opens"):
            ask(_at(9, 12))
