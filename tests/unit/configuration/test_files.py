"""The YAML file: what it says of a configuration, and what is made of what somebody writes."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.configuration import Configuration
from domain.routing.strategy_settings import StrategyName
from domain.routing.weights import PRESETS
from domain.scoring.profiles import PROFILES
from services.configuration_files import (
    ConfigurationFileError,
    Wanted,
    body_of,
    read_document,
    read_wanted,
    to_document,
    to_yaml,
)
from services.mapping.errors import MappingError
from tests.unit.configuration.world import ANN, AT, BOB, CAT, DIRECTORY, EAST, FULL, RULES, TEAMS, WEST, rule


def wanted(text: str, configuration: Configuration = FULL) -> Wanted:
    return read_wanted(read_document(text, "our.yaml"), configuration, TEAMS, DIRECTORY, AT)


def problems(text: str) -> str:
    with pytest.raises(ConfigurationFileError) as caught:
        wanted(text)
    return str(caught.value)


def exported(configuration: Configuration = FULL) -> str:
    return to_yaml(to_document(configuration, TEAMS, DIRECTORY))


def test_what_is_exported_reads_back_as_the_same() -> None:
    read = wanted(exported())
    assert read.configuration.model_copy(update={"rules": ()}) == FULL.model_copy(update={"rules": ()})
    assert sorted(read.configuration.rules, key=lambda rule: rule.id) == list(FULL.rules)
    assert read.teams == {"West": TEAMS["West"]}


def test_people_and_teams_go_by_the_names_that_people_use() -> None:
    text = exported()
    for identity in (ANN, BOB, WEST):
        assert str(identity) not in text
    document = yaml.safe_load(text)
    assert document["sla"]["fallback_owner"] == "boss@example.com"
    assert document["strategy"]["weights"] == {"Ann@example.com": 1.0, "bob@example.com": 3.0}
    assert document["rules"][0]["action"]["params"]["team"] == "West"
    assert document["teams"]["West"]["members"] == {"Ann@example.com": "member", "boss@example.com": "manager"}


def test_the_export_is_stable_and_says_everything_but_the_inactive_teams() -> None:
    again = Configuration.model_validate(dict(sorted(body_of(FULL).items(), reverse=True)))
    assert exported(again) == exported()
    document = yaml.safe_load(exported())
    assert list(document) == [*Configuration.model_fields, "teams"]
    assert list(document["policies"]) == ["fast", "slow"]
    assert [item["name"] for item in document["rules"]] == ["Texas to the west", "Shares", "Not Bob"]
    assert (document["scoring"], document["weights"]["name"]) == ("documented", "ours")
    assert list(document["teams"]) == ["West"]


def test_a_body_holds_only_what_differs_and_means_the_same() -> None:
    assert body_of(Configuration()) == {}
    assert Configuration.model_validate(body_of(FULL)) == FULL
    assert body_of(FULL)["sla"] == {"claim_seconds": 120, "fallback_owner": str(FULL.sla.fallback_owner)}


_SECTIONS = st.fixed_dictionaries(
    {
        "sla": st.fixed_dictionaries({"claim_seconds": st.integers(1, 10_000)}),
        "policies": st.dictionaries(
            st.text("ab:#- 1", min_size=1), st.fixed_dictionaries({"park_seconds": st.integers(1, 99)}), max_size=3
        ),
        "scoring": st.sampled_from(sorted(PROFILES)),
        "weights": st.sampled_from(sorted(PRESETS)),
        "strategy": st.fixed_dictionaries({"name": st.sampled_from([*StrategyName])}),
    }
)


@settings(max_examples=40, deadline=None)
@given(
    sections=_SECTIONS,
    names=st.lists(st.text(min_size=1, max_size=20).filter(str.strip), unique=True, max_size=4),
)
def test_any_configuration_survives_the_body_and_the_file(sections: dict[str, Any], names: list[str]) -> None:
    rules = [rule(name, "escalate", number=place) for place, name in enumerate(names)]
    configuration = Configuration.model_validate({**sections, "rules": rules})
    assert Configuration.model_validate(body_of(configuration)) == configuration
    text = exported(configuration)
    read = wanted(text, configuration).configuration
    assert read == configuration
    assert exported(read) == text


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029", "\n", "\t"])
def test_a_name_with_a_break_survives_the_file(mark: str) -> None:
    configuration = Configuration.model_validate({"rules": [rule(f"a{mark}b", "escalate")]})
    assert wanted(exported(configuration), configuration).configuration == configuration


class TestRules:
    def test_a_rule_is_known_by_its_name_and_keeps_identity_and_age(self) -> None:
        read = wanted("rules: [{name: Not Bob, condition: {and: []}, action: escalate}]")
        (changed,) = read.configuration.rules
        assert (str(changed.id), changed.created_at) == (RULES[1]["id"], AT)

    def test_new_rules_of_equal_priority_keep_the_order_of_the_file(self) -> None:
        listed = ", ".join(f"{{name: {name}, condition: {{and: []}}, action: escalate}}" for name in ("z", "a", "m"))
        document = to_document(wanted(f"rules: [{listed}]").configuration, None, DIRECTORY)
        assert [item["name"] for item in document["rules"]] == ["z", "a", "m"]

    def test_two_of_one_name_need_ids(self) -> None:
        twins = [rule("twin", "escalate", number=1), rule("twin", "escalate", number=2)]
        configuration = Configuration.model_validate({"rules": twins})
        assert wanted(exported(configuration), configuration).configuration == configuration
        assert "rules.1.name: 'twin' comes twice" in problems(
            "rules: [{name: twin, condition: {and: []}, action: escalate}, "
            "{name: twin, condition: {and: []}, action: escalate}]"
        )

    def test_an_inactive_team_and_a_new_one_can_be_named(self) -> None:
        read = wanted(
            "teams: {North: {members: {ann@EXAMPLE.com: member}}}\n"
            "rules:\n"
            "- {name: a, condition: {and: []}, action: {type: assign_to, params: {team: North}}}\n"
            "- {name: b, condition: {and: []}, action: {type: reroute, params: {pool: East}}}\n"
        )
        assert read.teams is not None
        north = read.teams["North"]
        assert [getattr(rule.action, "team", None) for rule in read.configuration.rules] == [north.id, EAST]
        assert north.members == {ANN: "member"}


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("- a\n- b", "our.yaml: holds no sections"),
            ("", "our.yaml: holds no sections"),
            ("colour: red", "colour: Extra inputs are not permitted"),
            ("sla: {claim_seconds: 0}", "sla.claim_seconds: Input should be greater than or equal to 1"),
            ("scoring: best", "scoring: 'best' is unknown; write one of documented, balanced"),
            ("rules: {a: 1}", "rules: is not a list"),
            ("rules: [{name: x, condition: {and: []}, action: fly}]", "rules.x.action: action: 'fly' is unknown"),
            ("sla: {fallback_owner: eve@example.com}", "agent: nobody has the e-mail or id 'eve@example.com'"),
            ("strategy: {team: South}", "team: no team is called 'South'"),
            ("teams: [West]", "teams: is not a mapping"),
            (
                "teams: {West: {members: {ann@example.com: boss}}}",
                "teams.West.members.ann@example.com: Input should be",
            ),
            ("teams: {West: {max_live_leads: -1}}", "teams.West.max_live_leads: Input should be greater"),
            ("teams: {West: {notification_targets: [x]}}", "teams.West.notification_targets: Extra inputs"),
            ("time_zone: Mars/Olympus", "time_zone: "),
        ],
    )
    def test_it_is_said_with_its_place(self, text: str, told: str) -> None:
        assert told in problems(text)

    def test_every_problem_at_once(self) -> None:
        told = problems(
            "sla: {claim_seconds: 0, fallback_owner: eve@example.com}\nteams: {West: {members: {x: member}}}"
        )
        assert len(told.splitlines()) == 3

    def test_no_yaml_and_keys_twice(self) -> None:
        for text in ("sla: {claim_seconds: 1", "sla: {}\nsla: {}"):
            with pytest.raises(MappingError, match=r"our\.yaml"):
                wanted(text)


def test_a_missing_section_is_its_default_but_missing_teams_stay() -> None:
    read = wanted("time_zone: America/Chicago")
    assert read == Wanted(configuration=Configuration(time_zone="America/Chicago"), teams=None)


def test_somebody_without_an_email_goes_by_the_id() -> None:
    document: dict[str, Any] = {"teams": {"West": {"members": {str(CAT): "member"}}}}
    read = read_wanted(document, FULL, TEAMS, DIRECTORY, AT)
    assert read.teams is not None
    assert read.teams["West"].members == {CAT: "member"}
    assert to_document(FULL, read.teams, DIRECTORY)["teams"]["West"]["members"] == {str(CAT): "member"}


def test_what_is_no_id_is_exported_as_it_is() -> None:
    odd = rule("odd", {"type": "set_strategy", "params": {"strategy": "greedy", "params": {"team": "nowhere"}}})
    configuration = Configuration.model_validate({"rules": [odd]})
    assert "team: nowhere" in exported(configuration)
