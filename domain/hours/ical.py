"""Closed days from an iCalendar feed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from icalendar import Calendar as Feed
from recurring_ical_events import of as occurrences_of

from domain.errors import InvalidInputError


def closed_days(text: str, first: date, last: date) -> frozenset[date]:
    """The days from `first` to `last` that an all-day event of the feed covers, repetitions included (RFC 5545).

    Events with a time of day close nothing: a meeting is no holiday. Raises InvalidInputError for a text that is no
    feed.
    """
    try:
        feed = Feed.from_ical(text)
        events = occurrences_of(feed).between(first, last + timedelta(days=1))
    except (ValueError, KeyError, IndexError) as error:
        raise InvalidInputError("ical", f"the text is no iCalendar feed ({error}); export it anew") from error
    closed: set[date] = set()
    for event in events:
        begins, ends = event.start, event.end
        if isinstance(begins, datetime):
            continue
        length = max((ends - begins).days, 1)
        closed.update(begins + timedelta(days=number) for number in range(length))
    return frozenset(day for day in closed if first <= day <= last)
