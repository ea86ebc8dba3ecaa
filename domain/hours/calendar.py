"""A calendar: weekly hours in a time zone, holidays, and days of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from holidays import country_holidays
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator

from domain.errors import InvalidInputError
from domain.hours.hours import HORIZON, Hours, never_opens
from domain.hours.interval import Interval
from domain.hours.spans import merged, span
from domain.routing.shift import zone_named

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
_REMEMBERED = 4000


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
    _days: dict[date, tuple[Interval, ...]] = PrivateAttr(default_factory=dict)
    _years: dict[int, frozenset[date]] = PrivateAttr(default_factory=dict)

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
        # A span of the day before may still run.
        day, last = self._local(at) - _DAY, at
        while True:
            for interval in self._open_on(day):
                if interval.ends_at > at:
                    last = interval.ends_at
                    yield interval
            day += _DAY
            if day - last.date() > HORIZON:
                raise never_opens("the calendar")

    def before(self, at: datetime) -> Iterator[Interval]:
        """The open intervals that start before the instant, latest first."""
        day, last = self._local(at), at
        while True:
            for interval in reversed(self._open_on(day)):
                if interval.starts_at < at:
                    last = interval.starts_at
                    yield interval
            day -= _DAY
            if last.date() - day > HORIZON:
                raise never_opens("the calendar")

    def _local(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.time_zone)).date()

    def _open_on(self, day: date) -> tuple[Interval, ...]:
        """What starts on that local day, without what the night before runs into it."""
        known = self._days.get(day)
        if known is None:
            earlier = max((one.ends_at for one in self._raw(day - _DAY)), default=None)
            known = tuple(
                Interval(max(one.starts_at, earlier), one.ends_at) if earlier is not None else one
                for one in self._raw(day)
                if earlier is None or one.ends_at > earlier
            )
            if len(self._days) >= _REMEMBERED:
                self._days.clear()
            self._days[day] = known
        return known

    def _raw(self, day: date) -> tuple[Interval, ...]:
        zone = ZoneInfo(self.time_zone)
        found = (span(text).on(day, zone) for text in self._spans(day))
        return merged([one for one in found if one is not None])

    def _spans(self, day: date) -> Spans:
        if day in self.dates:
            return self.dates[day]
        if self.holidays is not None and day in self._holidays(day.year):
            return ()
        return ("00:00-24:00",) if self.always else self.weekly.get(_WEEKDAYS[day.weekday()], ())

    def _holidays(self, year: int) -> frozenset[date]:
        known = self._years.get(year)
        if known is None:
            assert self.holidays is not None
            known = self._years[year] = self.holidays.of(year)
        return known
