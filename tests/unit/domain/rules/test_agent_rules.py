"""Rules about agents: whom they take out, and that they place nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.rules import KnownWorld, Rule, judge, lint, rule_facts
from domain.rules.agent_rules import taken_out
from tests.unit.domain.rules.samples import AGENT, ANN, BOB, EVERY, NORTH, NOW, lead, rule

FACTS = rule_facts(lead(line="Commercial", tier="Tier1"), now=NOW, time_zone="UTC")
JUNIOR = replace(AGENT, id=BOB, rating=0.4, is_elite=False, teams=frozenset())
COMMERCIAL = {"field": "lead.line", "operator": "eq", "value": "Commercial"}
IS_JUNIOR = {"field": "agent.tier", "operator": "eq", "value": "Junior"}
NO_JUNIORS = {"and": [COMMERCIAL, IS_JUNIOR]}
WORLD = KnownWorld(agents={}, teams={}, policies=frozenset(), strategies=frozenset())


def test_whoever_it_is_true_for_is_taken_out() -> None:
    no_juniors = rule(1, NO_JUNIORS, "reroute")
    assert taken_out([no_juniors], FACTS, [AGENT, JUNIOR]) == {BOB: no_juniors}
    auto = rule_facts(lead(), now=NOW, time_zone="UTC")
    assert taken_out([no_juniors], auto, [AGENT, JUNIOR]) == {}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"field": "agent.isEliteAgent", "operator": "eq", "value": False}, {BOB}),
        ({"not": {"field": "agent.isEliteAgent", "operator": "eq", "value": False}}, {ANN}),
        ({"field": "agent.teams", "operator": "contains", "value": str(NORTH)}, {ANN}),
        ({"field": "agent.utilization", "operator": "gte", "value": 40}, {ANN, BOB}),
        ({"field": "agent.rating", "operator": "gt", "value": 0.95}, set()),
    ],
)
def test_every_field_of_an_agent(condition: object, expected: set[object]) -> None:
    assert set(taken_out([rule(1, condition, "reroute")], FACTS, [AGENT, JUNIOR])) == expected


def test_the_first_that_takes_out_is_named_and_inactive_ones_are_not_judged() -> None:
    off, low, high = (
        rule(1, IS_JUNIOR, "reroute", priority=90, is_active=False),
        rule(2, IS_JUNIOR, "reroute", priority=10),
        rule(3, NO_JUNIORS, "reroute", priority=20),
    )
    assert taken_out([off, low, high], FACTS, [JUNIOR]) == {BOB: high}


def test_they_place_nothing_and_end_nothing() -> None:
    """`ne` on a field that is missing would otherwise be true for every lead."""
    about = rule(1, {"field": "agent.tier", "operator": "ne", "value": "Junior"}, "reroute", priority=90)
    placing = rule(2, EVERY, "escalate", priority=10)
    assert list(judge([about, placing], FACTS).fired.values()) == [placing]


@pytest.mark.parametrize("action", ["escalate", {"type": "reroute", "params": {"team": str(NORTH)}}])
def test_they_do_nothing_else(action: object) -> None:
    assert [found.code for found in lint([rule(1, IS_JUNIOR, action), _last()], WORLD)] == ["agent_rule"]


def test_they_stand_in_nobodys_way_and_nobody_in_theirs() -> None:
    same = [rule(1, IS_JUNIOR, "reroute", priority=90), rule(2, NO_JUNIORS, "reroute", priority=80)]
    assert lint([rule(3, EVERY, "reroute", priority=95), *same], WORLD) == []
    assert [found.code for found in lint([*same, rule(4, COMMERCIAL, "reroute")], WORLD)] == ["no_catch_all"]


def _last() -> Rule:
    return rule(99, EVERY, "reroute", priority=1)
