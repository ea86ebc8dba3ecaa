"""Reading iCalendar files: what closes, what is cut out, and what is refused with its line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.errors import InvalidInputError
from domain.hours.calendar import Calendar
from domain.hours.ical import closed_days, dates_from_ical

_FIRST, _LAST = date(2026, 12, 1), date(2026, 12, 31)
_WEEK = ("mon", "tue", "wed", "thu", "fri")
OFFICE = Calendar(time_zone="Europe/Berlin", weekly=dict.fromkeys(_WEEK, ("09:00-12:00", "13:00-18:00")))
NIGHTS = Calendar(time_zone="Europe/Berlin", weekly=dict.fromkeys(_WEEK, ("22:00-06:00",)))


def _file(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *lines, "END:VCALENDAR", ""])


def _event(*lines: str) -> str:
    return _file("BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT")


def _dates(text: str, calendar: Calendar = OFFICE) -> dict[date, tuple[str, ...]]:
    return dates_from_ical(text, calendar, _FIRST, _LAST)


def test_an_all_day_event_closes_its_days_within_the_asked_ones() -> None:
    text = _event("DTSTART;VALUE=DATE:20261230", "DTEND;VALUE=DATE:20270103")
    assert _dates(text) == {date(2026, 12, 30): (), date(2026, 12, 31): ()}


def test_an_event_without_an_end_is_one_day() -> None:
    assert closed_days(_event("DTSTART;VALUE=DATE:20261208"), _FIRST, _LAST) == {date(2026, 12, 8)}


def test_repetitions_and_their_exceptions() -> None:
    text = _event("DTSTART;VALUE=DATE:20200101", "RRULE:FREQ=WEEKLY;BYDAY=TU", "EXDATE;VALUE=DATE:20261215")
    assert closed_days(text, _FIRST, _LAST) == {date(2026, 12, day) for day in (1, 8, 22, 29)}


def test_a_cancelled_event_closes_nothing() -> None:
    assert _dates(_event("DTSTART;VALUE=DATE:20261208", "STATUS:CANCELLED")) == {}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("DTSTART:20261208T140000", "DTEND:20261208T150000"), ("09:00-12:00", "13:00-14:00", "15:00-18:00")),
        (("DTSTART:20261208T090000Z", "DTEND:20261208T170000Z"), ("09:00-10:00",)),
        (("DTSTART:20261208T080000", "DTEND:20261208T183000"), ()),
        (("DTSTART:20261208T143030", "DTEND:20261208T150001"), ("09:00-12:00", "13:00-14:30", "15:01-18:00")),
        (
            ("DTSTART;TZID=America/New_York:20261208T060000", "DURATION:PT90M"),
            ("09:00-12:00", "13:30-18:00"),
        ),
    ],
)
def test_an_event_with_a_time_is_cut_out_of_the_open_hours(lines: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert _dates(_event(*lines)) == {date(2026, 12, 8): expected}


def test_an_event_while_it_is_closed_changes_nothing() -> None:
    assert _dates(_event("DTSTART:20261208T190000", "DTEND:20261208T200000")) == {}
    assert _dates(_event("DTSTART:20261208T140000")) == {}, "it has no duration"


def test_an_event_over_several_days_leaves_the_ends() -> None:
    assert _dates(_event("DTSTART:20261208T140000", "DTEND:20261210T100000")) == {
        date(2026, 12, 8): ("09:00-12:00", "13:00-14:00"),
        date(2026, 12, 9): (),
        date(2026, 12, 10): ("10:00-12:00", "13:00-18:00"),
    }


def test_what_is_left_of_a_night_begins_on_the_next_day() -> None:
    dates = _dates(_event("DTSTART:20261208T230000", "DTEND:20261209T010000"), NIGHTS)
    assert dates == {date(2026, 12, 8): ("22:00-23:00",), date(2026, 12, 9): ("01:00-06:00", "22:00-06:00")}


def test_a_day_is_closed_and_the_rest_of_the_night_before_it_stays() -> None:
    text = _file(
        *("BEGIN:VEVENT", "UID:1", "DTSTART;VALUE=DATE:20261209", "END:VEVENT"),
        *("BEGIN:VEVENT", "UID:2", "DTSTART:20261208T230000", "DTEND:20261209T010000", "END:VEVENT"),
    )
    assert _dates(text, NIGHTS) == {date(2026, 12, 8): ("22:00-23:00",), date(2026, 12, 9): ("01:00-06:00",)}


def test_the_dates_go_into_the_calendar() -> None:
    text = _event("DTSTART:20261208T235900", "DTEND:20261209T000000")
    always = Calendar(always=True)
    dates = _dates(text, always)
    assert dates == {date(2026, 12, 8): ("00:00-23:59",)}
    closed = always.model_copy(update={"dates": dates})
    minute = datetime(2026, 12, 8, 23, 59, tzinfo=UTC)
    assert closed.next_open(minute) == minute + timedelta(minutes=1)
    assert closed.between(minute, minute + timedelta(days=400)) == timedelta(days=400) - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, "no BEGIN:VCALENDAR"),
        ("<html>\n<p>Sign in</p>\n", 1, "'<html>' is not NAME:value"),
        ("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261208\nEND:VEVENT\n", 1, "no BEGIN:VCALENDAR"),
        (_event("DTSTART;VALUE=DATE:20261208").split("END:")[0], 4, "has no END"),
        (_file("END:VEVENT"), 4, "ends nothing"),
        (_file() + _file(), 5, "second calendar"),
        (_event("DTSTART;VALUE=DATE:20261208", "nonsense here"), 7, "'nonsense here' is not NAME:value"),
        (_event("SUMMARY:no start"), 4, "no DTSTART"),
        (_event("SUMMARY:x", "DTSTART;VALUE=DATE:2026-12-08"), 7, "DTSTART"),
        (_event("DTSTART;VALUE=DATE:20261208", "RRULE:FREQ=SOMETIMES"), 7, "RRULE"),
        (_event("DTSTART:20261208T100000Z", "RRULE:FREQ=SECONDLY"), 7, "more often than daily"),
        (_event("DTSTART;TZID=Mars/Base:20261208T100000"), 6, "'Mars/Base' is no time zone"),
        (_event("DTSTART:20261208T100000Z", "DTEND:20261208T090000Z"), 7, "ends before it starts"),
        (_event("DTSTART:20261208T100000Z", "DTEND:20261208T110000"), 7, "only one of"),
        (_event("DTSTART;VALUE=DATE:20261208", "DTEND:20261209T100000Z"), 4, ""),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        _dates(text)
    assert refused.value.field == "ical"
    assert refused.value.problem.startswith(f"line {line}: ")
    assert problem in refused.value.problem
