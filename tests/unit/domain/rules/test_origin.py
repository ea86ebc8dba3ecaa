"""Rules of the origin read on import, and its known defects that ours does not have."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.errors import InvalidInputError
from domain.rules import Rule, evaluate, first_match, judge, parse_condition, rule_facts, rule_from_origin
from domain.rules.action import AssignTo, Escalate, Hold, MoveQueue
from tests.unit.domain.rules.samples import ANN, NOW, lead, rule

ROW: dict[str, object] = {
    "id": str(UUID(int=7)),
    "ruleName": "Texas autos",
    "ruleType": "geographic",
    "condition": {"field": "state", "operator": "eq", "value": "TX", "agentId": str(ANN)},
    "action": "assign_to",
    "priority": 70,
    "isActive": True,
    "createdAt": datetime(2026, 1, 1),  # noqa: DTZ001 - the origin's columns have no zone
    "updatedAt": datetime(2026, 1, 2),  # noqa: DTZ001
}


def _facts(**changes: object) -> dict[str, dict[str, object]]:
    return rule_facts(lead(**changes), now=NOW, time_zone="Europe/Madrid")


def test_a_row_of_the_origin() -> None:
    read = rule_from_origin(ROW)
    assert read == Rule.model_validate(
        {
            "id": UUID(int=7),
            "name": "Texas autos",
            "type": "geographic",
            "condition": {"field": "lead.state", "operator": "eq", "value": "TX"},
            "action": {"type": "assign_to", "params": {"agent": ANN}},
            "priority": 70,
            "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        }
    )
    assert rule_from_origin({**ROW, "condition": json.dumps(ROW["condition"]), "createdAt": "2026-01-01"}) == read


def test_bare_columns_become_fields_of_the_lead() -> None:
    nested = {
        "field": "insuranceType",
        "operator": "eq",
        "value": "Auto",
        "logicalOperator": "or",
        "conditions": [
            {"field": "lead.metadata.page.type", "operator": "exists"},
            {"field": "qualityScore", "operator": "gte", "value": 80},
        ],
    }
    read = rule_from_origin({**ROW, "condition": nested, "action": "escalate"})
    paths = ("lead.line", "metadata.page.type", "lead.quality")
    assert [part["field"] for part in read.model_dump()["condition"]["or"]] == list(paths)
    negated = rule_from_origin({**ROW, "condition": {"not": {"and": [nested]}}, "action": "escalate"})
    assert not evaluate(negated.condition, _facts())


@pytest.mark.parametrize(
    ("params", "action", "expected"),
    [
        ({"queueType": "nurture"}, "move_queue", MoveQueue(queue="nurture")),
        ({"minutes": 10, "reason": "night"}, "hold", Hold(minutes=10, code="night")),
        ({}, '{"type": "escalate", "params": {"code": "vip"}}', Escalate(code="vip")),
        ({}, {"type": "escalate"}, Escalate()),
    ],
)
def test_parameters(params: dict[str, object], action: object, expected: object) -> None:
    condition = {"field": "state", "operator": "eq", "value": "TX", **params}
    assert rule_from_origin({**ROW, "condition": condition, "action": action}).action == expected


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"condition": "{"}, "condition"),
        ({"condition": None}, "condition"),
        ({"condition": {"agentId": str(ANN)}}, "condition.field"),
        ({"action": {"type": "escalate"}}, "condition"),
        ({"action": "promote"}, "action"),
        ({"action": None}, "action"),
        ({"priority": 0}, "priority"),
        ({"ruleType": "mood"}, "ruleType"),
        ({"ruleName": None}, "ruleName"),
        ({"createdAt": "yesterday"}, "createdAt"),
        ({"createdAt": None}, "createdAt"),
    ],
)
def test_a_row_that_cannot_be_read_names_its_column(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        rule_from_origin({**ROW, **changes})
    assert caught.value.field == field


class TestDefectsOfTheOrigin:
    def test_equal_priorities_had_no_order(self) -> None:
        twins = [rule(2), rule(1)]
        assert first_match(twins, {}) == first_match(twins[::-1], {}) == twins[1]

    def test_only_one_flat_condition_was_evaluated(self) -> None:
        condition = {
            "field": "state",
            "operator": "eq",
            "value": "TX",
            "conditions": [{"field": "insuranceType", "operator": "eq", "value": "Home"}],
        }
        read = rule_from_origin({**ROW, "condition": condition, "action": "escalate"})
        assert not evaluate(read.condition, _facts(state="TX", line="Auto"))
        assert evaluate(read.condition, _facts(state="TX", line="Home"))

    @pytest.mark.parametrize(("operator", "value"), [("nin", ["FL"]), ("exists", True), ("between", ["TA", "TZ"])])
    def test_nin_exists_and_between_were_declared_only(self, operator: str, value: object) -> None:
        condition = parse_condition({"field": "lead.state", "operator": operator, "value": value})
        assert evaluate(condition, _facts(state="TX"))

    def test_dotted_paths_into_metadata_were_declared_only(self) -> None:
        condition = parse_condition({"field": "metadata.page.type", "operator": "eq", "value": "quote"})
        assert evaluate(condition, _facts(metadata={"page": {"type": "quote"}}))

    def test_only_assign_to_acted(self) -> None:
        assert judge([rule(1, action="escalate")], {}).placement == Escalate()

    def test_assign_to_passed_over_availability_and_caps(self) -> None:
        action = rule_from_origin(ROW).action
        assert isinstance(action, AssignTo)
        assert action.force is False

    @pytest.mark.parametrize("operator", ["eq", "in", "contains", "gte", "between"])
    def test_a_criterion_matched_a_lead_that_lacks_the_field(self, operator: str) -> None:
        value: object = ["villa", "villas"] if operator in ("in", "between") else "villa"
        condition = parse_condition({"field": "metadata.page_slug", "operator": operator, "value": value})
        assert not evaluate(condition, _facts())

    def test_a_budget_was_compared_as_part_of_a_text(self) -> None:
        condition = parse_condition({"field": "metadata.budget", "operator": "between", "value": [100, 500]})
        assert evaluate(condition, _facts(metadata={"budget": 250}))
        assert not evaluate(condition, _facts(metadata={"budget": 1_500}))

    def test_opening_hours_knew_hours_only(self) -> None:
        condition = parse_condition({"field": "time.hhmm", "operator": "between", "value": ["12:00", "12:29"]})
        assert not evaluate(condition, _facts())

    def test_a_night_hold_was_released_by_the_clock_of_the_server(self) -> None:
        midnight = datetime(2026, 6, 15, 23, 0, tzinfo=UTC)
        assert Hold(until="09:00").release_at(midnight, "Europe/Madrid") == datetime(2026, 6, 16, 7, 0, tzinfo=UTC)
