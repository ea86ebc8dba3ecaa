"""Eligibility, fitness and the greedy order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.configuration import Configuration
from domain.ids import AgentId, LeadId
from domain.routing.agent import Agent, Specialization
from domain.routing.decision import Decision, Greedy, decide_route
from domain.routing.eligibility import DropReason, drop_reason
from domain.routing.fitness import combine, fitness_of, response_minutes
from domain.routing.request import RoutingRequest, segment_of
from domain.routing.weights import FitnessWeights

AUTO = Specialization(
    line="Auto", segment="Individual", proficiency=3, max_concurrent=5, languages=frozenset(), territories=frozenset()
)


def _agent(number: int = 1) -> Agent:
    return Agent(
        id=AgentId(UUID(int=number)),
        is_active=True,
        accepts_new_leads=True,
        role="agent",
        status="Available",
        load=0,
        capacity=5,
        held=0,
        max_held=50,
        specializations=(AUTO,),
        performance=None,
        last_assigned_at=None,
    )


REQUEST = RoutingRequest(lead_id=LeadId(UUID(int=99)), line="Auto", segment="Individual", language=None, territory=None)


def _decide(*agents: Agent, request: RoutingRequest = REQUEST) -> Decision:
    return decide_route(request, list(agents), Configuration(), Greedy())


def test_golden_fitness() -> None:
    fitness = combine(FitnessWeights(), specialization=100, performance=60, availability=100, utilization=40)
    assert fitness.total == 78
    assert response_minutes(fitness) == 15


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_active": False}, DropReason.INACTIVE),
        ({"role": "manager"}, DropReason.INACTIVE),
        ({"accepts_new_leads": False}, DropReason.NOT_ACCEPTING),
        ({"status": "Break"}, DropReason.STATUS),
        ({"status": None}, DropReason.STATUS),
        ({"specializations": ()}, DropReason.LINE),
        ({"specializations": (replace(AUTO, line="Home"),)}, DropReason.LINE),
        ({"specializations": (replace(AUTO, segment="SMB"),)}, DropReason.SEGMENT),
        ({"load": 5}, DropReason.LIVE_CAP),
        ({"load": 7}, DropReason.LIVE_CAP),
        ({"capacity": 0}, DropReason.LIVE_CAP),
        ({"held": 50}, DropReason.HELD_CAP),
        ({}, None),
    ],
)
def test_each_hard_filter_has_its_reason(change: dict[str, object], reason: DropReason | None) -> None:
    agent = replace(_agent(), **change)  # type: ignore[arg-type]
    assert drop_reason(agent, REQUEST, language_required=True, territory_required=True) == reason


def test_language_and_territory_are_hard_unless_the_configuration_says_otherwise() -> None:
    abroad = replace(AUTO, languages=frozenset({"es"}), territories=frozenset({"TX"}))
    agent = replace(_agent(), specializations=(abroad,))
    asked = replace(REQUEST, language="en-US", territory="CA")
    assert drop_reason(agent, asked, language_required=True, territory_required=True) is DropReason.LANGUAGE
    assert drop_reason(agent, asked, language_required=False, territory_required=True) is DropReason.TERRITORY
    assert drop_reason(agent, asked, language_required=False, territory_required=False) is None
    assert (
        drop_reason(
            agent, replace(asked, language="es-MX", territory="TX"), language_required=True, territory_required=True
        )
        is None
    )


def test_an_agent_with_two_rows_counts_once() -> None:
    both = replace(_agent(), specializations=(AUTO, replace(AUTO, segment="SMB")))
    assert [candidate.agent_id for candidate in _decide(both).candidates] == [both.id]


def test_no_capacity_reads_as_full_not_as_idle() -> None:
    assert replace(_agent(), capacity=0).utilization == 100


def test_ties_go_to_lower_utilization_then_longest_idle_then_id() -> None:
    first, second = _agent(1), _agent(2)
    assert _decide(second, first).candidates[0].agent_id == first.id
    assert _decide(first, second).tie_break == "id"
    recent = replace(first, last_assigned_at=datetime(2026, 1, 1, tzinfo=UTC))
    decision = _decide(recent, second)
    assert (decision.candidates[0].agent_id, decision.tie_break) == (second.id, "idle")


def test_a_preferred_agent_goes_first_while_eligible() -> None:
    busy, idle = replace(_agent(1), load=4), _agent(2)
    asked = replace(REQUEST, preferred_agent=busy.id)
    assert _decide(busy, idle, request=asked).candidates[0].agent_id == busy.id
    full = replace(busy, load=5)
    assert _decide(full, idle, request=asked).candidates[0].agent_id == idle.id


def test_earlier_holders_are_a_last_resort() -> None:
    earlier, fresh = _agent(1), _agent(2)
    asked = replace(REQUEST, earlier_holders=frozenset({earlier.id}))
    decision = _decide(earlier, fresh, request=asked)
    assert [candidate.agent_id for candidate in decision.candidates] == [fresh.id]
    assert decision.dropped == ((earlier.id, DropReason.EARLIER_HOLDER),)
    assert [candidate.agent_id for candidate in _decide(earlier, request=asked).candidates] == [earlier.id]


@pytest.mark.parametrize(
    ("employees", "segment"), [(None, "Individual"), (10, "Individual"), (11, "SMB"), (250, "SMB"), (251, "Enterprise")]
)
def test_segments(employees: int | None, segment: str) -> None:
    assert segment_of(employees) == segment


def test_specialization_prefers_the_exact_row() -> None:
    smb = replace(_agent(), specializations=(replace(AUTO, segment="SMB"),))
    asked = replace(REQUEST, segment="SMB")
    assert fitness_of(smb, asked, FitnessWeights()).specialization == 100
    assert fitness_of(_agent(), asked, FitnessWeights()).specialization == 80
