"""Calling hours: when the policy lets agents call, by the customer's own clock."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from domain.customer.state import state_code
from domain.customer.us_zones import US_STATES
from domain.errors import InvalidInputError
from domain.routing.shift import zone_named

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", flags=re.ASCII)
_WHOLE_DAY = "00:00-24:00"
CLOSED = "closed"


class Weekday(StrEnum):
    """The days, by the names that policies use; in the order of a week that starts on Monday."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


def _time(text: str) -> str:
    if not _TIME.fullmatch(text):
        raise ValueError(f"{text!r} is no time; write HH:MM from 00:00 to 24:00, such as 08:00")
    return text


def _span(text: str) -> str:
    if text == CLOSED:
        return text
    start, dash, end = text.partition("-")
    if not dash or not _TIME.fullmatch(start) or not _TIME.fullmatch(end) or start >= end:
        raise ValueError(f"{text!r} is no day's hours; write them as 09:00-18:00, or {CLOSED}")
    return text


def _state(text: str) -> str:
    if text not in US_STATES:
        right = state_code(text)
        raise ValueError(f"{text!r} is no code of a state; write {right or 'one such as TX'}")
    return text


def _zone(text: str) -> str:
    try:
        zone_named(text)
    except InvalidInputError as error:
        raise ValueError(error.problem) from error
    return text


ClockTime = Annotated[str, AfterValidator(_time)]
"""HH:MM of the customer's clock; 24:00 is the end of the day."""

DayHours = Annotated[str, AfterValidator(_span)]
"""HH:MM-HH:MM of one day, the end not included, or `closed`."""


class WeekHours(BaseModel):
    """Hours of a week: from `start` until just before `end` every day, `days` for those that differ.

    Without `start` from midnight, without `end` until midnight; with neither, and no `days`, there is no limit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: ClockTime | None = None
    end: ClockTime | None = None
    days: dict[Weekday, DayHours] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _have_duration(self) -> Self:
        if self._every_day() is None:
            raise ValueError(
                f"end ({self.end or '24:00'}) is not after start ({self.start or '00:00'}); hours lie within one day"
            )
        return self

    def _every_day(self) -> str | None:
        start, end = self.start or "00:00", self.end or "24:00"
        return f"{start}-{end}" if start < end else None

    @property
    def limited(self) -> bool:
        """True when there is an hour at which nobody may be called."""
        return any(self.of(day) != _WHOLE_DAY for day in Weekday)

    def of(self, day: Weekday) -> str:
        """That day's hours as HH:MM-HH:MM, or `closed`."""
        return self.days.get(day) or self._every_day() or CLOSED


class CallingHours(WeekHours):
    """Policy of calling hours, immutable by configuration version; the default is no limit at all.

    `states` holds hours of single United States by their codes: they narrow the general ones, never widen them. In
    `unknown_zones` the hours have to hold when nothing says where a customer is; whoever sets hours has to name them,
    since calling such a customer at any hour, or never, is not to happen by omission.
    """

    states: dict[Annotated[str, AfterValidator(_state)], WeekHours] = Field(default_factory=dict)
    unknown_zones: tuple[Annotated[str, AfterValidator(_zone)], ...] = ()

    @model_validator(mode="after")
    def _cover_the_unknown(self) -> Self:
        limited = self.limited or any(hours.limited for hours in self.states.values())
        if limited and not self.unknown_zones:
            raise ValueError(
                "unknown_zones is empty; name the zones in which the hours hold for a customer whose place is unknown,"
                " such as America/New_York and America/Los_Angeles"
            )
        return self

    def week_in(self, state: str | None) -> Mapping[Weekday, str | None]:
        """The hours of each day for a customer of that state (code or name), None for a closed day."""
        code = state_code(state) if state is not None else None
        narrower = self.states.get(code) if code is not None else None
        return {day: _common(self.of(day), narrower.of(day) if narrower else _WHOLE_DAY) for day in Weekday}


def _common(one: str, other: str) -> str | None:
    if CLOSED in (one, other):
        return None
    (one_start, one_end), (other_start, other_end) = one.split("-"), other.split("-")
    start, end = max(one_start, other_start), min(one_end, other_end)
    return f"{start}-{end}" if start < end else None
