"""Eligibility: every reason in its order, soft requirements, licences, last resorts, and the schema's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import AgentId, LeadId, TeamId
from domain.routing.agent import Agent, Specialization
from domain.routing.eligibility import (
    MEANINGS,
    DropReason,
    drop_reason,
    mismatches,
    preferred_agents,
    sift,
)
from domain.routing.eligibility_policy import EligibilityPolicy, ExistingAgent
from domain.routing.licence import Licence
from domain.routing.request import RoutingRequest
from domain.routing.violation import TYPE_OF, Severity, ViolationType, violations
from tests.unit.domain.eligibility_page import DOCUMENT, document

TEAM = TeamId(UUID(int=700))
DAY = date(2026, 3, 10)
LICENCE = Licence(state="CA", line="Auto", number="A-1", valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31))
ROW = Specialization(
    line="Auto",
    segment="SMB",
    proficiency=3,
    max_concurrent=5,
    languages=frozenset({"English"}),
    territories=frozenset({"CA"}),
)
FALLBACK = replace(ROW, segment="Individual")
HARD = EligibilityPolicy()
REQUEST = RoutingRequest(
    lead_id=LeadId(UUID(int=99)), line="Auto", segment="SMB", language="en-US", territory="CA", team=TEAM, on=DAY
)


def _agent(number: int = 1, *rows: Specialization) -> Agent:
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
        specializations=rows or (ROW,),
        performance=None,
        last_assigned_at=None,
        licences=(LICENCE,),
        teams=frozenset({TEAM}),
    )


@dataclass(frozen=True)
class Case:
    """What a filter looks at."""

    agent: Agent
    request: RoutingRequest
    policy: EligibilityPolicy

    def reason(self) -> DropReason | None:
        return drop_reason(self.agent, self.request, self.policy)


FINE = Case(_agent(), REQUEST, HARD)


def _flawed_agent(**change: object) -> Callable[[Case], Case]:
    return lambda case: replace(case, agent=replace(case.agent, **change))  # type: ignore[arg-type]


def _flawed_request(**change: object) -> Callable[[Case], Case]:
    return lambda case: replace(case, request=replace(case.request, **change))  # type: ignore[arg-type]


def _flawed_rows(**change: object) -> Callable[[Case], Case]:
    def flawed(case: Case) -> Case:
        rows = tuple(replace(row, **change) for row in case.agent.specializations)  # type: ignore[arg-type]
        return replace(case, agent=replace(case.agent, specializations=rows))

    return flawed


FLAWS: dict[DropReason, Callable[[Case], Case]] = {
    DropReason.INACTIVE: _flawed_agent(is_active=False),
    DropReason.STATUS: _flawed_agent(status="Break"),
    DropReason.ON_LEAVE: _flawed_agent(on_leave=True),
    DropReason.NOT_ACCEPTING: _flawed_agent(accepts_new_leads=False),
    DropReason.TEAM: _flawed_request(team=TeamId(UUID(int=701))),
    DropReason.LINE: _flawed_rows(line="Home"),
    DropReason.SEGMENT: _flawed_rows(segment="Enterprise"),
    DropReason.LICENCE: _flawed_agent(licences=()),
    DropReason.TERRITORY: _flawed_rows(territories=frozenset({"TX"})),
    DropReason.LANGUAGE: _flawed_rows(languages=frozenset({"es"})),
    DropReason.OFF_SHIFT: _flawed_agent(on_shift=False),
    DropReason.BARRED: _flawed_request(barred=frozenset({FINE.agent.id})),
    DropReason.CONFLICT: _flawed_request(existing_agent=FINE.agent.id),
    DropReason.LIVE_CAP: _flawed_agent(load=5),
    DropReason.HELD_CAP: _flawed_agent(held=50),
    DropReason.SPECIALIZATION_CAP: _flawed_rows(live=5),
    DropReason.HOURLY_CAP: _flawed_agent(offers_last_hour=3, max_per_hour=3),
    DropReason.DAILY_CAP: _flawed_agent(offers_today=9, max_per_day=9),
    DropReason.TEAM_CAP: _flawed_agent(team_room=0),
}
"""What makes each filter fail, in the documented order; the last reasons do not depend on the agent alone."""

NOT_THE_AGENTS = (DropReason.EARLIER_HOLDER, DropReason.FALLBACK_SEGMENT, DropReason.DRAIN_RATE, DropReason.RULE)


def _flaw(reasons: Iterable[DropReason]) -> Case:
    case = FINE
    for reason in reasons:
        case = FLAWS[reason](case)
    return case


def test_the_table_has_every_reason_in_the_order_of_the_codes() -> None:
    assert [*FLAWS, *NOT_THE_AGENTS] == list(DropReason)
    assert list(MEANINGS) == list(DropReason)
    assert list(TYPE_OF) == list(DropReason)


def test_the_document_is_written_from_the_codes_and_presets() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document()


@pytest.mark.parametrize("reason", FLAWS)
def test_each_filter_has_its_reason(reason: DropReason) -> None:
    assert FINE.reason() is None
    assert _flaw([reason]).reason() is reason


@pytest.mark.parametrize(("first", "second"), list(combinations(FLAWS, 2)))
def test_the_first_reason_wins(first: DropReason, second: DropReason) -> None:
    assert _flaw([second, first]).reason() is first


@given(st.sets(st.sampled_from(list(FLAWS))))
def test_an_agent_is_eligible_exactly_when_no_filter_fails(flaws: set[DropReason]) -> None:
    case = _flaw(flaws)
    assert (case.reason() is None) == (not flaws)
    found = list(mismatches(case.agent, case.request, case.policy))
    assert set(found) <= flaws
    assert found == [reason for reason in DropReason if reason in found]


@pytest.mark.parametrize("change", [{"role": "manager"}, {"role": "system"}])
def test_only_agents_by_role_get_leads(change: dict[str, object]) -> None:
    assert _flawed_agent(**change)(FINE).reason() is DropReason.INACTIVE


@pytest.mark.parametrize("status", ["In_Call", "Break", "Training", "Offline", None])
def test_only_available_agents_get_leads(status: str | None) -> None:
    assert _flawed_agent(status=status)(FINE).reason() is DropReason.STATUS


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"load": 7}, DropReason.LIVE_CAP),
        ({"capacity": 0}, DropReason.LIVE_CAP),
        ({"load": 4, "held": 49}, None),
        ({"held": 60}, DropReason.HELD_CAP),
        ({"max_per_hour": 0}, DropReason.HOURLY_CAP),
        ({"max_per_day": 0}, DropReason.DAILY_CAP),
    ],
)
def test_caps_also_after_they_were_lowered(change: dict[str, object], reason: DropReason | None) -> None:
    assert _flawed_agent(**change)(FINE).reason() is reason


def test_ten_contacted_leads_do_not_use_up_live_capacity() -> None:
    assert _flawed_agent(load=0, held=10)(FINE).reason() is None


def test_the_agents_own_limit_of_offers_goes_before_the_policys() -> None:
    policy = EligibilityPolicy(max_per_hour=2, max_per_day=4)
    busy = replace(_agent(), offers_last_hour=2)
    assert drop_reason(busy, REQUEST, HARD) is None
    assert drop_reason(busy, REQUEST, policy) is DropReason.HOURLY_CAP
    assert drop_reason(replace(busy, max_per_hour=3), REQUEST, policy) is None
    late = replace(_agent(), offers_today=4)
    assert drop_reason(late, REQUEST, policy) is DropReason.DAILY_CAP
    assert drop_reason(replace(late, max_per_day=5), REQUEST, policy) is None


class TestRows:
    """What a specialisation has to fit, and that one of them must fit as a whole."""

    def test_lists_that_are_empty_mean_all_and_a_lead_without_the_fact_suits_everybody(self) -> None:
        everywhere = _agent(1, replace(ROW, languages=frozenset(), territories=frozenset()))
        assert drop_reason(everywhere, replace(REQUEST, language="vi"), HARD) is None
        assert drop_reason(_agent(), replace(REQUEST, language=None, territory=None), HARD) is None

    def test_two_rows_that_fit_by_half_do_not_make_a_whole(self) -> None:
        halves = _agent(1, replace(ROW, languages=frozenset({"es"})), replace(FALLBACK, territories=frozenset({"TX"})))
        assert drop_reason(halves, REQUEST, HARD) is DropReason.LANGUAGE

    def test_a_row_of_another_segment_does_not_help(self) -> None:
        individual_lead = replace(REQUEST, segment="Individual")
        assert drop_reason(_agent(), individual_lead, HARD) is DropReason.SEGMENT
        assert drop_reason(_agent(), individual_lead, HARD.softened("segment")) is None
        assert drop_reason(_agent(1, FALLBACK), REQUEST, HARD) is None

    def test_a_soft_requirement_does_not_take_away_the_row_that_meets_a_hard_one(self) -> None:
        halves = _agent(1, replace(ROW, languages=frozenset({"es"})), replace(FALLBACK, territories=frozenset({"TX"})))
        policy = HARD.softened("territory")
        assert drop_reason(halves, REQUEST, policy) is None
        assert list(mismatches(halves, REQUEST, policy)) == [DropReason.TERRITORY]

    def test_the_limit_is_that_of_the_segments_own_row(self) -> None:
        full = replace(ROW, live=5)
        assert drop_reason(_agent(1, full, FALLBACK), REQUEST, HARD) is DropReason.SPECIALIZATION_CAP
        assert drop_reason(_agent(1, ROW, replace(FALLBACK, live=5)), REQUEST, HARD) is None
        assert drop_reason(_agent(1, replace(FALLBACK, live=5)), REQUEST, HARD) is DropReason.SPECIALIZATION_CAP
        assert drop_reason(_agent(1, replace(ROW, line="Home", live=5), ROW), REQUEST, HARD) is None


class TestLicences:
    """The ledger decides where it is kept, the specialisations' territories besides."""

    def test_without_a_ledger_the_territories_decide_alone(self) -> None:
        free = replace(_agent(), licences=None)
        assert drop_reason(free, REQUEST, HARD) is None
        assert drop_reason(free, replace(REQUEST, territory="TX"), HARD) is DropReason.TERRITORY

    def test_both_count_where_both_exist(self) -> None:
        two_states = _agent(1, replace(ROW, territories=frozenset({"CA", "TX"})))
        texan = replace(REQUEST, territory="TX")
        assert drop_reason(two_states, texan, HARD) is DropReason.LICENCE
        licensed = replace(two_states, licences=(LICENCE, replace(LICENCE, state="TX", line=None)))
        assert drop_reason(licensed, texan, HARD) is None
        only_california = replace(licensed, specializations=(ROW,))
        assert drop_reason(only_california, texan, HARD) is DropReason.TERRITORY

    def test_a_licence_counts_on_its_days_only_and_on_none_without_a_day(self) -> None:
        assert drop_reason(_agent(), replace(REQUEST, on=date(2027, 1, 1)), HARD) is DropReason.LICENCE
        assert drop_reason(_agent(), replace(REQUEST, on=None), HARD) is DropReason.LICENCE
        assert drop_reason(_agent(), replace(REQUEST, on=None, territory=None), HARD) is None

    def test_a_soft_territory_leaves_licences_hard(self) -> None:
        texan = replace(REQUEST, territory="TX")
        assert drop_reason(_agent(), texan, HARD.softened("territory")) is DropReason.LICENCE
        assert drop_reason(_agent(), texan, HARD.softened("territory", "licence")) is None


