"""A cell's text as a value of a type."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

Value = str | bool | int | float | datetime | date | time
"""What a cell, a constant or a map entry can stand for."""


class ValueType(StrEnum):
    """Types a mapping can name."""

    STR = "str"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"


SAMPLES: dict[ValueType, Value] = {
    ValueType.STR: "",
    ValueType.INT: 0,
    ValueType.FLOAT: 0.0,
    ValueType.BOOL: False,
    ValueType.DATE: date(2000, 1, 31),
    ValueType.DATETIME: datetime(2000, 1, 31, 13, 5, 9, tzinfo=UTC),
    ValueType.TIME: time(13, 5, 9),
}
"""One value of each type, to try format specifications on."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_TRUE = frozenset({"true", "yes", "y", "1"})
_FALSE = frozenset({"false", "no", "n", "0"})
_WITH_FORMAT = frozenset({ValueType.DATE, ValueType.DATETIME, ValueType.TIME})


def parser(kind: ValueType, form: str | None, zone: ZoneInfo) -> Callable[[str], Value]:
    """A function from text to a value of `kind`, which raises ValueError with problem and remedy.

    `form` is a strptime format for dates and times (None: ISO 8601); an instant without an offset is read in `zone`.
    """
    match kind:
        case ValueType.STR:
            return str
        case ValueType.INT:
            return _integer
        case ValueType.FLOAT:
            return _number
        case ValueType.BOOL:
            return _boolean
        case ValueType.DATE:
            return lambda text: _moment(text, form, "a date").date()
        case ValueType.DATETIME:
            return lambda text: in_zone(_moment(text, form, "a date and time"), zone)
        case ValueType.TIME:
            return lambda text: _time(text, form)


def in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """The instant in UTC; without an offset it is read as local time in `zone`."""
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)


def minutes_between(start: str, end: str, form: str | None, zone: ZoneInfo) -> float:
    """Minutes from start to end, both times of one day or both full instants.

    Raises ValueError when one cannot be read, or the end lies before the start.
    """
    first, last = _either(start, form), _either(end, form)
    if isinstance(first, datetime) and isinstance(last, datetime):
        seconds = (in_zone(last, zone) - in_zone(first, zone)).total_seconds()
    elif isinstance(first, time) and isinstance(last, time):
        seconds = _seconds(last) - _seconds(first)
    else:
        raise ValueError(f"{start!r} and {end!r} are not of one kind; give both a date, or neither")
    if seconds < 0:
        raise ValueError(f"{end!r} is before {start!r}; correct one of the two")
    return round(seconds / 60, 4)


def format_problem(form: str, kind: ValueType | None) -> str | None:
    """Why a strptime format cannot be used for `kind` (None: for times and dates alike); None when it can."""
    if kind is not None and kind not in _WITH_FORMAT:
        return "only dates and times have a format; set type to date, datetime or time"
    if kind in {ValueType.DATE, ValueType.DATETIME} and not re.search(r"%[YyGcx]", form):
        return f"{form!r} has no year; add one to the text with a template, such as '2025-{{Month}}-{{Day}}'"
    try:
        _as_written(datetime(2000, 1, 31, 13, 5, 9, tzinfo=UTC).strftime(form), form)
    except (ValueError, re.error):
        return f"{form!r} is not a strptime format, such as '%Y-%m-%d %H:%M:%S'"
    return None


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"{text!r} is not a whole number; write digits only")
    return int(text)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise ValueError(f"{text!r} is not a number; write it with a decimal point and without separators")
    return float(text)


def _boolean(text: str) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(f"{text!r} is not yes or no; write true/false, yes/no or 1/0, or use a map")
    return word in _TRUE


def _moment(text: str, form: str | None, kind: str) -> datetime:
    try:
        return datetime.fromisoformat(text) if form is None else _as_written(text, form)
    except ValueError as error:
        expected = "ISO 8601, or set a format" if form is None else form
        raise ValueError(f"{text!r} is not {kind} that exists (expected {expected})") from error


def _as_written(text: str, form: str) -> datetime:
    # Naive unless the text has an offset: only `in_zone` knows which zone the file's local times are in.
    return datetime.strptime(text, form)  # noqa: DTZ007


def _time(text: str, form: str | None) -> time:
    try:
        return time.fromisoformat(text) if form is None else _as_written(text, form).time()
    except ValueError as error:
        raise ValueError(f"{text!r} is not a time of day (expected {form or 'HH:MM:SS, or set a format'})") from error


def _either(text: str, form: str | None) -> datetime | time:
    if form is not None:
        return _moment(text, form, "a time")
    try:
        return time.fromisoformat(text)
    except ValueError:
        return _moment(text, None, "a time, or a date and time,")


def _seconds(moment: time) -> float:
    return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1_000_000
