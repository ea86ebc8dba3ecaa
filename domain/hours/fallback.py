"""Hours of a window that has to run on something, also when office and customer never meet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.errors import ConfigurationError
from domain.hours.hours import ALWAYS, Hours, never_opens
from domain.hours.intersection import Intersection, intersection
from domain.hours.interval import Interval

_SOON = timedelta(days=31)
"""Hours that have nothing in common in so long a time, all having opened once, are as good as never open."""


class Never(Hours):
    """Not open at all."""

    def after(self, at: datetime) -> Iterator[Interval]:
        """Nothing."""
        raise never_opens("this week")

    def before(self, at: datetime) -> Iterator[Interval]:
        """Nothing."""
        raise never_opens("this week")


NEVER: Hours = Never()


class ContactHours(Hours):
    """When office and customer are both open; else the customer's hours alone; without any, the office's.

    To work outside office hours is the lesser evil: nobody is called at an hour that is forbidden.
    """

    def __init__(self, office: Hours, customer: Hours) -> None:
        self._office, self._customer = office, customer
        self._both = intersection(office, customer)

    def after(self, at: datetime) -> Iterator[Interval]:
        """The open intervals of the hours that count at that time."""
        return self._at(at).after(at)

    def before(self, at: datetime) -> Iterator[Interval]:
        """The same backwards."""
        return self._at(at).before(at)

    def stand_in(self, at: datetime) -> str | None:
        """The sentence that says which hours stand in for those that office and customer have in common."""
        hours = self._at(at)
        if hours is self._both:
            return None
        if hours is self._customer:
            return "Never within working hours: the window runs on the customer's hours alone."
        return "The window runs on working hours, for want of hours to call in."

    def _at(self, at: datetime) -> Hours:
        if _opens(self._both, at):
            return self._both
        return self._customer if _opens(self._customer, at) else self._office


def contact_hours(office: Hours, customer: Hours) -> Hours:
    """The hours of a contact window; the office's own when the customer may always be called."""
    return office if customer is ALWAYS else ContactHours(office, customer)


def _opens(hours: Hours, at: datetime) -> bool:
    if isinstance(hours, Intersection):
        return hours.meets(at, _SOON)
    try:
        next(hours.after(at))
    except ConfigurationError:
        return False
    return True