class TestLastResorts:
    """Earlier holders and Individual rows: only while nobody better is there."""

    def test_an_individual_row_serves_another_segment_as_a_fallback_only(self) -> None:
        specialist, generalist = _agent(1), _agent(2, FALLBACK)
        sifted = sift([generalist, specialist], REQUEST, HARD)
        assert sifted.eligible == (specialist,)
        assert sifted.dropped == ((generalist.id, DropReason.FALLBACK_SEGMENT),)
        full = replace(specialist, load=5)
        assert sift([generalist, full], REQUEST, HARD).eligible == (generalist,)
        assert len(sift([generalist, specialist], REQUEST, HARD.softened("segment")).eligible) == 2

    def test_an_agent_with_both_rows_is_a_specialist_and_counts_once(self) -> None:
        both = _agent(1, FALLBACK, ROW)
        assert sift([both, _agent(2)], REQUEST, HARD).eligible == (both, _agent(2))
        abroad = _agent(1, FALLBACK, replace(ROW, languages=frozenset({"es"})))
        sifted = sift([abroad, _agent(2)], REQUEST, HARD)
        assert sifted.dropped == ((abroad.id, DropReason.FALLBACK_SEGMENT),)

    def test_a_specialist_without_the_language_does_not_displace_a_fallback_with_it(self) -> None:
        abroad, generalist = _agent(1, replace(ROW, languages=frozenset({"es"}))), _agent(2, FALLBACK)
        assert sift([abroad, generalist], REQUEST, HARD.softened("language")).eligible == (abroad, generalist)

    def test_a_fresh_fallback_goes_before_an_earlier_holder(self) -> None:
        earlier, generalist = _agent(1), _agent(2, FALLBACK)
        asked = replace(REQUEST, earlier_holders=frozenset({earlier.id}))
        sifted = sift([earlier, generalist], asked, HARD)
        assert sifted.eligible == (generalist,)
        assert sifted.dropped == ((earlier.id, DropReason.EARLIER_HOLDER),)
        assert sift([earlier, replace(generalist, load=5)], asked, HARD).eligible == (earlier,)


