"""The decision: the greedy order, and who goes first or last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.configuration import Configuration
from domain.ids import AgentId, LeadId
from domain.routing.agent import Agent, Specialization
from domain.routing.candidate import StrategyFacts
from domain.routing.decision import Decision, decide_route
from domain.routing.eligibility import DropReason
from domain.routing.eligibility_policy import EligibilityPolicy, ExistingAgent
from domain.routing.request import RoutingRequest, segment_of

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


def _decide(*agents: Agent, request: RoutingRequest = REQUEST, configuration: Configuration | None = None) -> Decision:
    return decide_route(request, agents, configuration or Configuration(), StrategyFacts())


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


def test_an_individual_row_is_a_fallback_for_other_segments() -> None:
    generalist, specialist = _agent(1), replace(_agent(2), specializations=(replace(AUTO, segment="SMB"),))
    asked = replace(REQUEST, segment="SMB")
    decision = _decide(generalist, specialist, request=asked)
    assert [candidate.agent_id for candidate in decision.candidates] == [specialist.id]
    assert decision.dropped == ((generalist.id, DropReason.FALLBACK_SEGMENT),)
    assert [candidate.agent_id for candidate in _decide(generalist, request=asked).candidates] == [generalist.id]


def test_the_agent_who_serves_the_customer_goes_first_or_not_at_all() -> None:
    serves, idle = replace(_agent(1), load=4), _agent(2)
    asked = replace(REQUEST, existing_agent=serves.id)
    excluded = _decide(serves, idle, request=asked)
    assert excluded.dropped == ((serves.id, DropReason.CONFLICT),)
    prefers = Configuration(eligibility=EligibilityPolicy(existing_agent=ExistingAgent.PREFERS))
    assert _decide(serves, idle, request=asked, configuration=prefers).candidates[0].agent_id == serves.id


@pytest.mark.parametrize(
    ("employees", "segment"), [(None, "Individual"), (10, "Individual"), (11, "SMB"), (250, "SMB"), (251, "Enterprise")]
)
def test_segments(employees: int | None, segment: str) -> None:
    assert segment_of(employees) == segment
