"""The linter: every finding, and the promise that what it proves is true."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rules import (
    Condition,
    FindingCode,
    KnownWorld,
    Rule,
    Severity,
    evaluate,
    judge,
    lint,
    parse_condition,
)
from domain.rules.contradiction import always_true, contradictory, implies
from tests.unit.domain.rules.samples import ANN, BOB, CONDITIONS, EVERY, FACTS, NORTH, rule, rule_sets

WORLD = KnownWorld(
    agents={ANN: True, BOB: False},
    teams={NORTH: frozenset({ANN, BOB})},
    policies=frozenset({"fast"}),
    strategies=frozenset({"greedy"}),
)
LAST = rule(99, priority=1)


def _where(text: str) -> Condition:
    return parse_condition(yaml.safe_load(text))


def _codes(*rules: Rule, world: KnownWorld = WORLD) -> list[tuple[str, str | None]]:
    return [(found.code.value, found.rule.name if found.rule else None) for found in lint(rules, world)]


CONTRADICTORY = [
    "{and: [{field: lead.line, operator: eq, value: Auto}, {field: lead.line, operator: eq, value: Home}]}",
    "{and: [{field: lead.score, operator: gt, value: 5}, {field: lead.score, operator: lt, value: 3}]}",
    "{and: [{field: lead.score, operator: gt, value: 5}, {field: lead.score, operator: lt, value: 5}]}",
    "{and: [{field: lead.score, operator: gt, value: 5}, {field: lead.score, operator: lte, value: 5}]}",
    "{and: [{field: lead.score, operator: gte, value: 5}, {field: lead.score, operator: eq, value: five}]}",
    "{and: [{field: lead.line, operator: exists, value: false}, {field: lead.line, operator: eq, value: Auto}]}",
    "{and: [{field: lead.line, operator: in, value: [Auto, Home]}, {field: lead.line, operator: eq, value: Life}]}",
    "{and: [{field: lead.city, operator: eq, value: Rome}, {field: lead.city, operator: contains, value: x}]}",
    "{and: [{field: lead.city, operator: contains, value: York}, {field: lead.city, operator: gte, value: ''}, "
    "{not: {field: lead.city, operator: contains, value: yo}}]}",
    "{and: [{field: lead.line, operator: eq, value: Auto}, {not: {field: lead.line, operator: eq, value: Auto}}]}",
    "{field: lead.score, operator: between, value: [9, 1]}",
    "{field: lead.line, operator: in, value: []}",
    "{or: []}",
    "{not: {and: []}}",
    "{or: [{field: lead.score, operator: between, value: [9, 1]}, {or: []}]}",
    "{not: {or: [{field: lead.line, operator: eq, value: a}, {field: lead.line, operator: ne, value: a}]}}",
]
POSSIBLE = [
    "{field: lead.score, operator: gt, value: 5}",
    "{field: lead.score, operator: lt, value: 5}",
    "{field: lead.city, operator: gt, value: z}",
    "{field: lead.city, operator: lt, value: a}",
    "{field: lead.city, operator: contains, value: a}",
    "{field: lead.has_phone, operator: eq, value: false}",
    "{not: {field: lead.score, operator: exists}}",
    "{and: [{field: lead.x, operator: exists}, {not: {or: [{field: lead.x, operator: gte, value: ''}, "
    "{field: lead.x, operator: lt, value: 1}, {field: lead.x, operator: gte, value: 1}]}}]}",
    "{and: [{field: lead.score, operator: gt, value: 5}, {field: lead.score, operator: lt, value: 5.000001}]}",
    "{and: [{field: lead.score, operator: gte, value: 5}, {field: lead.score, operator: lte, value: 5}]}",
    "{and: [{field: lead.city, operator: gt, value: a}, {field: lead.city, operator: lt, value: ab}]}",
    "{and: [{field: agent.teams, operator: contains, value: a}, {field: agent.teams, operator: contains, value: b}]}",
    "{and: [{field: lead.city, operator: contains, value: a}, {field: lead.city, operator: gt, value: m}]}",
    "{and: [{field: metadata.tags, operator: contains, value: York}, "
    "{not: {field: metadata.tags, operator: contains, value: yo}}]}",
    "{and: [{field: lead.line, operator: ne, value: a}, {field: lead.line, operator: exists, value: false}]}",
    "{or: [{field: lead.score, operator: between, value: [9, 1]}, {and: []}]}",
]


@pytest.mark.parametrize("text", CONTRADICTORY)
def test_contradictory(text: str) -> None:
    assert contradictory(_where(text))
    assert (FindingCode.CONTRADICTORY, "rule 1") in _codes(rule(1, yaml.safe_load(text)), LAST)


@pytest.mark.parametrize("text", POSSIBLE)
def test_not_contradictory(text: str) -> None:
    assert not contradictory(_where(text))


AUTO = "{field: lead.line, operator: eq, value: Auto}"
BIG = "{field: lead.score, operator: gte, value: 80}"


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (AUTO, "{and: []}"),
        (AUTO, AUTO),
        (f"{{and: [{AUTO}, {BIG}]}}", AUTO),
        (f"{{and: [{AUTO}, {BIG}]}}", f"{{and: [{BIG}, {AUTO}]}}"),
        (AUTO, "{field: lead.line, operator: in, value: [Home, Auto]}"),
        (AUTO, "{field: lead.line, operator: contains, value: AUT}"),
        (AUTO, "{field: lead.line, operator: ne, value: Home}"),
        (BIG, "{field: lead.score, operator: gt, value: 79}"),
        ("{field: lead.score, operator: between, value: [81, 85]}", BIG),
        (AUTO, f"{{or: [{AUTO}, {BIG}]}}"),
        (AUTO, "{field: lead.line, operator: exists}"),
    ],
)
def test_implication_and_the_shadow_it_casts(narrow: str, wide: str) -> None:
    assert implies(_where(narrow), _where(wide))
    first, second = rule(1, yaml.safe_load(wide), priority=90), rule(2, yaml.safe_load(narrow))
    assert ("unreachable", "rule 2") in _codes(first, second)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (AUTO, f"{{and: [{AUTO}, {BIG}]}}"),
        ("{field: lead.score, operator: gte, value: 79}", BIG),
        ("{field: lead.line, operator: ne, value: Home}", AUTO),
        ("{and: []}", f"{{or: [{BIG}, {{field: lead.score, operator: lt, value: 80}}]}}"),
    ],
)
def test_no_implication_no_shadow(narrow: str, wide: str) -> None:
    assert not implies(_where(narrow), _where(wide))
    first, second = rule(1, yaml.safe_load(wide), priority=90), rule(2, yaml.safe_load(narrow))
    assert ("unreachable", "rule 2") not in _codes(first, second)


def test_what_ends_or_takes_the_effect_shadows() -> None:
    policy = {"type": "set_policy", "params": {"policy": "fast"}}
    strategy = {"type": "set_strategy", "params": {"strategy": "greedy"}}
    assert _codes(rule(1, EVERY, policy, priority=90), rule(2, EVERY, strategy), LAST) == []
    assert _codes(rule(1, EVERY, policy, priority=90), rule(2, EVERY, policy), LAST) == [("unreachable", "rule 2")]
    assert _codes(rule(1, EVERY, "escalate", priority=90), rule(2, EVERY, policy)) == [("unreachable", "rule 2")]
    off = rule(1, EVERY, "escalate", priority=90, is_active=False)
    assert _codes(off, rule(2, EVERY, policy), LAST) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{field: lead.colour, operator: eq, value: red}", "unknown_field"),
        ("{field: metadata.colour, operator: eq, value: red}", None),
        ("{not: {or: [{field: insuranceType, operator: eq, value: Auto}]}}", "unknown_field"),
        ("{field: metadata, operator: exists}", "unknown_field"),
        ("{field: lead.line, operator: eq, value: [Auto]}", "malformed_value"),
        ("{field: lead.line, operator: ne, value: null}", "malformed_value"),
        ("{field: metadata.x, operator: gt, value: true}", "malformed_value"),
        ("{field: lead.line, operator: nin, value: Auto}", "malformed_value"),
        ("{field: lead.line, operator: nin, value: []}", "malformed_value"),
        ("{field: lead.line, operator: contains, value: ''}", "malformed_value"),
        ("{not: {field: lead.score, operator: between, value: [1]}}", "malformed_value"),
        ("{not: {field: lead.line, operator: exists, value: sometimes}}", "malformed_value"),
        ("{field: lead.score, operator: ne, value: high}", "malformed_value"),
        ("{field: time.hhmm, operator: lt, value: 18:00}", "malformed_value"),
        ("{not: {field: lead.score, operator: contains, value: 8}}", "malformed_value"),
        ("{field: lead.has_phone, operator: eq, value: true}", None),
        ("{not: {field: lead.has_phone, operator: gt, value: 0}}", "malformed_value"),
        ("{not: {field: agent.teams, operator: eq, value: north}}", "malformed_value"),
        ("{field: agent.teams, operator: contains, value: north}", None),
        ("{field: time.hhmm, operator: between, value: ['09:00', '17:30']}", None),
    ],
)
def test_fields_and_values(text: str, code: str | None) -> None:
    found = _codes(rule(1, yaml.safe_load(text), "reroute"), LAST)
    assert (code, "rule 1") in found if code else found == []


def test_an_unquoted_time_is_explained() -> None:
    raw = yaml.safe_load("{field: time.hhmm, operator: lt, value: 18:00}")
    messages = [finding.message for finding in lint([rule(1, raw), LAST], WORLD)]
    assert messages == ["time.hhmm lt: the field is a text, 1080 is not; quote it"]


@pytest.mark.parametrize(
    ("word", "params", "code"),
    [
        ("assign_to", {"agent": ANN}, None),
        ("assign_to", {"agent": BOB}, "empty_pool"),
        ("assign_to", {"agent": "00000000-0000-0000-0000-000000000003"}, "empty_pool"),
        ("assign_to", {"team": NORTH}, None),
        ("assign_to", {"team": "00000000-0000-0000-0000-000000000003"}, "empty_pool"),
        ("reroute", {"team": NORTH, "exclude": [BOB]}, None),
        ("reroute", {"team": NORTH, "exclude": [ANN]}, "empty_pool"),
        ("reroute", {"exclude": [ANN]}, None),
        ("move_queue", {"queue": "nurture"}, None),
        ("move_queue", {"queue": "attic"}, "unknown_queue"),
        ("set_policy", {"policy": "fast"}, None),
        ("set_policy", {"policy": "slow"}, "unknown_policy"),
        ("set_strategy", {"strategy": "greedy"}, None),
        ("set_strategy", {"strategy": "magic"}, "unknown_strategy"),
    ],
)
def test_actions(word: str, params: dict[str, object], code: str | None) -> None:
    first = rule(1, yaml.safe_load(AUTO), {"type": word, "params": params})
    assert _codes(first, LAST) == ([(code, "rule 1")] if code else [])


def test_a_team_of_inactive_members_is_an_empty_pool() -> None:
    world = KnownWorld(agents={BOB: False}, teams={NORTH: frozenset({BOB})})
    first = rule(1, yaml.safe_load(AUTO), {"type": "assign_to", "params": {"team": NORTH}})
    assert _codes(first, LAST, world=world) == [("empty_pool", "rule 1")]


def test_duplicate_names_and_no_catch_all() -> None:
    twins = [rule(1, yaml.safe_load(AUTO), name="Same"), rule(2, yaml.safe_load(BIG), name="same ", is_active=False)]
    findings = lint(twins, WORLD)
    assert [(found.code, found.severity) for found in findings] == [
        (FindingCode.DUPLICATE_NAME, Severity.ERROR),
        (FindingCode.NO_CATCH_ALL, Severity.WARNING),
    ]
    assert findings[1].rule is None


def test_a_catch_all_must_place_and_be_active() -> None:
    policy = {"type": "set_policy", "params": {"policy": "fast"}}
    assert _codes(rule(1, EVERY, policy)) == [("no_catch_all", None)]
    assert _codes(rule(1, yaml.safe_load(AUTO)), rule(2, EVERY, is_active=False)) == [("no_catch_all", None)]
    assert _codes(rule(1, {"or": [yaml.safe_load(AUTO), {"not": yaml.safe_load(AUTO)}]})) == []
    assert _codes() == []


def test_too_many_branches_prove_nothing() -> None:
    pair = {"or": [yaml.safe_load(AUTO), yaml.safe_load(BIG)]}
    assert not contradictory(parse_condition({"and": [*[pair] * 12, {"or": []}]}))


@settings(max_examples=300)
@given(condition=CONDITIONS, facts=st.lists(FACTS, min_size=3, max_size=5))
def test_what_is_contradictory_never_matches(condition: Condition, facts: list[dict[str, dict[str, object]]]) -> None:
    outcomes = {evaluate(condition, one) for one in facts}
    if contradictory(condition):
        assert True not in outcomes
    if always_true(condition):
        assert False not in outcomes


@given(narrow=CONDITIONS, wide=CONDITIONS, facts=st.lists(FACTS, max_size=5))
def test_what_is_implied_holds(narrow: Condition, wide: Condition, facts: list[dict[str, dict[str, object]]]) -> None:
    if implies(narrow, wide):
        assert all(evaluate(wide, one) for one in facts if evaluate(narrow, one))


@given(rules=rule_sets(), facts=st.lists(FACTS, max_size=5))
def test_what_is_unreachable_never_counts(rules: list[Rule], facts: list[dict[str, dict[str, object]]]) -> None:
    dead = {FindingCode.UNREACHABLE, FindingCode.CONTRADICTORY}
    lost = {found.rule.id for found in lint(rules, WORLD) if found.code in dead and found.rule}
    for one in facts:
        assert lost.isdisjoint(fired.id for fired in judge(rules, one).fired.values())


@given(rules=rule_sets())
def test_the_linter_does_not_depend_on_the_order_of_its_input(rules: list[Rule]) -> None:
    assert lint(rules, WORLD) == lint(rules[::-1], WORLD)
