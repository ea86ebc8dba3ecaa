"""manual: the named agent or nobody, validated unless forced."""

from __future__ import annotations

from uuid import UUID

from domain.ids import LeadId
from domain.routing.agent import Agent, Specialization
from domain.routing.candidate import StrategyFacts
from domain.routing.eligibility import DropReason
from domain.routing.eligibility_policy import EligibilityPolicy, Requirement
from domain.routing.request import RoutingRequest
from domain.routing.strategies.manual import Manual, validate_manual
from domain.routing.strategy_settings import StrategyName, StrategySettings
from tests.unit.domain.strategies.pools import agent, candidate, numbers

_REQUEST = RoutingRequest(
    lead_id=LeadId(UUID(int=99)), line="Auto", segment="Individual", language="es", territory=None
)
_POLICY = EligibilityPolicy()


def _agent(*, load: int = 0, languages: frozenset[str] = frozenset({"es"})) -> Agent:
    return Agent(
        id=agent(1),
        is_active=True,
        accepts_new_leads=True,
        role="agent",
        status="Available",
        load=load,
        capacity=5,
        held=0,
        max_held=50,
        specializations=(
            Specialization(
                line="Auto",
                segment="Individual",
                proficiency=3,
                max_concurrent=9,
                languages=languages,
                territories=frozenset(),
            ),
        ),
        performance=None,
        last_assigned_at=None,
    )


def _facts(named: int | None, *, force: bool = False) -> StrategyFacts:
    chosen = None if named is None else agent(named)
    return StrategyFacts(settings=StrategySettings(name=StrategyName.MANUAL, agent=chosen, force=force))


def test_only_the_named_agent_is_ranked_not_even_a_preferred_one() -> None:
    candidates = [candidate(1, fitness=99), candidate(2, fitness=10), candidate(3, preferred=True)]
    assert numbers(Manual().rank(candidates, _facts(2))) == [2]


def test_nobody_takes_the_place_of_a_named_agent_that_is_not_eligible() -> None:
    assert numbers(Manual().rank([candidate(1)], _facts(2))) == []


def test_without_a_name_leads_wait_for_a_person() -> None:
    ranking = Manual().rank([candidate(1)], _facts(None))
    assert (numbers(ranking), ranking.notes) == ([], {"agent": None, "force": False})


def test_force_is_in_the_notes() -> None:
    notes = Manual().rank([candidate(1)], _facts(1, force=True)).notes
    assert notes == {"agent": str(agent(1)), "force": True}


def test_an_eligible_agent_needs_no_force() -> None:
    check = validate_manual(_agent(), _REQUEST, _POLICY, force=True)
    assert (check.allowed, check.violations, check.overridden) == (True, (), ())


def test_every_error_is_named_and_force_sets_them_aside() -> None:
    unfit = _agent(load=5, languages=frozenset({"en"}))
    errors = (DropReason.LANGUAGE, DropReason.LIVE_CAP)
    check = validate_manual(unfit, _REQUEST, _POLICY)
    assert (check.allowed, tuple(found.reason for found in check.violations), check.overridden) == (False, errors, ())
    forced = validate_manual(unfit, _REQUEST, _POLICY, force=True)
    assert (forced.allowed, forced.overridden) == (True, errors)


def test_a_warning_does_not_forbid() -> None:
    stranger = _agent(languages=frozenset({"en"}))
    check = validate_manual(stranger, _REQUEST, EligibilityPolicy(language=Requirement.SOFT), force=True)
    assert [found.reason for found in check.violations] == [DropReason.LANGUAGE]
    assert (check.allowed, check.overridden) == (True, ())
