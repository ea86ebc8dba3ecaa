"""Conditions of rules: comparisons, and and/or/not over them; read from JSON or YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Annotated

from pydantic import (
    AllowInfNan,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)

from domain.errors import InvalidInputError
from domain.rules.operator import Operator

MAX_DEPTH = 20
"""Levels of and/or/not and comparisons that one condition may have."""


def _plain(value: object) -> object:
    """YAML reads an unquoted 2026-01-31 as a date; rules compare text."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return [_plain(item) for item in value] if isinstance(value, list) else value


Scalar = StrictBool | StrictInt | Annotated[StrictFloat, AllowInfNan(False)] | StrictStr | None
Value = Annotated[Scalar | tuple[Scalar, ...], BeforeValidator(_plain)]


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )


class Compare(_Part):
    """One comparison: the dotted path of a field, an operator, a value."""

    field: str = Field(min_length=1, max_length=200, pattern=r"^[^.]+(\.[^.]+)*$")
    operator: Operator
    value: Value

    @model_validator(mode="before")
    @classmethod
    def _exists_by_itself(cls, raw: object) -> object:
        if isinstance(raw, Mapping) and "value" not in raw and raw.get("operator") == Operator.EXISTS:
            return {**raw, "value": True}
        return raw


class All(_Part):
    """True when every condition is; without any it is always true."""

    conditions: tuple[Condition, ...] = Field(alias="and")


class Any(_Part):
    """True when one of the conditions is; without any it is never true."""

    conditions: tuple[Condition, ...] = Field(alias="or")


class Not(_Part):
    """True when the condition is not."""

    condition: Condition = Field(alias="not")


def parse_condition(raw: object) -> Condition:
    """Read `{and: […]}`, `{or: […]}`, `{not: …}`, `{field, operator, value}`, or the origin's form.

    The origin's form is `{field, operator, value, logicalOperator?: and|or, conditions?: […]}`: the comparison
    comes first and is joined to the nested conditions by logicalOperator (and when it is not given). Only
    `exists` may leave the value out; it is true then.

    Raises InvalidInputError with the place of the fault, also for more than MAX_DEPTH levels.
    """
    return _parse(raw, "condition", 1)


def _parse(raw: object, place: str, depth: int) -> Condition:
    if depth > MAX_DEPTH:
        raise InvalidInputError("condition", f"is nested more than {MAX_DEPTH} levels deep; split it into two rules")
    if isinstance(raw, Compare | All | Any | Not):
        return raw
    if not isinstance(raw, Mapping):
        raise InvalidInputError(place, "is not an object; write {field, operator, value}, and, or, or not")
    keys = set(raw)
    if keys == {"and"}:
        return All(conditions=_parse_list(raw["and"], f"{place}.and", depth))
    if keys == {"or"}:
        return Any(conditions=_parse_list(raw["or"], f"{place}.or", depth))
    if keys == {"not"}:
        return Not(condition=_parse(raw["not"], f"{place}.not", depth + 1))
    if keys & {"logicalOperator", "conditions"}:
        return _parse_joined(raw, place, depth)
    try:
        return Compare.model_validate(dict(raw))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join([place, *(str(part) for part in first["loc"][:1])])
        raise InvalidInputError(
            where, f"{first['msg']}; a condition is {{field, operator, value}}, or one of and, or, not"
        ) from error


def _parse_list(raw: object, place: str, depth: int) -> tuple[Condition, ...]:
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise InvalidInputError(place, "is not a list; write a list of conditions")
    return tuple(_parse(item, f"{place}[{index}]", depth + 1) for index, item in enumerate(raw))


def _parse_joined(raw: Mapping[str, object], place: str, depth: int) -> Condition:
    join = raw.get("logicalOperator") or "and"
    if not isinstance(join, str) or join.lower() not in {"and", "or"}:
        raise InvalidInputError(f"{place}.logicalOperator", "is neither and nor or; write one of them")
    head = {key: value for key, value in raw.items() if key not in {"logicalOperator", "conditions"}}
    nested = _parse_list(raw.get("conditions") or [], f"{place}.conditions", depth)
    if head:
        nested = (_parse(head, place, depth + 1), *nested)
    if not nested:
        raise InvalidInputError(place, "compares nothing; name a field, or write {and: []} for every lead")
    if len(nested) == 1:
        return nested[0]
    return All(conditions=nested) if join.lower() == "and" else Any(conditions=nested)


def _validated(raw: object) -> object:
    try:
        return parse_condition(raw)
    except InvalidInputError as error:
        raise ValueError(str(error)) from error


Condition = Annotated[Compare | All | Any | Not, BeforeValidator(_validated)]
"""Any condition, as a field of a model: reads every form that `parse_condition` reads."""

All.model_rebuild()
Any.model_rebuild()
Not.model_rebuild()


def comparisons(condition: Condition) -> Iterator[Compare]:
    """Every comparison in the condition, however deep."""
    if isinstance(condition, Compare):
        yield condition
    elif isinstance(condition, All | Any):
        for part in condition.conditions:
            yield from comparisons(part)
    else:
        yield from comparisons(condition.condition)
