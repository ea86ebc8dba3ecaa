"""A customer's call that nobody answered: on record, and nobody's attempt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.lifecycle import Lead, Transition, decide
from domain.lifecycle.commands import Contact
from domain.lifecycle.state import EventType, LifecycleState
from domain.lifecycle.transition import PastOffer
from tests.unit.domain.lives import ANN, SERVICE, START, WINDOW, after, attempting, claimed, contacted, context, given

_AT = START + timedelta(minutes=2)


def _missed_call(result: str = "no_answer") -> Contact:
    return Contact(**given(SERVICE, _AT), direction="inbound", result=result)


@pytest.mark.parametrize("result", ["no_answer", "voicemail", "busy", "wrong_number", "no_show", "failed"])
def test_a_missed_call_is_kept_and_the_window_goes_on(result: str) -> None:
    lead = claimed()
    decided = decide(lead, _missed_call(result), context(_AT))
    assert isinstance(decided, Transition)
    assert decided.after == replace(lead, seq=lead.seq + 1, last_at=_AT)
    assert decided.attempt is not None
    assert [(one.type, one.data["counts"]) for one in decided.events] == [(EventType.CONTACT_ATTEMPTED, False)]
    assert decided.changed == ()


@pytest.mark.parametrize("start", [attempting, contacted])
def test_later_ones_change_neither_tries_nor_state(start: Callable[[], Lead]) -> None:
    lead = start()
    assert after(lead, _missed_call(), context(_AT)) == replace(lead, seq=lead.seq + 1, last_at=_AT)


def test_a_missed_call_excuses_no_breach() -> None:
    lead = replace(claimed(), epoch=3)
    past = PastOffer(
        agent=ANN,
        epoch=1,
        contact_started_at=START,
        contact_expires_at=START + WINDOW,
        claim_expires_at=None,
        claim_breached=False,
        contact_breached=True,
    )
    decided = decide(lead, _missed_call(), replace(context(_AT), past_offer=past))
    assert isinstance(decided, Transition)
    assert (decided.attempt is not None, decided.changed) == (True, ())


def test_the_attempt_that_answers_it_counts() -> None:
    lead = after(claimed(), _missed_call(), context(_AT))
    back = Contact(**given(SERVICE, _AT), result="no_answer")
    assert after(lead, back, context(_AT)).state is LifecycleState.ATTEMPTING
