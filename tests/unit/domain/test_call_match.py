"""Which lead a call belongs to."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.call_match import CallMatch, Candidate, Standing, match_call
from domain.contact import Direction
from domain.ids import LeadId
from tests.unit.domain.lives import ANN

NEW, OLD = LeadId(UUID(int=1)), LeadId(UUID(int=2))


def _lead(lead_id: LeadId, standing: Standing = Standing.NONE, *, held: bool = True) -> Candidate:
    return Candidate(lead_id=lead_id, standing=standing, held=held)


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([_lead(NEW), _lead(OLD, Standing.HOLDS)], CallMatch(lead_id=OLD, agent=ANN)),
        ([_lead(NEW, Standing.HOLDS), _lead(OLD, Standing.HOLDS)], CallMatch(lead_id=NEW, agent=ANN)),
        ([_lead(NEW, Standing.HELD), _lead(OLD, Standing.HOLDS)], CallMatch(lead_id=OLD, agent=ANN)),
        ([_lead(NEW, Standing.OFFERED, held=False)], CallMatch(lead_id=NEW, agent=ANN, waits=True)),
        ([_lead(NEW, Standing.HELD)], CallMatch(lead_id=NEW, agent=ANN)),
        ([_lead(NEW)], CallMatch(reason="agent_without_lead")),
        ([], CallMatch(reason="no_open_lead")),
    ],
)
def test_an_agents_call_out(candidates: list[Candidate], expected: CallMatch) -> None:
    assert match_call(Direction.OUTBOUND, ANN, candidates) == expected


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([_lead(NEW)], CallMatch(lead_id=NEW)),
        ([_lead(NEW, held=False), _lead(OLD)], CallMatch(lead_id=OLD)),
        ([_lead(NEW), _lead(OLD)], CallMatch(reason="several_leads")),
        ([_lead(NEW, held=False)], CallMatch(reason="nobody_holds_it")),
    ],
)
def test_a_customer_who_calls_in_reaches_the_one_holder(candidates: list[Candidate], expected: CallMatch) -> None:
    assert match_call(Direction.INBOUND, None, candidates) == expected
    assert match_call(Direction.INBOUND, ANN, candidates) == expected


def test_a_call_out_by_nobody_is_nobodys_attempt() -> None:
    assert match_call(Direction.OUTBOUND, None, [_lead(NEW)]) == CallMatch(reason="no_agent")
