"""The ladder of an escalated lead: whom each step tells, how far apart the steps are, and where it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.configuration import Configuration
from domain.lifecycle import Context, Lead, Transition, Unchanged, decide
from domain.lifecycle.commands import Breach, Claim, Command, Outcome, Pause, Reassign
from domain.lifecycle.notices import Audience, notices_of
from domain.lifecycle.state import LifecycleState
from tests.unit.domain.lives import ANN, BOB, CAT, MANAGER, START, WINDOW, context, given, offered, person

_RUNG = timedelta(minutes=15)
_DAY = timedelta(days=1)
_OFFICE = {"time_zone": "UTC", "weekly": {"mon": ["09:00-09:25", "15:00-18:00"], "wed": ["08:00-12:00"]}}


def _at(at: datetime, **sla: object) -> Context:
    body = {"calendars": {"office": _OFFICE}, "sla": {"max_reassignments": 0, **sla}}
    return replace(context(at), configuration=Configuration.model_validate(body))


def _raised(lead: Lead, **sla: object) -> Transition:
    """What happens when the running window of the lead is over."""
    assert lead.wake_at is not None
    command = Breach(**given(at=lead.wake_at), epoch=lead.epoch, due_at=lead.wake_at)
    decided = decide(lead, command, _at(lead.wake_at, **sla))
    assert isinstance(decided, Transition)
    return decided


def _ladder(steps: int, **sla: object) -> list[Transition]:
    """The escalation itself, and what follows while nobody acts."""
    taken = [_raised(offered(), **sla)]
    while len(taken) < steps:
        taken.append(_raised(taken[-1].after, **sla))
    return taken


def _told(step: Transition) -> list[tuple[str | None, object]]:
    return [
        (notice.audience, notice.data["level"]) for notice in notices_of(step) if notice.data.get("level") is not None
    ]


@pytest.mark.parametrize("levels", [1, 2, 3, 5])
def test_managers_first_then_admins_and_nobody_after_the_last_level(levels: int) -> None:
    told = [_told(step) for step in _ladder(levels + 3, escalation_levels=levels)]
    managers = [[(Audience.MANAGERS, 1)]]
    admins = [[(Audience.ADMINS, level)] for level in range(2, levels + 1)]
    assert told == [*managers, *admins, [], [], []]


def test_the_levels_are_a_window_apart_then_it_is_looked_at_once_a_day() -> None:
    ladder = _ladder(5)
    assert [step.after.escalation_level for step in ladder] == [1, 2, 3, 3, 3]
    at = [step.at - START for step in ladder]
    assert at == [WINDOW, WINDOW + _RUNG, WINDOW + 2 * _RUNG, WINDOW + 2 * _RUNG + _DAY, WINDOW + 2 * _RUNG + 2 * _DAY]
    assert {step.after.state for step in ladder} == {LifecycleState.ESCALATED}


def test_each_step_is_on_record_with_its_level() -> None:
    assert [[event.data.get("level") for event in step.events if event.type == "escalated"] for step in _ladder(4)] == [
        [1],
        [2],
        [3],
        [],
    ]


def test_a_step_is_taken_once_and_not_early() -> None:
    first = _ladder(1)[0].after
    assert first.wake_at is not None
    early = Breach(**given(at=first.wake_at - timedelta(seconds=1)), epoch=first.epoch, due_at=first.wake_at)
    assert isinstance(decide(first, early, _at(first.wake_at)), Unchanged)
    again = Breach(**given(at=first.wake_at), epoch=first.epoch, due_at=first.wake_at)
    assert isinstance(decide(_raised(first).after, again, _at(first.wake_at)), Unchanged)


def test_it_climbs_inside_working_time_only() -> None:
    """Escalated at 09:05: twenty minutes of the hour pass before the break; the day after the last level is closed."""
    ladder = _ladder(4, calendar="office", escalation_seconds=3600)
    assert [step.at for step in ladder] == [
        datetime(2026, 3, 2, 9, 5, tzinfo=UTC),
        datetime(2026, 3, 2, 15, 40, tzinfo=UTC),
        datetime(2026, 3, 2, 16, 40, tzinfo=UTC),
        datetime(2026, 3, 4, 8, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    "command",
    [
        Claim(**given(person(CAT), START + WINDOW + _RUNG)),
        Reassign(**given(MANAGER, START + WINDOW + _RUNG), to_agent=CAT, force=True),
        Outcome(**given(MANAGER, START + WINDOW + _RUNG), result="lost"),
        Pause(**given(MANAGER, START + WINDOW + _RUNG), code="asked"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_it_ends_when_somebody_acts(command: Command) -> None:
    lead = _ladder(2)[-1].after
    acted = decide(lead, command, _at(START + WINDOW + _RUNG))
    assert isinstance(acted, Transition)
    assert lead.wake_at is not None
    due = Breach(**given(at=lead.wake_at), epoch=lead.epoch, due_at=lead.wake_at)
    assert isinstance(decide(acted.after, due, _at(lead.wake_at)), Unchanged)


def test_the_owner_who_takes_it_gets_a_contact_window() -> None:
    lead = _raised(offered(ANN), fallback_owner=BOB).after
    assert (lead.state, lead.agent) == (LifecycleState.ESCALATED, BOB)
    claimed_at = START + WINDOW + timedelta(minutes=1)
    claimed = decide(lead, Claim(**given(person(BOB), claimed_at)), _at(claimed_at, fallback_owner=BOB))
    assert isinstance(claimed, Transition)
    assert (claimed.after.state, claimed.after.agent) == (LifecycleState.CLAIMED, BOB)
    assert claimed.after.contact_expires_at == claimed.after.wake_at == claimed_at + WINDOW
