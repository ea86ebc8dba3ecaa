"""The order of rules, and what a set of them makes of a lead."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from domain.rules import Effect, Rule, evaluate, first_match, judge, ordered
from domain.rules.action import Escalate, Reroute, SetStrategy
from tests.unit.domain.rules.samples import EVERY, FACTS, NOW, rule, rule_sets

AUTO = {"field": "lead.line", "operator": "eq", "value": "Auto"}
FAST = {"type": "set_policy", "params": {"policy": "fast"}}
SLOW = {"type": "set_policy", "params": {"policy": "slow"}}
WEIGHTED = {"type": "set_strategy", "params": {"strategy": "weighted"}}
IS_AUTO = {"lead": {"line": "Auto"}}


def test_priority_then_age_then_id() -> None:
    low = rule(1, priority=10)
    younger = rule(2, created_at=NOW + timedelta(seconds=1))
    older = rule(4)
    twin = rule(3)
    high = rule(5, priority=51, created_at=NOW + timedelta(days=9))
    assert ordered([low, younger, older, twin, high]) == [high, twin, older, younger, low]


@given(rules=rule_sets(), seed=st.integers(0, 99))
def test_the_order_is_one_order(rules: list[Rule], seed: int) -> None:
    shuffled = list(rules)
    Random(seed).shuffle(shuffled)
    assert ordered(shuffled) == ordered(rules)


def test_first_match_skips_inactive_rules_and_those_that_do_not_hold() -> None:
    off = rule(1, EVERY, is_active=False, priority=90)
    other = rule(2, {"not": AUTO}, priority=80)
    auto = rule(3, AUTO)
    assert first_match([rule(4, EVERY, priority=1), auto, other, off], IS_AUTO) == auto
    assert first_match([off, other], IS_AUTO) is None


def test_settings_go_on_and_the_first_of_a_kind_counts() -> None:
    rules = [
        rule(1, AUTO, FAST, priority=90),
        rule(2, EVERY, SLOW, priority=80),
        rule(3, EVERY, WEIGHTED, priority=70),
        rule(4, EVERY, "reroute", priority=60),
    ]
    verdict = judge(rules, IS_AUTO)
    assert verdict.policy == "fast"
    assert verdict.strategy == SetStrategy(strategy="weighted")
    assert verdict.placement == Reroute()
    assert {effect: fired.name for effect, fired in verdict.fired.items()} == {
        Effect.POLICY: "rule 1",
        Effect.STRATEGY: "rule 3",
        Effect.PLACEMENT: "rule 4",
    }
    assert judge(rules, {"lead": {"line": "Home"}}).policy == "slow"


def test_a_placement_ends_the_rules() -> None:
    verdict = judge([rule(1, priority=90), rule(2, EVERY, FAST), rule(3, EVERY, "reroute")], IS_AUTO)
    assert verdict.placement == Escalate()
    assert verdict.policy is None


def test_nothing_fires_without_rules() -> None:
    verdict = judge([], IS_AUTO)
    assert (verdict.placement, verdict.policy, verdict.strategy, dict(verdict.fired)) == (None, None, None, {})


@given(rules=rule_sets(), facts=FACTS)
def test_of_each_effect_the_first_true_rule_fires(rules: list[Rule], facts: dict[str, dict[str, object]]) -> None:
    true = [one for one in ordered(rules) if one.is_active and evaluate(one.condition, facts)]
    placing = next((one for one in true if one.action.effect is Effect.PLACEMENT), None)
    seen = true[: true.index(placing) + 1] if placing else true
    expected = {effect: next((one for one in seen if one.action.effect is effect), None) for effect in Effect}
    assert judge(rules, facts).fired == {effect: one for effect, one in expected.items() if one}
