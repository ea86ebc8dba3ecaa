"""Conditions as they are written: JSON, YAML, the origin's form."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError
from domain.rules import All, Any, Compare, Condition, Not, Operator, Rule, evaluate, parse_condition
from domain.rules.condition import MAX_DEPTH
from tests.unit.domain.rules.samples import CONDITIONS, FACTS, rule

A = Compare(field="lead.a", operator=Operator.EQ, value=1)
B = Compare(field="lead.b", operator=Operator.EQ, value=2)
RAW_A = {"field": "lead.a", "operator": "eq", "value": 1}
RAW_B = {"field": "lead.b", "operator": "eq", "value": 2}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (RAW_A, A),
        ({"and": [RAW_A, RAW_B]}, All(conditions=(A, B))),
        ({"or": [RAW_A, {"not": RAW_B}]}, Any(conditions=(A, Not(condition=B)))),
        ({"and": []}, All(conditions=())),
        ({**RAW_A, "conditions": [RAW_B]}, All(conditions=(A, B))),
        ({**RAW_A, "logicalOperator": "OR", "conditions": [RAW_B]}, Any(conditions=(A, B))),
        ({**RAW_A, "logicalOperator": "or", "conditions": []}, A),
        ({"logicalOperator": "or", "conditions": [RAW_A, RAW_B]}, Any(conditions=(A, B))),
        (
            {**RAW_A, "conditions": [{**RAW_B, "logicalOperator": "or", "conditions": [RAW_A]}]},
            All(conditions=(A, Any(conditions=(B, A)))),
        ),
    ],
)
def test_forms(raw: object, expected: Condition) -> None:
    assert parse_condition(raw) == expected


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ({}, "condition.field"),
        ("lead.a eq 1", "condition"),
        ({"field": "lead.a", "operator": "eq"}, "condition.value"),
        ({**RAW_A, "operator": "like"}, "condition.operator"),
        ({**RAW_A, "field": "lead..a"}, "condition.field"),
        ({**RAW_A, "value": {"x": 1}}, "condition.value"),
        ({**RAW_A, "value": float("nan")}, "condition.value"),
        ({**RAW_A, "more": 1}, "condition.more"),
        ({"and": RAW_A}, "condition.and"),
        ({"and": [RAW_A], "or": [RAW_B]}, "condition.field"),
        ({"or": [RAW_A, {"not": 7}]}, "condition.or[1].not"),
        ({**RAW_A, "logicalOperator": "xor"}, "condition.logicalOperator"),
        ({"conditions": []}, "condition"),
    ],
)
def test_a_fault_names_its_place(raw: object, place: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_condition(raw)
    assert caught.value.field == place


def _nested(levels: int) -> object:
    raw: object = RAW_A
    for _ in range(levels - 1):
        raw = {"not": raw}
    return raw


def test_depth_is_bounded() -> None:
    assert evaluate(parse_condition(_nested(MAX_DEPTH)), {"lead": {"a": 1}}) is (MAX_DEPTH % 2 == 1)
    for levels in (MAX_DEPTH + 1, 5_000):
        with pytest.raises(InvalidInputError, match="more than 20 levels"):
            parse_condition(_nested(levels))


def test_a_model_refuses_with_the_same_words() -> None:
    with pytest.raises(ValueError, match=r"condition\.operator: "):
        rule(1, {**RAW_A, "operator": "like"})


def test_yaml_dates_are_text() -> None:
    raw = yaml.safe_load("{field: time.date, operator: between, value: [2026-01-01, 2026-12-31]}")
    assert parse_condition(raw) == Compare(
        field="time.date", operator=Operator.BETWEEN, value=("2026-01-01", "2026-12-31")
    )


def test_exists_needs_no_value() -> None:
    condition = parse_condition({"field": "lead.a", "operator": "exists"})
    assert evaluate(condition, {"lead": {"a": 0}})
    assert not evaluate(condition, {"lead": {}})


@given(condition=CONDITIONS)
def test_written_and_read_again(condition: Condition) -> None:
    given_rule = rule(1, condition)
    assert Rule.model_validate_json(given_rule.model_dump_json()) == given_rule


@given(first=CONDITIONS, second=CONDITIONS, facts=FACTS)
def test_de_morgan(first: Condition, second: Condition, facts: dict[str, dict[str, object]]) -> None:
    parts = (first, second)
    negated = (Not(condition=first), Not(condition=second))
    assert evaluate(Not(condition=All(conditions=parts)), facts) is evaluate(Any(conditions=negated), facts)
    assert evaluate(Not(condition=Any(conditions=parts)), facts) is evaluate(All(conditions=negated), facts)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=4)),
    max_leaves=10,
)


@given(condition=CONDITIONS, a=JSON, b=JSON, c=JSON)
def test_evaluation_never_raises(condition: Condition, a: object, b: object, c: object) -> None:
    assert evaluate(condition, {"lead": {"a": a, "b": b}, "metadata": {"c": c}}) in (True, False)


@given(
    field=st.sampled_from(["lead", "lead.a", "lead.a.b"]), operator=st.sampled_from(Operator), facts=JSON, value=JSON
)
def test_whatever_is_read_is_evaluated(field: str, operator: Operator, facts: object, value: object) -> None:
    try:
        condition = parse_condition({"field": field, "operator": operator.value, "value": value})
    except InvalidInputError:
        return
    assert evaluate(condition, {"lead": facts}) in (True, False)
