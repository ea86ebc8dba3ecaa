"""A running window on other hours, or under another policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from domain.configuration import Configuration
from domain.hours.calendar import Calendar
from domain.hours.hours import ALWAYS, Hours
from domain.lifecycle import Lead, Transition, decide
from domain.lifecycle.commands import MigrateConfiguration, Pause
from domain.lifecycle.relaying import relaid
from domain.sla.clock import SlaClock
from domain.sla.policy import SlaPolicy
from tests.unit.domain.lives import ANN, MANAGER, START, WINDOW, after, attempting, claimed, context, given, offered

_AT = START + timedelta(minutes=1)
_TODAY = START.date()
_OPEN = Calendar(always=True)
_CLOSED = Calendar(always=True, dates={_TODAY: ()})
_MIDNIGHT = datetime.combine(_TODAY + timedelta(days=1), datetime.min.time(), UTC)


def _clock(hours: Hours, **policy: int) -> SlaClock:
    return SlaClock(policy=SlaPolicy(**policy), hours=hours, contact_hours=hours)


@pytest.mark.parametrize(("lead", "column"), [(offered(), "claim_expires_at"), (claimed(), "contact_expires_at")])
def test_what_is_left_is_left_when_it_opens_again(lead: Lead, column: str) -> None:
    moved = relaid(lead, _clock(_OPEN), _clock(_CLOSED), _AT)
    assert getattr(moved, column) == moved.wake_at == _MIDNIGHT + WINDOW - timedelta(minutes=1)


def test_the_same_hours_move_nothing() -> None:
    for lead in (offered(), claimed(), attempting()):
        assert relaid(lead, _clock(ALWAYS), _clock(ALWAYS), _AT) == lead


def test_another_length_makes_the_window_as_much_longer() -> None:
    moved = relaid(offered(), _clock(ALWAYS), _clock(ALWAYS, claim_seconds=600), _AT)
    assert moved.claim_expires_at == START + WINDOW + timedelta(seconds=300)


@pytest.mark.parametrize(("minutes_in", "ends_in_seconds"), [(1, 60), (4, 60), (4.5, 30), (6, 0)])
def test_a_shorter_one_leaves_a_minute_or_what_was_left(minutes_in: float, ends_in_seconds: int) -> None:
    at = START + timedelta(minutes=minutes_in)
    moved = relaid(offered(), _clock(ALWAYS), _clock(ALWAYS, claim_seconds=10), at)
    assert moved.claim_expires_at == at + timedelta(seconds=ends_in_seconds)


def test_a_paused_window_keeps_what_it_had_when_it_was_paused() -> None:
    paused = after(offered(), Pause(**given(MANAGER, _AT), code="x", until=_MIDNIGHT), context(_AT))
    moved = relaid(paused, _clock(_OPEN), _clock(_CLOSED), START + timedelta(hours=5))
    assert moved.resume_due_at == moved.claim_expires_at == _MIDNIGHT + WINDOW - timedelta(minutes=1)
    assert moved.wake_at == paused.wake_at


def test_a_migration_moves_the_window_its_offer_and_its_warnings_only_when_asked() -> None:
    target = Configuration(calendars={"office": _CLOSED}, sla=SlaPolicy(calendar="office"))
    for windows, ends_at in ((False, START + WINDOW), (True, _MIDNIGHT + WINDOW - timedelta(minutes=1))):
        command = MigrateConfiguration(**given(MANAGER, _AT), version=2, windows=windows)
        seen = replace(context(_AT), target=target if windows else None)
        decided = decide(offered(), command, seen)
        assert isinstance(decided, Transition)
        assert (decided.after.config_version, decided.after.claim_expires_at) == (2, ends_at)
        assert decided.after.agent == ANN
        assert decided.after.remind_at == ends_at - timedelta(seconds=75)
        assert [dict(one.changes) for one in decided.changed] == ([{"claim_expires_at": ends_at}] if windows else [])
        assert ("to" in decided.events[0].data) is windows


@drawn(st.integers(0, 400), st.integers(1, 900), st.integers(1, 900))
def test_a_window_that_runs_never_ends_in_the_past(seconds_in: int, old: int, new: int) -> None:
    at = START + timedelta(seconds=seconds_in)
    lead = replace(offered(), claim_expires_at=START + timedelta(seconds=old))
    moved = relaid(lead, _clock(ALWAYS, claim_seconds=old), _clock(ALWAYS, claim_seconds=new), at)
    assert moved.claim_expires_at is not None
    assert moved.claim_expires_at >= at
