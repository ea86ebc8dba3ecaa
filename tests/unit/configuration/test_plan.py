"""The plan: what differs, path by path, and what the lint says of it."""

from __future__ import annotations

from typing import Any

import pytest

from domain.rules.finding import FindingCode
from services.configuration_files import read_wanted
from services.configuration_plan import Change, ChangeKind, difference
from services.publishing import Plan, make_plan
from tests.unit.configuration.world import ANN, AT, CAT, DIRECTORY, FULL, TEAMS, published


def plan(**sections: Any) -> Plan:
    """The plan for the published document with some sections replaced."""
    document = {**published().document(), **sections}
    return make_plan(published(), read_wanted(document, FULL, TEAMS, DIRECTORY, AT))


def signs(made: Plan) -> list[str]:
    return [f"{change.kind.value} {'.'.join(change.path)}" for change in made.changes]


def rules(**changed: Any) -> list[dict[str, Any]]:
    """The published rules, the first of them changed."""
    listed: list[dict[str, Any]] = published().document()["rules"]
    return [{**listed[0], **changed}, *listed[1:]]


def test_the_published_document_changes_nothing() -> None:
    assert plan().changes == ()


def test_each_kind_of_change() -> None:
    sla = {**published().document()["sla"], "claim_seconds": 60}
    assert plan(sla=sla).changes == (Change(kind=ChangeKind.CHANGE, path=("sla", "claim_seconds"), old=120, new=60),)
    assert signs(plan(policies={"slow": {"claim_seconds": 900}, "new": {}})) == ["+ policies.new", "- policies.fast"]
    assert signs(plan(rules=rules(priority=70))) == ["~ rules.Texas to the west.priority"]
    assert signs(plan(rules=rules(condition={"and": []}))) == ["~ rules.Texas to the west.condition"]
    assert signs(plan(rules=rules(name="Renamed"))) == ["+ rules.Renamed", "- rules.Texas to the west"]
    assert signs(plan(rules=rules()[1:])) == ["- rules.Texas to the west"]
    assert signs(plan(scoring="balanced")) == ["~ scoring"]
    west = {**published().document()["teams"]["West"], "members": {"bob@example.com": "member"}, "max_live_leads": 3}
    assert signs(plan(teams={"West": west, "East": {}})) == [
        "+ teams.East",
        "+ teams.West.members.bob@example.com",
        "- teams.West.members.Ann@example.com",
        "- teams.West.members.boss@example.com",
        "~ teams.West.max_live_leads",
    ]
    assert signs(plan(teams={})) == ["- teams.West"]


def test_a_change_names_the_thing_that_changes() -> None:
    assert [change.subject for change in plan(rules=rules(priority=70)).changes] == [("rules", "Texas to the west")]
    assert [change.subject for change in plan(time_zone="UTC").changes] == [("time_zone",)]


def test_rules_of_one_name_are_told_apart() -> None:
    twins = [{"id": "1", "name": "twin", "priority": 1}, {"id": "2", "name": "twin", "priority": 1}]
    changed = [twins[0], {**twins[1], "priority": 2}]
    (change,) = difference({"rules": twins}, {"rules": changed})
    assert change.path == ("rules", "twin (2)", "priority")


class TestLint:
    def test_what_is_published_has_warnings_at_most(self) -> None:
        assert plan().errors == ()

    @pytest.mark.parametrize(
        ("sections", "code", "told"),
        [
            ({"teams": {"West": {}}}, FindingCode.EMPTY_POOL, "has no active members"),
            ({"sla": {"fallback_owner": str(CAT)}}, FindingCode.EMPTY_POOL, "sla.fallback_owner"),
            ({"policies": {"x": {"fallback_owner": str(CAT)}}}, FindingCode.EMPTY_POOL, "policies.x.fallback_owner"),
            ({"strategy": {"agent": str(CAT)}}, FindingCode.EMPTY_POOL, "strategy.agent"),
            ({"strategy": {"team": "East"}}, FindingCode.EMPTY_POOL, "strategy.team"),
            (
                {"rules": rules(action={"type": "assign_to", "params": {"agent": str(CAT)}})},
                FindingCode.EMPTY_POOL,
                "is inactive",
            ),
            (
                {"rules": rules(action={"type": "set_policy", "params": {"policy": "none"}})},
                FindingCode.UNKNOWN_POLICY,
                "known are fast, slow",
            ),
            (
                {"rules": rules(action={"type": "set_strategy", "params": {"strategy": "luck"}})},
                FindingCode.UNKNOWN_STRATEGY,
                "'luck' is unknown",
            ),
            (
                {
                    "rules": rules(
                        action={
                            "type": "set_strategy",
                            "params": {"strategy": "greedy", "params": {"batch_seconds": 0}},
                        }
                    )
                },
                FindingCode.MALFORMED_VALUE,
                "set_strategy.batch_seconds",
            ),
        ],
    )
    def test_errors(self, sections: dict[str, Any], code: FindingCode, told: str) -> None:
        found = [finding for finding in plan(**sections).errors if finding.code is code]
        assert any(told in finding.message for finding in found), found

    def test_a_team_that_the_file_brings_counts(self) -> None:
        action = {"type": "assign_to", "params": {"team": "North"}}
        teams = {**published().document()["teams"], "North": {"members": {str(ANN): "member"}}}
        assert plan(rules=rules(action=action), teams=teams).errors == ()
