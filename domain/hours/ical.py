"""Closed days and hours from an iCalendar file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.hours.calendar import Calendar
from domain.hours.feed import Occurrence, occurrences
from domain.hours.spans import span

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_Stretch = tuple[datetime, datetime]
"""By the wall clock of the calendar's zone."""


def closed_days(text: str, first: date, last: date) -> frozenset[date]:
    """The days from `first` to `last` that an all-day event of the file covers, repetitions included (RFC 5545).

    Events with a time of day close none. Raises InvalidInputError, with the line, for a text that cannot be read.
    """
    return _closed(occurrences(text, first, last), first, last)


def dates_from_ical(text: str, calendar: Calendar, first: date, last: date) -> dict[date, tuple[str, ...]]:
    """What the file makes of the calendar's days from `first` to `last`, to be put into its `dates`.

    An all-day event closes its days. One with a time of day is cut, in whole minutes, out of what the calendar has
    open; days that it leaves as they are are not listed. What is cut out of the night before `first` lists that day
    too. Raises InvalidInputError, with the line, for a text that cannot be read.
    """
    events = occurrences(text, first, last)
    closed = _closed(events, first, last)
    cuts = [
        (max(start, datetime.combine(first, time())), min(end, datetime.combine(last + _DAY, time())))
        for start, end in _timed(events, ZoneInfo(calendar.time_zone))
    ]
    touched = {day for start, end in cuts for day in _days(start.date() - _DAY, end.date())}
    usual = {day: [_stretch(day, one) for one in calendar.spans_on(day)] for day in touched | closed}
    left: dict[date, list[_Stretch]] = {day: [] for day in usual}
    for day, stretches in usual.items():
        for stretch in stretches if day not in closed else ():
            # What is left of a night may begin on the next day.
            for part in _without(stretch, cuts):
                left[part[0].date()].append(part)
    changed = (day for day in sorted(usual) if day in closed or sorted(left[day]) != sorted(usual[day]))
    return {day: tuple(_written(part) for part in sorted(left[day])) for day in changed}


def _closed(events: Iterable[Occurrence], first: date, last: date) -> frozenset[date]:
    days = (
        day
        for event in events
        if not isinstance(event.starts, datetime)
        for day in _days(event.starts, max(event.ends - _DAY, event.starts))
    )
    return frozenset(day for day in days if first <= day <= last)


def _days(first: date, last: date) -> Iterator[date]:
    return map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))


def _timed(events: Iterable[Occurrence], zone: ZoneInfo) -> Iterator[_Stretch]:
    for event in events:
        if isinstance(event.starts, datetime) and isinstance(event.ends, datetime):
            start, end = _wall(event.starts, zone), _wall(event.ends, zone)
            start, end = start.replace(second=0), (end + _MINUTE - timedelta(seconds=1)).replace(second=0)
            if start < end:
                yield start, end


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return (at if at.tzinfo is None else at.astimezone(zone)).replace(tzinfo=None, microsecond=0)


def _stretch(day: date, text: str) -> _Stretch:
    found = span(text)
    return datetime.combine(day, found.starts), datetime.combine(day + _DAY * found.next_day, found.ends)


def _without(stretch: _Stretch, cuts: Iterable[_Stretch]) -> list[_Stretch]:
    parts = [stretch]
    for cut_start, cut_end in cuts:
        parts = [
            part
            for start, end in parts
            for part in ((start, min(end, cut_start)), (max(start, cut_end), end))
            if part[0] < part[1]
        ]
    return parts


def _written(part: _Stretch) -> str:
    start, end = part
    return f"{start:%H:%M}-{'24:00' if end.time() == time() else f'{end:%H:%M}'}"
