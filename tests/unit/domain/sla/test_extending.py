"""Nobody is blamed for an outage: a window that it ran through gets the time back, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.ids import LeadId
from domain.lifecycle import Context, Lead, Transition, Unchanged, decide
from domain.lifecycle.commands import Breach, Claim, Contact, Extend, Pause, Resume
from domain.lifecycle.state import EventType, LifecycleState
from domain.sla.outage import Outage
from tests.unit.domain.lives import ANN, BOB, MANAGER, START, WINDOW, after, claimed, context, given, offered, person

_MINUTE = timedelta(minutes=1)
_OUTAGE = Outage(starts_at=START + _MINUTE, ends_at=START + timedelta(hours=2))
_SPREAD = timedelta(seconds=offered().id.int % 30)


def _seen(at: datetime, *outages: Outage, **policy: object) -> Context:
    return replace(context(at, BOB, **policy), outages=outages or (_OUTAGE,))


def _breach(lead: Lead, at: datetime) -> Breach:
    assert lead.window_due_at is not None
    return Breach(**given(at=at), epoch=lead.epoch, due_at=lead.window_due_at)


def test_the_timer_that_wakes_first_moves_the_window_instead_of_missing_it() -> None:
    back = _OUTAGE.ends_at + _MINUTE
    decided = decide(offered(), _breach(offered(), back), _seen(back))
    assert isinstance(decided, Transition)
    assert [event.type for event in decided.events] == [EventType.EXTENDED]
    assert decided.kind == "extend"
    assert decided.after.claim_expires_at == _OUTAGE.ends_at + _SPREAD + WINDOW - _MINUTE
    assert decided.after.agent == ANN
    assert [dict(one.changes) for one in decided.changed] == [{"claim_expires_at": decided.after.claim_expires_at}]


def test_the_time_is_given_back_once() -> None:
    back = _OUTAGE.ends_at + _MINUTE
    lead = after(offered(), Extend(**given(at=back)), _seen(back))
    assert isinstance(decide(lead, Extend(**given(at=back)), _seen(back)), Unchanged)
    due_at = lead.claim_expires_at
    assert due_at is not None
    assert after(lead, _breach(lead, due_at), _seen(due_at)).agent == BOB


def test_a_second_outage_is_given_back_too() -> None:
    back = _OUTAGE.ends_at + _MINUTE
    lead = after(offered(), Extend(**given(at=back)), _seen(back))
    second = Outage(starts_at=back, ends_at=back + timedelta(hours=1))
    again = after(lead, Extend(**given(at=second.ends_at)), _seen(second.ends_at, _OUTAGE, second))
    assert lead.claim_expires_at is not None
    assert again.claim_expires_at == second.ends_at + (lead.claim_expires_at - back)


def test_a_claim_after_the_outage_is_in_time() -> None:
    back = _OUTAGE.ends_at + _MINUTE
    decided = decide(offered(), Claim(**given(person(ANN), back)), _seen(back))
    assert isinstance(decided, Transition)
    assert (decided.after.state, decided.after.claim_breached) == (LifecycleState.CLAIMED, False)
    assert [event.type for event in decided.events] == [EventType.EXTENDED, EventType.CLAIMED]


def test_a_contact_after_the_outage_is_in_time() -> None:
    back = _OUTAGE.ends_at + _MINUTE
    lead = after(claimed(), Contact(**given(person(ANN), back), result="connected"), _seen(back))
    assert (lead.state, lead.contact_breached) == (LifecycleState.CONTACTED, False)


def test_an_outage_that_ended_before_the_window_opened_or_began_after_it_ended_changes_nothing() -> None:
    early = Outage(starts_at=START - timedelta(hours=2), ends_at=START)
    late = Outage(starts_at=START + WINDOW, ends_at=START + timedelta(hours=9))
    for outage in (early, late):
        at = START + WINDOW
        assert isinstance(decide(offered(), Extend(**given(at=at)), _seen(at, outage)), Unchanged)


def test_leads_that_wake_together_are_spread() -> None:
    back = _OUTAGE.ends_at + _MINUTE
    ends = {
        after(replace(offered(), id=LeadId(UUID(int=number))), Extend(**given(at=back)), _seen(back)).claim_expires_at
        for number in range(30)
    }
    assert len(ends) == 30


def test_under_the_policy_breach_it_counts_against_nobody() -> None:
    back = _OUTAGE.ends_at + _MINUTE
    decided = decide(offered(), _breach(offered(), back), _seen(back, on_outage="breach"))
    assert isinstance(decided, Transition)
    assert decided.after.agent == BOB
    assert decided.events[0].data["cause"] == "outage"
    assert decided.changed[0].changes["breach_excused"] is True


def test_under_the_policy_breach_a_late_claim_counts_against_nobody() -> None:
    back = _OUTAGE.ends_at + _MINUTE
    decided = decide(offered(), Claim(**given(person(ANN), back)), _seen(back, on_outage="breach"))
    assert isinstance(decided, Transition)
    assert [event.type for event in decided.events] == [EventType.SLA_BREACHED, EventType.CLAIMED]
    assert decided.events[0].data["cause"] == "outage"
    assert decided.changed[0].changes["breach_excused"] is True


def test_under_the_policy_breach_a_late_contact_counts_against_nobody() -> None:
    back = _OUTAGE.ends_at + _MINUTE
    contact = Contact(**given(person(ANN), back), result="connected")
    decided = decide(claimed(), contact, _seen(back, on_outage="breach"))
    assert isinstance(decided, Transition)
    assert (decided.events[0].type, decided.events[0].data["cause"]) == (EventType.SLA_BREACHED, "outage")
    assert decided.changed[0].changes["breach_excused"] is True


def test_lateness_that_no_outage_explains_is_the_agents() -> None:
    back = START + timedelta(hours=9)
    early = Outage(starts_at=START - timedelta(hours=2), ends_at=START)
    seen = _seen(back, early, on_outage="breach")
    for lead, command in (
        (offered(), Claim(**given(person(ANN), back))),
        (claimed(), Contact(**given(person(ANN), back), result="connected")),
    ):
        decided = decide(lead, command, seen)
        assert isinstance(decided, Transition)
        assert "cause" not in decided.events[0].data
        assert "breach_excused" not in decided.changed[0].changes


def test_a_paused_window_gets_nothing() -> None:
    back = _OUTAGE.ends_at + _MINUTE
    lead = replace(offered(), paused_at=START, resume_due_at=START + WINDOW)
    assert isinstance(decide(lead, Extend(**given(at=back)), _seen(back)), Unchanged)


def _minutes(count: float) -> datetime:
    return START + count * _MINUTE


@pytest.mark.parametrize(
    ("outage", "left"),
    [
        # Paused from minute 1 to 121, four minutes left. Within the pause:
        ((30, 60), 4),
        ((1, 121), 4),
        # Begun before it: half a minute of the window was lost.
        ((0.5, 60), 4.5),
        # Begun before it and going on after it; begun within it and going on.
        ((0.5, 123), 6.5),
        ((30, 123), 6),
        # All of it after the pause.
        ((122, 123), 5),
    ],
)
@pytest.mark.parametrize("start", [offered, claimed])
def test_what_a_pause_gave_back_an_outage_does_not_give_again(
    start: Callable[[], Lead], outage: tuple[float, float], left: float
) -> None:
    """The clock stood anyway: only the outage's part outside the pause is given back."""
    lead, resumed_at = start(), _minutes(121)
    lead = after(lead, Pause(**given(MANAGER, _minutes(1)), code="holiday"), context(_minutes(1)))
    known = Outage(starts_at=_minutes(outage[0]), ends_at=min(_minutes(outage[1]), resumed_at))
    seen = (known,) if known.starts_at < resumed_at else ()
    lead = after(lead, Resume(**given(MANAGER, resumed_at)), replace(context(resumed_at), outages=seen))
    back = _minutes(124)
    whole = Outage(starts_at=_minutes(outage[0]), ends_at=_minutes(outage[1]))
    for _ in range(2):
        decided = decide(lead, Extend(**given(at=back)), _seen(back, whole))
        lead = decided.after if isinstance(decided, Transition) else lead
    assert lead.window_due_at is not None
    spread = lead.window_due_at - (resumed_at + left * _MINUTE)
    assert spread in (timedelta(), _SPREAD)
