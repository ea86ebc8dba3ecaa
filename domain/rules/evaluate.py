"""Which rules are true for a lead, and what they make of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.rules.action import AssignTo, Effect, Escalate, Hold, MoveQueue, Placement, Reroute, SetPolicy, SetStrategy
from domain.rules.condition import All, Any, Compare, Condition
from domain.rules.operator import holds
from domain.rules.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the rules say about a lead: of each kind of effect the one rule that counts."""

    fired: Mapping[Effect, Rule] = field(default_factory=dict)

    @property
    def placement(self) -> Placement | None:
        """Where the lead goes; None: the rules do not say, it is routed as usual."""
        rule = self.fired.get(Effect.PLACEMENT)
        action = rule.action if rule else None
        return action if isinstance(action, AssignTo | Escalate | Hold | Reroute | MoveQueue) else None

    def unplaced(self) -> Verdict:
        """The same without the placement: settings count, and nothing says where the lead goes."""
        return Verdict(fired={effect: rule for effect, rule in self.fired.items() if effect is not Effect.PLACEMENT})

    @property
    def policy(self) -> str | None:
        """Name of the SLA policy; None: the configuration's own."""
        rule = self.fired.get(Effect.POLICY)
        return rule.action.policy if rule and isinstance(rule.action, SetPolicy) else None

    @property
    def strategy(self) -> SetStrategy | None:
        """The strategy with its parameters; None: the configuration's own."""
        rule = self.fired.get(Effect.STRATEGY)
        return rule.action if rule and isinstance(rule.action, SetStrategy) else None


def lookup(path: str, facts: Mapping[str, object]) -> object:
    """The value at a dotted path; None when a part of the path is missing."""
    found: object = facts
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def evaluate(condition: Condition, facts: Mapping[str, object]) -> bool:
    """True when the condition holds for the facts (see `facts.rule_facts`). Never raises."""
    if isinstance(condition, Compare):
        return holds(condition.operator, lookup(condition.field, facts), condition.value)
    if isinstance(condition, All):
        return all(evaluate(part, facts) for part in condition.conditions)
    if isinstance(condition, Any):
        return any(evaluate(part, facts) for part in condition.conditions)
    return not evaluate(condition.condition, facts)


def ordered(rules: Iterable[Rule]) -> list[Rule]:
    """Priority from high to low, then age from old to new, then id: the same list for any order of the input."""
    return sorted(rules, key=lambda rule: (-rule.priority, rule.created_at, rule.id))


def first_match(rules: Iterable[Rule], facts: Mapping[str, object]) -> Rule | None:
    """The first active rule, in order, whose condition holds."""
    return next((rule for rule in ordered(rules) if rule.is_active and evaluate(rule.condition, facts)), None)


def judge(rules: Iterable[Rule], facts: Mapping[str, object]) -> Verdict:
    """The verdict of the active rules, in order.

    Settings (set_policy, set_strategy) do not decide who gets the lead, so the first of each kind counts and
    the rules go on; the first placement (assign_to, escalate, hold, reroute, move_queue) counts and ends them.
    Rules about agents are judged for each agent instead, see `agent_rules`.
    """
    fired: dict[Effect, Rule] = {}
    for rule in ordered(rules):
        effect = rule.action.effect
        if not rule.is_active or effect in fired or rule.is_about_agents or not evaluate(rule.condition, facts):
            continue
        fired[effect] = rule
        if effect is Effect.PLACEMENT:
            break
    return Verdict(fired=fired)
