"""A calendar: weekly hours in a time zone, holidays, and days of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from domain.errors import InvalidInputError
from domain.hours.hours import Hours
from domain.hours.interval import Interval
from domain.hours.spans import span
from domain.hours.timetable import Timetable
from domain.routing.shift import zone_named

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _hours(text: str) -> str:
    span(text)
    return text


Spans = tuple[Annotated[str, AfterValidator(_hours)], ...]


class Holidays(BaseModel):
    """The public holidays of a country or of a part of it, as the package `holidays` knows them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    country: str
    subdivision: str | None = None
    observed: bool = True
    categories: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> Self:
        try:
            self.of(2026)
        except (NotImplementedError, ValueError) as error:
            raise ValueError(f"no such holidays: {error}") from error
        return self

    def of(self, year: int) -> frozenset[date]:
        """The holidays of that year; none for a year of which nothing is known."""
        # Here, because it takes half a second, and most processes have no calendar with holidays.
        from holidays import country_holidays

        found = country_holidays(
            self.country,
            subdiv=self.subdivision,
            years=year,
            observed=self.observed,
            categories=self.categories or None,
        )
        return frozenset(found)


class Calendar(BaseModel, Hours):
    """Open in the `weekly` hours of `time_zone`, never on `holidays`, and on each of `dates` as it says there.

    Several spans a day are fine. One that ends past midnight belongs to the day on which it starts, which is also
    the day whose holiday or date closes it. An empty list is a closed day. `always` is every hour of the week.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    time_zone: str = "UTC"
    weekly: dict[Weekday, Spans] = Field(default_factory=dict)
    always: bool = False
    holidays: Holidays | None = None
    dates: dict[date, Spans] = Field(default_factory=dict)

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            zone_named(value)
        except InvalidInputError as error:
            raise ValueError(str(error)) from error
        return value

    @model_validator(mode="after")
    def _opens(self) -> Self:
        if self.always and self.weekly:
            raise ValueError("always: a calendar that is always open has no weekly hours; leave one of them out")
        if not self.always and not any(self.weekly.values()):
            raise ValueError("weekly: there are no open hours; give some, or set always")
        return self

    def after(self, at: datetime) -> Iterator[Interval]:
        """The open intervals that end after the instant, in order."""
        return self._timetable.after(at)

    def before(self, at: datetime) -> Iterator[Interval]:
        """The open intervals that start before the instant, latest first."""
        return self._timetable.before(at)

    def spans_on(self, day: date) -> Spans:
        """What opens on that local day, as it is written: its own date's, none on a holiday, or its weekday's."""
        if day in self.dates:
            return self.dates[day]
        if self.holidays is not None and day in _holidays_of(self.holidays, day.year):
            return ()
        return ("00:00-24:00",) if self.always else self.weekly.get(_WEEKDAYS[day.weekday()], ())

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy; with other hours it works them out for itself."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("_timetable", None)
        return copied

    @cached_property
    def _timetable(self) -> Timetable:
        return Timetable(self._opened_on)

    def _opened_on(self, day: date) -> list[Interval]:
        zone = ZoneInfo(self.time_zone)
        return [span(text).on(day, zone) for text in self.spans_on(day)]


@lru_cache(maxsize=1024)
def _holidays_of(holidays: Holidays, year: int) -> frozenset[date]:
    return holidays.of(year)
