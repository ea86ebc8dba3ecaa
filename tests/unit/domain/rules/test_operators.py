"""Every operator against every kind of field, and missing fields."""

from __future__ import annotations

import pytest

from domain.rules import Operator, evaluate, parse_condition

MISSING = object()

CASES: list[tuple[str, object, object, bool]] = [
    ("eq", "Auto", "Auto", True),
    ("eq", "Auto", "auto", False),
    ("eq", 1, 1.0, True),
    ("eq", 1, "1", False),
    ("eq", 1, True, False),
    ("eq", True, True, True),
    ("eq", ["a"], "a", False),
    ("eq", {"a": 1}, 1, False),
    ("eq", MISSING, "a", False),
    ("eq", None, None, False),
    ("ne", "Auto", "Home", True),
    ("ne", "Auto", "Auto", False),
    ("ne", 1, "1", True),
    ("ne", ["a"], "a", True),
    ("ne", MISSING, "a", True),
    ("ne", None, "a", True),
    ("gt", 5, 4.5, True),
    ("gt", 5, 5, False),
    ("gt", "b", "a", True),
    ("gt", "5", 4, False),
    ("gt", True, 0, False),
    ("gt", float("nan"), 1, False),
    ("gt", MISSING, 1, False),
    ("gte", 5, 5, True),
    ("gte", 4, 5, False),
    ("gte", "09:30", "09:30", True),
    ("gte", {}, 5, False),
    ("gte", MISSING, 5, False),
    ("lt", 4, 5, True),
    ("lt", 5, 5, False),
    ("lt", "09:00", "10:00", True),
    ("lt", "2026-01-31T23:59:00+00:00", "2026-02-01", True),
    ("lt", "4", 5, False),
    ("lt", MISSING, 5, False),
    ("lte", 5, 5, True),
    ("lte", 6, 5, False),
    ("lte", "a", "a", True),
    ("lte", None, 5, False),
    ("lte", MISSING, 5, False),
    ("in", "Auto", ["Home", "Auto"], True),
    ("in", "Life", ["Home", "Auto"], False),
    ("in", 1, [True, "1"], False),
    ("in", "Auto", [], False),
    ("in", "Auto", "Automobile", False),
    ("in", ["Auto"], ["Auto"], False),
    ("in", MISSING, ["Auto"], False),
    ("in", MISSING, [None], False),
    ("nin", "Life", ["Home", "Auto"], True),
    ("nin", "Auto", ["Home", "Auto"], False),
    ("nin", 1, ["1"], True),
    ("nin", MISSING, ["Auto"], True),
    ("contains", "Direct Website", "website", True),
    ("contains", "Direct", "website", False),
    ("contains", "STRASSE", "straße", True),
    ("contains", ["en", "es"], "es", True),
    ("contains", ["en", "es"], "e", False),
    ("contains", ["en"], "EN", False),
    ("contains", [1, 2], 2, True),
    ("contains", 123, 2, False),
    ("contains", "123", 2, False),
    ("contains", {"es": 1}, "es", False),
    ("contains", MISSING, "es", False),
    ("exists", "a", True, True),
    ("exists", "a", False, False),
    ("exists", False, True, True),
    ("exists", "", True, True),
    ("exists", [], True, True),
    ("exists", None, True, False),
    ("exists", None, False, True),
    ("exists", MISSING, True, False),
    ("exists", MISSING, False, True),
    ("exists", "a", "yes", False),
    ("exists", MISSING, "no", False),
    ("between", 5, [5, 7], True),
    ("between", 7, [5, 7], True),
    ("between", 7.5, [5, 7], False),
    ("between", 6, [7, 5], False),
    ("between", "10:00", ["09:00", "17:00"], True),
    ("between", "10", [5, 15], False),
    ("between", 6, [5], False),
    ("between", 6, 6, False),
    ("between", 6, [5, "7"], False),
    ("between", MISSING, [5, 7], False),
]


@pytest.mark.parametrize(("operator", "found", "value", "expected"), CASES)
def test_operator(operator: str, found: object, value: object, expected: bool) -> None:
    facts: dict[str, dict[str, object]] = {"lead": {} if found is MISSING else {"x": found}}
    condition = parse_condition({"field": "lead.x", "operator": operator, "value": value})
    assert evaluate(condition, facts) is expected


def test_every_operator_is_tried_on_a_missing_field() -> None:
    assert {operator for operator, found, _, _ in CASES if found is MISSING} == set(Operator)
