"""A timeline's entries as sentences."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from console.answers import TimelineEntry
from console.timeline import line

ADA = uuid4()
AT = datetime(2026, 3, 2, tzinfo=UTC)


def name(agent: UUID | None) -> str | None:
    return "Ada" if agent == ADA else None


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        ("scored", {"score": 71.5, "tier": "Tier2"}, "Scored 72, Tier2"),
        ("scored", {}, "Scored without a number, no tier"),
        ("failed_assignment", {"reason": "nobody_eligible"}, "Nobody could take it: nobody eligible"),
        ("claimed", {"late": True}, "Claimed by Ada, late"),
        ("declined", {"code": "not_my_line"}, "Declined by Ada: not my line"),
        ("withdrawn", {"code": "source"}, "Withdrawn: source (Ada)"),
        ("closed", {"reason": "not_interested"}, "Closed: not interested (Ada)"),
        ("something_new", {}, "Something new (Ada)"),
    ],
)
def test_an_event_says_what_happened(kind: str, data: dict[str, Any], sentence: str) -> None:
    assert line(TimelineEntry(at=AT, what="event", kind=kind, actor=str(ADA), data=data), name).text == sentence


@pytest.mark.parametrize(
    ("actor", "who"),
    [
        (f"agent:{ADA}", "Ada"),
        (f"temporal:agent:{ADA}", "Ada through Temporal"),
        (f"service:{uuid4()}", "another system"),
        (f"system:{uuid4()}", "Baton"),
        ("agent:nonsense", "somebody"),
        (None, "somebody"),
    ],
)
def test_a_transition_says_who_did_it(actor: str | None, who: str) -> None:
    entry = TimelineEntry(at=AT, seq=4, what="transition", kind="claim", actor=actor, data={"state": "claimed"})
    assert line(entry, name).text == f"No. 4: claim by {who}, now claimed"
