"""Eligibility on random agents: against an independent description, and softer policies remove nobody."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.routing.agent import Agent, Specialization
from domain.routing.eligibility import drop_reason, is_soft, sift
from domain.routing.eligibility_policy import EligibilityPolicy, Requirement, Softened
from domain.routing.request import RoutingRequest
from domain.routing.violation import Severity, violations
from tests.unit.domain.test_eligibility import LICENCE, REQUEST, _agent

_words = st.frozensets(st.sampled_from(["en", "Spanish", "es-MX", "zh-Hans"]), max_size=2)
_states = st.frozensets(st.sampled_from(["CA", "TX"]), max_size=2)
_rows = st.builds(
    Specialization,
    line=st.sampled_from(["Auto", "Home"]),
    segment=st.sampled_from(["Individual", "SMB", "Enterprise"]),
    proficiency=st.just(3),
    max_concurrent=st.just(2),
    languages=_words,
    territories=_states,
    live=st.integers(0, 2),
)
_ledgers = st.none() | st.lists(
    st.builds(replace, st.just(LICENCE), state=st.sampled_from(["CA", "TX"]), line=st.sampled_from(["Auto", None])),
    max_size=2,
).map(tuple)
_agents = st.builds(
    lambda number, rows, licences, load: replace(
        _agent(number), specializations=tuple(rows), licences=licences, load=load
    ),
    st.integers(1, 9),
    st.lists(_rows, max_size=4, unique_by=lambda row: (row.line, row.segment)),
    _ledgers,
    st.integers(3, 5),
)
_requests = st.builds(
    lambda segment, language, territory: replace(REQUEST, segment=segment, language=language, territory=territory),
    st.sampled_from(["Individual", "SMB", "Enterprise"]),
    st.sampled_from([None, "en-US", "es", "zh-Hant"]),
    st.sampled_from([None, "CA", "TX"]),
)
_hardness = st.sampled_from(Requirement)
_policies = st.builds(EligibilityPolicy, language=_hardness, territory=_hardness, licence=_hardness, segment=_hardness)
_softenings = st.sets(st.sampled_from(("language", "territory", "licence", "segment")))
_SPOKEN = {None: set(), "en-US": {"en"}, "es": {"Spanish", "es-MX"}, "zh-Hant": set()}


def _may_have(agent: Agent, request: RoutingRequest, policy: EligibilityPolicy) -> bool:
    """The same answer from the description: one row that meets everything hard, a licence, and room."""
    fitting = [
        row
        for row in agent.specializations
        if row.line == "Auto"
        and (policy.segment == "soft" or row.segment in {request.segment, "Individual"})
        and (policy.territory == "soft" or request.territory in {None, *row.territories} or not row.territories)
        and (
            policy.language == "soft"
            or request.language is None
            or not row.languages
            or row.languages & _SPOKEN[request.language]
        )
    ]
    licensed = (
        policy.licence == "soft"
        or request.territory is None
        or agent.licences is None
        or request.territory in {licence.state for licence in agent.licences}
    )
    of_line = {row.segment: row.live < 2 for row in agent.specializations if row.line == "Auto"}
    room = of_line.get(request.segment, of_line.get("Individual", any(of_line.values())))
    return bool(fitting) and licensed and room and agent.load < 5


@given(_agents, _requests, _policies)
def test_eligible_is_who_meets_all_that_is_hard(
    agent: Agent, request: RoutingRequest, policy: EligibilityPolicy
) -> None:
    assert (drop_reason(agent, request, policy) is None) == _may_have(agent, request, policy)
    errors = [one for one in violations(agent, request, policy) if one.severity is Severity.ERROR]
    assert (errors == []) == (drop_reason(agent, request, policy) is None)
    for one in violations(agent, request, policy):
        assert is_soft(one.reason, policy) == (one.severity is Severity.WARNING)


@given(
    agents=st.lists(_agents, max_size=5, unique_by=lambda agent: agent.id),
    request=_requests,
    policy=_policies,
    soft=_softenings,
)
def test_softening_never_removes_an_agent(
    agents: list[Agent], request: RoutingRequest, policy: EligibilityPolicy, soft: set[Softened]
) -> None:
    before = sift(agents, request, policy)
    after = sift(agents, request, policy.softened(*soft))
    assert {agent.id for agent in before.eligible} <= {agent.id for agent in after.eligible}
    for sifted in (before, after):
        seen = [agent.id for agent in sifted.eligible] + [agent for agent, _ in sifted.dropped]
        assert sorted(seen, key=str) == sorted((agent.id for agent in agents), key=str)
