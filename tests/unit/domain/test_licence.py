"""Licences: both days count, a line or every line, and a warning before the end unless renewed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.errors import InvalidInputError
from domain.routing.licence import Licence, expiring, licensed

DAY = date(2026, 3, 10)
AUTO = Licence(state="CA", line="Auto", number="A-1", valid_from=date(2026, 1, 1), valid_to=date(2026, 3, 31))


@pytest.mark.parametrize(
    ("state", "line", "on", "expected"),
    [
        ("CA", "Auto", date(2025, 12, 31), False),
        ("CA", "Auto", date(2026, 1, 1), True),
        ("CA", "Auto", date(2026, 3, 31), True),
        ("CA", "Auto", date(2026, 4, 1), False),
        ("TX", "Auto", DAY, False),
        ("CA", "Home", DAY, False),
        ("CA", None, DAY, False),
    ],
)
def test_a_licence_is_for_its_state_line_and_days(state: str, line: str | None, on: date, expected: bool) -> None:
    assert licensed([AUTO], state, line, on) is expected


def test_a_licence_without_a_line_is_for_every_line_and_without_an_end_for_ever() -> None:
    everything = replace(AUTO, line=None, valid_to=None)
    assert licensed([everything], "CA", "Home", date(2099, 1, 1))
    assert licensed([everything], "CA", None, DAY)
    assert not licensed([], "CA", "Home", DAY)


def test_a_licence_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="valid_to"):
        replace(AUTO, valid_to=date(2025, 12, 31))


def test_the_warning_comes_within_the_days_before_the_end_soonest_first() -> None:
    end = date(2026, 3, 31)
    sooner = replace(AUTO, state="TX", number="T-1", valid_to=end - timedelta(days=1))
    assert expiring([AUTO, sooner], end - timedelta(days=30)) == (sooner, AUTO)
    assert expiring([AUTO], end - timedelta(days=31)) == ()
    assert expiring([AUTO], end) == (AUTO,)
    assert expiring([AUTO], end + timedelta(days=1)) == ()
    assert expiring([AUTO], end - timedelta(days=8), within_days=7) == ()
    assert expiring([replace(AUTO, valid_to=None)], DAY) == ()


def test_a_renewed_licence_gives_no_warning() -> None:
    on = date(2026, 3, 20)
    renewal = replace(AUTO, number="A-2", valid_from=date(2026, 4, 1), valid_to=date(2027, 3, 31))
    assert expiring([AUTO, renewal], on) == ()
    assert expiring([AUTO, replace(renewal, line=None)], on) == ()
    assert expiring([AUTO, replace(renewal, valid_from=date(2026, 4, 2))], on) == (AUTO,)
    assert expiring([AUTO, replace(renewal, state="TX")], on) == (AUTO,)
    assert expiring([replace(AUTO, line=None), renewal], on) == (replace(AUTO, line=None),)
