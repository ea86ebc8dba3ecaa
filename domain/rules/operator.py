"""The eleven operators of a rule: what each says about a field, and which values it accepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from numbers import Real


class Operator(StrEnum):
    """How a field is compared with the rule's value."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    IN = "in"
    NIN = "nin"
    CONTAINS = "contains"
    EXISTS = "exists"
    BETWEEN = "between"


MEANING: Mapping[Operator, str] = {
    Operator.EQ: "the field is the value; text letter by letter, capitals count",
    Operator.NE: "the opposite of `eq`; true when the field is missing",
    Operator.GT: "the field is greater than the value",
    Operator.GTE: "the field is greater than the value, or the value",
    Operator.LT: "the field is less than the value",
    Operator.LTE: "the field is less than the value, or the value",
    Operator.IN: "the field is one of the values",
    Operator.NIN: "the opposite of `in`; true when the field is missing",
    Operator.CONTAINS: "the text has the value inside, capitals do not count; or the list has the value as a member",
    Operator.EXISTS: "`true`: the field is there and not null; `false`: it is missing",
    Operator.BETWEEN: "the field is at least the first value and at most the second",
}

EXPECTS: Mapping[Operator, str] = {
    Operator.EQ: "a text, number or flag",
    Operator.NE: "a text, number or flag",
    Operator.GT: "a text or number",
    Operator.GTE: "a text or number",
    Operator.LT: "a text or number",
    Operator.LTE: "a text or number",
    Operator.IN: "a list with at least one text, number or flag, without null",
    Operator.NIN: "a list with at least one text, number or flag, without null",
    Operator.CONTAINS: "a text that is not empty, a number or a flag",
    Operator.EXISTS: "true or false",
    Operator.BETWEEN: "a list of two texts or two numbers, the smaller one first",
}


def is_number(value: object) -> bool:
    """True for numbers; a flag is not one."""
    return isinstance(value, Real) and not isinstance(value, bool)


def equal(left: object, right: object) -> bool:
    """Equality of two texts, two numbers or two flags; everything else is unequal."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if (isinstance(left, str) and isinstance(right, str)) or (is_number(left) and is_number(right)):
        return left == right
    return False


def _ordered(left: object, right: object) -> bool:
    """`left <= right` of two texts or two numbers; False for everything else."""
    if isinstance(left, str) and isinstance(right, str):
        return left <= right
    if isinstance(left, Real) and isinstance(right, Real) and is_number(left) and is_number(right):
        return left <= right
    return False


def _contains(found: object, value: object) -> bool:
    if isinstance(found, str):
        return isinstance(value, str) and value.casefold() in found.casefold()
    return isinstance(found, list | tuple) and any(equal(item, value) for item in found)


def _among(found: object, value: object) -> bool:
    return isinstance(value, list | tuple) and any(equal(found, item) for item in value)


def _between(found: object, value: object) -> bool:
    return (
        isinstance(value, list | tuple) and len(value) == 2 and _ordered(value[0], found) and _ordered(found, value[1])
    )


_TESTS: Mapping[Operator, Callable[[object, object], bool]] = {
    Operator.EQ: equal,
    Operator.NE: lambda found, value: not equal(found, value),
    Operator.GT: lambda found, value: _ordered(value, found) and not equal(found, value),
    Operator.GTE: lambda found, value: _ordered(value, found),
    Operator.LT: lambda found, value: _ordered(found, value) and not equal(found, value),
    Operator.LTE: _ordered,
    Operator.IN: _among,
    Operator.NIN: lambda found, value: not _among(found, value),
    Operator.CONTAINS: _contains,
    Operator.EXISTS: lambda found, value: isinstance(value, bool) and value is (found is not None),
    Operator.BETWEEN: _between,
}
_TRUE_WHEN_MISSING = frozenset({Operator.NE, Operator.NIN})


def holds(operator: Operator, found: object, value: object) -> bool:
    """True when `found operator value`. `found` None is a missing field. Never raises.

    A missing field makes only ne, nin and exists false true. Types that cannot be compared (a text with a number,
    a flag with a number, anything with a list or an object) are false, and so true for ne and nin, their
    opposites. Text is ordered by code point, which is right for ISO instants of one zone, dates and HH:MM.
    """
    if found is None and operator is not Operator.EXISTS:
        return operator in _TRUE_WHEN_MISSING
    return _TESTS[operator](found, value)


def accepts(operator: Operator, value: object) -> bool:
    """True when the value is one the operator can work with; EXPECTS says it in words."""
    match operator:
        case Operator.EXISTS:
            return isinstance(value, bool)
        case Operator.EQ | Operator.NE:
            return isinstance(value, str | bool) or is_number(value)
        case Operator.GT | Operator.GTE | Operator.LT | Operator.LTE:
            return isinstance(value, str) or is_number(value)
        case Operator.IN | Operator.NIN:
            return isinstance(value, list | tuple) and bool(value) and None not in value
        case Operator.CONTAINS:
            return (isinstance(value, str | bool) or is_number(value)) and value != ""
        case Operator.BETWEEN:
            return isinstance(value, list | tuple) and len(value) == 2 and _ordered(value[0], value[1])
