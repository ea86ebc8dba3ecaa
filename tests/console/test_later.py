"""The instants behind "later"."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.later import LATER, instant_of

FRIDAY_EVENING = datetime(2026, 3, 6, 23, 30, tzinfo=UTC)
"""In Chicago 17:30; the clocks go forward on the Sunday that follows."""


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("15m", datetime(2026, 3, 6, 23, 45, tzinfo=UTC)),
        ("1h", datetime(2026, 3, 7, 0, 30, tzinfo=UTC)),
        ("3h", datetime(2026, 3, 7, 2, 30, tzinfo=UTC)),
        ("tomorrow", datetime(2026, 3, 7, 15, 0, tzinfo=UTC)),
        ("monday", datetime(2026, 3, 9, 14, 0, tzinfo=UTC)),
    ],
)
def test_choices_are_read_in_the_persons_zone(choice: str, expected: datetime) -> None:
    assert choice in LATER
    assert instant_of(choice, "America/Chicago", now=FRIDAY_EVENING) == expected


def test_on_a_monday_monday_is_the_next_one() -> None:
    at = datetime(2026, 3, 9, 15, 0, tzinfo=UTC)
    assert instant_of("monday", "UTC", now=at) == datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
