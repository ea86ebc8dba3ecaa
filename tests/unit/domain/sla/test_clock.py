"""Deadlines and warnings of a policy on its calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.hours.hours import ALWAYS
from domain.sla.clock import SlaClock
from domain.sla.policy import SlaPolicy

END = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "left"),
    [
        (300, (75.0, 30.0)),
        (10, (2.5,)),
        (8, (2.0,)),
        (5, ()),
    ],
)
def test_a_warning_leaves_time_to_act(seconds: int, left: tuple[float, ...]) -> None:
    """One in the last two seconds would help nobody, and its timer would make the end of the window late."""
    policy = SlaPolicy(claim_seconds=seconds, contact_seconds=seconds)
    clock = SlaClock(policy=policy, hours=ALWAYS, contact_hours=ALWAYS)
    expected = tuple(END - timedelta(seconds=one) for one in left)
    assert clock.claim_warnings(END) == expected
    assert clock.contact_warnings(END) == expected
