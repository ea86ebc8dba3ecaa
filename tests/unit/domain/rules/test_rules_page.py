"""docs/reference/rules.md says what the code does, and its examples are rules without a finding."""

from __future__ import annotations

import re
from uuid import UUID

import yaml

from domain.ids import AgentId, TeamId
from domain.rules import KnownWorld, Rule, evaluate, lint, rule_facts
from domain.rules.rule import RuleId
from tests.unit.domain.rules.rules_page import DOCUMENT, filled, names, tables
from tests.unit.domain.rules.samples import NOW, lead

PAGE = DOCUMENT.read_text(encoding="utf-8")


def _examples() -> list[Rule]:
    blocks = re.findall(r"```yaml\n(rules:.*?)```", PAGE, re.DOTALL)
    raws = [raw for block in blocks for raw in yaml.safe_load(block)["rules"]]
    return [
        Rule.model_validate({"id": RuleId(UUID(int=number)), "created_at": NOW, **raw})
        for number, raw in enumerate(raws, start=1)
    ]


def test_the_tables_are_those_of_the_code() -> None:
    assert names(PAGE) == list(tables())
    assert filled(PAGE) == PAGE, "run: python -m tests.unit.domain.rules.rules_page"


def test_the_example_set_has_no_finding() -> None:
    agent = AgentId(UUID("3f0c2a5e-0000-4000-8000-000000000001"))
    team = TeamId(UUID("3f0c2a5e-0000-4000-8000-000000000002"))
    world = KnownWorld(
        agents={agent: True},
        teams={team: frozenset({agent})},
        policies=frozenset({"fast"}),
        strategies=frozenset({"round_robin"}),
    )
    assert lint(_examples(), world) == []


def test_the_first_example_matches_what_the_page_says() -> None:
    first = _examples()[0]
    matching = lead(line="Commercial", employee_count=300)
    assert evaluate(first.condition, rule_facts(matching, now=NOW, time_zone="UTC"))
    assert not evaluate(first.condition, rule_facts(lead(line="Commercial"), now=NOW, time_zone="UTC"))
