"""Calendars at the edges: closing times, lunch, nights, holidays, and days on which clocks are changed."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from domain.errors import ConfigurationError, InvalidInputError
from domain.hours.calendar import Calendar
from domain.hours.hours import ALWAYS
from domain.hours.ical import closed_days
from domain.hours.intersection import Intersection, intersection

_WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
_WEEK = (*_WORKDAYS, "sat", "sun")
_FIVE = timedelta(minutes=5)
NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")


def _calendar(*spans: str, days: tuple[str, ...] = _WORKDAYS, **body: Any) -> Calendar:
    return Calendar.model_validate({"weekly": dict.fromkeys(days, spans), **body})


def _at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


OFFICE = _calendar("09:00-18:00")


def test_a_window_that_crosses_closing_time_goes_on_after_the_weekend() -> None:
    assert OFFICE.add(_at(6, 17, 58), _FIVE) == _at(9, 9, 3)
    assert OFFICE.subtract(_at(9, 9, 3), _FIVE) == _at(6, 17, 58)


def test_time_that_is_used_up_at_the_closing_ends_there() -> None:
    assert OFFICE.add(_at(6, 17, 55), _FIVE) == _at(6, 18)
    assert OFFICE.subtract(_at(9, 9, 5), _FIVE) == _at(9, 9)


def test_out_of_hours_the_clock_begins_with_the_opening() -> None:
    assert OFFICE.add(_at(7, 12), _FIVE) == _at(9, 9, 5)
    assert OFFICE.add(_at(7, 12), timedelta()) == _at(7, 12)


def test_lunch_is_no_working_time() -> None:
    lunch = _calendar("09:00-12:00", "13:00-18:00")
    assert lunch.add(_at(6, 11, 58), _FIVE) == _at(6, 13, 3)
    assert lunch.between(_at(6, 11), _at(6, 14)) == timedelta(hours=2)
    assert lunch.next_close(_at(6, 10)) == _at(6, 12)


def test_hours_that_touch_or_overlap_are_one_opening() -> None:
    for spans in (("09:00-12:00", "12:00-18:00"), ("09:00-14:00", "11:00-18:00")):
        calendar = _calendar(*spans)
        assert calendar.next_close(_at(6, 10)) == _at(6, 18)
        assert calendar.between(_at(6, 0), _at(7, 0)) == timedelta(hours=9)


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    nights = _calendar("22:00-06:00", days=("fri",))
    assert nights.is_open(_at(7, 5))
    assert not nights.is_open(_at(6, 5))
    assert nights.add(_at(6, 23), timedelta(hours=8)) == _at(13, 23)


def test_round_the_clock_never_closes_at_midnight() -> None:
    for calendar in (Calendar(always=True), _calendar("00:00-24:00", days=_WEEK)):
        assert calendar.next_close(_at(6, 12)) is None
        assert calendar.add(_at(6, 23, 58), _FIVE) == _at(7, 0, 3)
        assert calendar.is_open(_at(7, 0))


def test_holidays_and_own_dates_close_and_half_days_shorten() -> None:
    calendar = _calendar(
        "09:00-18:00",
        holidays={"country": "US"},
        dates={"2026-12-24": ["09:00-12:00"], "2026-12-31": [], "2026-01-01": ["10:00-11:00"]},
    )
    assert calendar.add(_at(24, 11, 58, month=12), _FIVE) == _at(28, 9, 3, month=12)
    assert calendar.between(_at(31, 0, month=12), datetime(2027, 1, 1, 9, tzinfo=UTC)) == timedelta()
    assert calendar.is_open(_at(1, 10, 30, month=1)), "a date of its own wins over the holiday"
    assert not calendar.is_open(_at(3, 12, month=7)), "the fourth of July of 2026 is observed on Friday"


def test_a_year_of_which_no_holidays_are_known_has_none() -> None:
    calendar = _calendar("09:00-18:00", holidays={"country": "US"})
    assert calendar.is_open(datetime(1700, 7, 5, 12, tzinfo=UTC))


@pytest.mark.parametrize(("day", "hours"), [(8, 23), (9, 24)])
def test_a_whole_day_has_the_hours_that_it_has_in_spring(day: int, hours: int) -> None:
    calendar = _calendar("00:00-24:00", days=_WEEK, time_zone="America/New_York")
    start = datetime(2026, 3, day, tzinfo=NEW_YORK)
    end = datetime(2026, 3, day + 1, tzinfo=NEW_YORK)
    assert calendar.between(start, end) == timedelta(hours=hours)


def test_a_whole_day_has_25_hours_in_autumn() -> None:
    calendar = _calendar("00:00-24:00", days=("sun",), time_zone="Europe/Berlin")
    assert calendar.between(_at(24, 0, month=10), _at(27, 0, month=10)) == timedelta(hours=25)


def test_a_shift_that_begins_in_the_hour_that_is_skipped_begins_after_it() -> None:
    calendar = _calendar("02:30-05:00", days=("sun",), time_zone="America/New_York")
    assert calendar.next_open(_at(8, 6)) == datetime(2026, 3, 8, 3, 30, tzinfo=NEW_YORK).astimezone(UTC)


def test_a_shift_through_the_hour_that_comes_twice_has_both() -> None:
    calendar = _calendar("02:00-03:00", days=("sun",), time_zone="Europe/Berlin")
    assert calendar.between(_at(25, 0, month=10), _at(26, 0, month=10)) == timedelta(hours=2)
    calendar = _calendar("02:30-02:45", days=("sun",), time_zone="Europe/Berlin")
    assert calendar.between(_at(25, 0, month=10), _at(26, 0, month=10)) == timedelta(hours=1, minutes=15)


def test_a_zone_that_changes_its_clock_at_midnight() -> None:
    calendar = _calendar("00:00-24:00", days=_WEEK, time_zone="America/Sao_Paulo")
    start, end = datetime(2018, 11, 3, 12, tzinfo=UTC), datetime(2018, 11, 5, 12, tzinfo=UTC)
    assert calendar.between(start, end) == timedelta(hours=48)


def test_leap_days_are_days() -> None:
    calendar = _calendar("09:00-17:00", days=("tue",))
    assert calendar.is_open(datetime(2028, 2, 29, 12, tzinfo=UTC))


def test_local_hours_follow_the_clock() -> None:
    office = _calendar("09:00-18:00", days=_WEEK, time_zone="Europe/Berlin")
    assert office.next_open(_at(28, 20)) == datetime(2026, 3, 29, 9, tzinfo=BERLIN).astimezone(UTC)
    assert office.between(_at(28, 8), _at(29, 7)) == timedelta(hours=9)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"weekly": {"mon": ["9-17"]}}, "9-17"),
        ({"weekly": {"mon": ["09:00-24:30"]}}, "24:30"),
        ({"weekly": {"monday": ["09:00-17:00"]}}, "monday"),
        ({"weekly": {"mon": []}}, "no open hours"),
        ({"always": True, "weekly": {"mon": ["09:00-17:00"]}}, "always"),
        ({"always": True, "time_zone": "Mars/Base"}, "Mars/Base"),
        ({"always": True, "holidays": {"country": "XX"}}, "XX"),
        ({"always": True, "holidays": {"country": "US", "subdivision": "ZZ"}}, "ZZ"),
    ],
)
def test_what_is_wrong_is_named(body: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        Calendar.model_validate(body)


def test_hours_that_never_open_are_an_error_and_not_a_loop() -> None:
    never = Intersection(_calendar("09:00-10:00"), _calendar("11:00-12:00"))
    for ask in (never.next_open, lambda at: never.subtract(at, _FIVE)):
        with pytest.raises(ConfigurationError, match="never opens"):
            ask(_at(6, 12))


def test_a_naive_instant_is_refused() -> None:
    for hours in (OFFICE, ALWAYS):
        with pytest.raises(InvalidInputError, match="aware"):
            hours.add(_at(6, 12).replace(tzinfo=None), _FIVE)


def test_an_intersection_with_always_is_the_other() -> None:
    assert intersection(ALWAYS, OFFICE) is OFFICE
    assert intersection(ALWAYS, ALWAYS) is ALWAYS


def test_a_feed_closes_its_all_day_events() -> None:
    feed = "\r\n".join(
        [
            *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"),
            *("BEGIN:VEVENT", "UID:1", "DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227", "END:VEVENT"),
            *("BEGIN:VEVENT", "UID:2", "DTSTART;VALUE=DATE:20200501", "RRULE:FREQ=YEARLY", "END:VEVENT"),
            *("BEGIN:VEVENT", "UID:3", "DTSTART:20260706T090000Z", "DTEND:20260706T100000Z", "END:VEVENT"),
            *("END:VCALENDAR", ""),
        ]
    )
    assert closed_days(feed, date(2026, 1, 1), date(2026, 12, 31)) == {
        date(2026, 5, 1),
        *(date(2026, 12, day) for day in (24, 25, 26)),
    }


def test_what_is_no_feed_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="iCalendar"):
        closed_days("closed on Mondays", date(2026, 1, 1), date(2026, 12, 31))


def test_calendars_stay_equal_when_one_was_asked() -> None:
    asked, other = _calendar("09:00-18:00"), _calendar("09:00-18:00")
    asked.is_open(_at(6, 12))
    assert asked == other


def test_a_copy_with_other_hours_has_those() -> None:
    OFFICE.is_open(_at(6, 12))
    copied = OFFICE.model_copy(update={"weekly": {"sun": ("10:00-11:00",)}})
    assert not copied.is_open(_at(6, 12))
    assert copied.is_open(_at(8, 10))
    assert OFFICE.is_open(_at(6, 12))


@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_time_are_an_answer_or_an_error_but_no_crash(at: datetime) -> None:
    for ask in (OFFICE.next_open, lambda at: OFFICE.add(at, _FIVE), lambda at: OFFICE.subtract(at, _FIVE)):
        with suppress(ConfigurationError):
            ask(at)


def test_a_deadline_years_ahead() -> None:
    assert OFFICE.add(_at(6, 9), timedelta(hours=9 * 5 * 52 * 30)) == datetime(2056, 1, 27, 18, tzinfo=UTC)
