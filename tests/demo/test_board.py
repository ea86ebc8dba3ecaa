"""The board fits a terminal of 80 by 24 and says what it should; the log has one line instead."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from uuid import UUID

from rich.console import Console

from db.repositories.demo_report import Counts, Happening
from workers.demo.board import Frame, draw, one_line
from workers.demo.pulse import Pulse
from workers.demo.screen import Screen

_LEAD = UUID("12345678-0000-0000-0000-000000000000")
_WINDOWS = {
    "claims_in_time": 40,
    "claims_late": 1,
    "claims_missed": 12,
    "contacts_in_time": 30,
    "contacts_late": 0,
    "contacts_missed": 3,
}


def frame(states: dict[str, int], events: int, seconds: float = 65.0) -> Frame:
    """A moment of a run of 9999 leads."""
    happening = Happening(
        at=datetime(2030, 1, 2, 9, 30, 5, tzinfo=UTC),
        kind="sla_breached",
        lead_id=_LEAD,
        agent="A rather long first name that goes on and on and on and on and on",
        data={"window": "claim"},
    )
    counts = Counts(
        states=states,
        closings={},
        kinds={},
        breaches={"claim": 12, "contact": 3},
        reassignments={"unclaimed": 9, "no_contact": 3, "manual": 4},
        windows=_WINDOWS,
        escalations=2,
    )
    pulse = Pulse(counts=counts, lateness=(12.0, 30.0, -1.0), recent=(happening,) * events)
    return Frame(pulse=pulse, leads=9999, seconds=seconds, window=8, answers=(5.0, 9.0), agents=20, away=2)


def drawn(frame: Frame) -> list[str]:
    """The board as a terminal of 80 columns shows it."""
    console = Console(width=80, height=24, file=io.StringIO(), record=True)
    console.print(draw(frame))
    return console.export_text().splitlines()


def test_it_fits_with_everything_at_its_largest() -> None:
    lines = drawn(frame({"offered": 9999, "closed": 9999, "escalated": 1}, events=6))
    assert len(lines) <= 23
    assert max(map(len, lines)) <= 80


def test_it_says_what_happens() -> None:
    text = "\n".join(drawn(frame({"offered": 20, "closed": 13}, events=1)))
    for words in (
        "1:05",
        "33 of 9999 leads here",
        "18 of 20 agents there",
        "40 in time, 1 late, 12 missed",
        "16 times, 2 escalated",
        "3 fired, late by 12 ms (p50), 30 ms at most, 1 early",
        "5 ms (p50), 9 ms (p99)",
        "09:30:05 12345678 A rather long",
    ):
        assert words in text


def test_an_empty_board_is_as_tall_as_a_full_one() -> None:
    assert len(drawn(frame({}, events=0))) == len(drawn(frame({"closed": 1}, events=4)))


def test_without_a_terminal_there_is_a_line_every_five_seconds() -> None:
    out = io.StringIO()
    with Screen(Console(file=out, width=200)) as screen:
        for seconds in (0, 1, 2, 6, 7):
            screen.show(frame({"queued": 2}, events=0, seconds=seconds))
    lines = out.getvalue().splitlines()
    assert lines == [one_line(frame({"queued": 2}, events=0, seconds=seconds)) for seconds in (0, 6)]
    assert lines[0].endswith("2/9999 leads: 2 queued; breaches 15, re-assignments 16")
