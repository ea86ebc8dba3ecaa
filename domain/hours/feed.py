"""The events of an iCalendar file (RFC 5545), read strictly: what cannot be understood is refused with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import icalendar
from recurring_ical_events import of as occurrences_of

from domain.errors import InvalidInputError

_CONTENT_LINE = re.compile(r"[A-Za-z0-9-]+[:;]")
_TOO_OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event, or one of its repetitions: dates for whole days, instants else; `ends` is not included.

    An instant without a time zone is meant in the reader's own.
    """

    starts: date
    ends: date


@dataclass(slots=True)
class _Lines:
    """Where an event begins, and where its properties are."""

    begins: int
    properties: dict[str, int] = field(default_factory=dict)

    def of(self, name: object) -> int:
        return self.properties.get(str(name).upper(), self.begins)


def occurrences(text: str, first: date, last: date) -> list[Occurrence]:
    """What takes place on the days from `first` to `last`, also in part; cancelled events are left out.

    Raises InvalidInputError, with the line, for a text that is not one calendar, for an event without a start, with
    an unknown time zone or with an end before its start, and for one that is repeated more often than daily.
    """
    places = _places(text)
    try:
        calendar = icalendar.Calendar.from_ical(text)
    except (ValueError, KeyError, IndexError) as error:
        raise _wrong(1, f"the calendar cannot be read ({error})") from error
    for event, lines in zip(calendar.events, places, strict=True):
        _check(event, lines)
    try:
        events = occurrences_of(calendar).between(first, last + timedelta(days=1))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise _wrong(1, f"the repetitions cannot be worked out ({error})") from error
    return [Occurrence(one.start, one.end) for one in events if one.get("STATUS") != "CANCELLED"]


def _places(text: str) -> list[_Lines]:
    events: list[_Lines] = []
    opened: list[tuple[str, int]] = []
    calendars = 0
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        # A line that begins with a blank continues the one before.
        if not line.strip() or line[0] in " \t":
            continue
        if not _CONTENT_LINE.match(line):
            raise _wrong(number, f"{line[:40]!r} is not NAME:value")
        name, value = re.split("[:;]", line, maxsplit=1)
        name, value = name.upper(), value.strip().upper()
        if name == "BEGIN":
            opened.append((value, number))
            calendars += value == "VCALENDAR"
            if calendars > 1:
                raise _wrong(number, "a second calendar begins; give one after the other")
            if value == "VEVENT":
                events.append(_Lines(number))
        elif name == "END":
            if not opened or opened.pop()[0] != value:
                raise _wrong(number, f"END:{value} ends nothing that was begun")
        elif opened and opened[-1][0] == "VEVENT":
            events[-1].properties.setdefault(name, number)
    if opened:
        raise _wrong(opened[-1][1], f"BEGIN:{opened[-1][0]} has no END; the file is not whole")
    if not calendars:
        raise _wrong(1, "there is no BEGIN:VCALENDAR")
    return events


def _check(event: icalendar.Event, lines: _Lines) -> None:
    for name, problem in event.errors:
        raise _wrong(lines.of(name), f"{name}: {problem}")
    if "DTSTART" not in event:
        raise _wrong(lines.begins, "the event has no DTSTART")
    try:
        starts, ends = event.start, event.end
    except ValueError as error:
        raise _wrong(lines.begins, str(error)) from error
    for name in ("DTSTART", "DTEND"):
        value = event.get(name)
        if isinstance(value, icalendar.vDDDTypes) and "TZID" in value.params and _floats(value.dt):
            zone = value.params["TZID"]
            raise _wrong(lines.of(name), f"{zone!r} is no time zone; give an IANA name or its VTIMEZONE")
    if isinstance(starts, datetime) and _floats(starts) != _floats(ends):
        raise _wrong(lines.of("DTEND"), "only one of DTSTART and DTEND has a time zone; give both one, or neither")
    if ends < starts:
        raise _wrong(lines.of("DTEND"), "the event ends before it starts")
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        if _TOO_OFTEN.intersection(str(one).upper() for one in rule.get("FREQ", ())):
            raise _wrong(lines.of("RRULE"), "the event is repeated more often than daily; leave it out")


def _floats(at: object) -> bool:
    return isinstance(at, datetime) and at.tzinfo is None


def _wrong(line: int, problem: str) -> InvalidInputError:
    return InvalidInputError("ical", f"line {line}: {problem}; correct it there, or export the iCalendar file anew")
