"""Routing rules: conditions over a lead's facts, what they make of the lead, and the linter of a set."""

from domain.rules.action import AnyAction, Effect, Placement, action_text, parse_action
from domain.rules.condition import All, Any, Compare, Condition, Not, parse_condition
from domain.rules.evaluate import Verdict, evaluate, first_match, judge, ordered
from domain.rules.facts import AgentFacts, LeadFacts, TeamFacts, rule_facts
from domain.rules.fields import KNOWN_FIELDS
from domain.rules.finding import Finding, FindingCode, Severity
from domain.rules.known_world import KnownWorld
from domain.rules.lint import lint
from domain.rules.operator import Operator
from domain.rules.origin import rule_from_origin
from domain.rules.rule import Rule, RuleId, RuleType

__all__ = [
    "KNOWN_FIELDS",
    "AgentFacts",
    "All",
    "Any",
    "AnyAction",
    "Compare",
    "Condition",
    "Effect",
    "Finding",
    "FindingCode",
    "KnownWorld",
    "LeadFacts",
    "Not",
    "Operator",
    "Placement",
    "Rule",
    "RuleId",
    "RuleType",
    "Severity",
    "TeamFacts",
    "Verdict",
    "action_text",
    "evaluate",
    "first_match",
    "judge",
    "lint",
    "ordered",
    "parse_action",
    "parse_condition",
    "rule_facts",
    "rule_from_origin",
]