def test_the_agent_who_serves_the_customer_is_excluded_preferred_or_ignored() -> None:
    asked = replace(REQUEST, existing_agent=FINE.agent.id, preferred_agent=AgentId(UUID(int=2)))
    excludes, prefers, ignored = (EligibilityPolicy(existing_agent=way) for way in ExistingAgent)
    assert [drop_reason(_agent(), asked, policy) for policy in (excludes, prefers, ignored)] == [
        DropReason.CONFLICT,
        None,
        None,
    ]
    owner = AgentId(UUID(int=2))
    assert preferred_agents(asked, excludes) == preferred_agents(asked, ignored) == {owner}
    assert preferred_agents(asked, prefers) == {owner, FINE.agent.id}
    assert preferred_agents(REQUEST, prefers) == frozenset()


class TestViolations:
    """Everything that speaks against one agent."""

    def test_all_reasons_are_told_in_order_with_the_schemas_types(self) -> None:
        case = _flaw([DropReason.LIVE_CAP, DropReason.STATUS, DropReason.LANGUAGE, DropReason.CONFLICT])
        found = violations(case.agent, case.request, case.policy)
        assert [(one.reason, one.type, one.severity) for one in found] == [
            (DropReason.STATUS, ViolationType.UNAVAILABLE, Severity.ERROR),
            (DropReason.LANGUAGE, ViolationType.INCOMPATIBLE, Severity.ERROR),
            (DropReason.CONFLICT, ViolationType.CONFLICT, Severity.ERROR),
            (DropReason.LIVE_CAP, ViolationType.OVER_CAPACITY, Severity.ERROR),
        ]
        assert violations(FINE.agent, FINE.request, FINE.policy) == ()

    def test_what_is_soft_is_a_warning_and_leaves_the_agent_eligible(self) -> None:
        case = _flaw([DropReason.TERRITORY, DropReason.LANGUAGE])
        policy = HARD.softened("territory", "language")
        found = violations(case.agent, case.request, policy)
        assert [one.reason for one in found] == [DropReason.TERRITORY, DropReason.LANGUAGE]
        assert {one.severity for one in found} == {Severity.WARNING}
        assert drop_reason(case.agent, case.request, policy) is None

    def test_an_earlier_holder_is_a_warning(self) -> None:
        asked = replace(REQUEST, earlier_holders=frozenset({FINE.agent.id}))
        (found,) = violations(FINE.agent, asked, HARD)
        assert (found.reason, found.severity) == (DropReason.EARLIER_HOLDER, Severity.WARNING)
