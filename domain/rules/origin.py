"""Rules as the routing migration's rule table holds them, with the action's parameters inside the condition."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import ValidationError

from domain.errors import InvalidInputError
from domain.rules.action import parse_action
from domain.rules.condition import All, Any, Compare, Condition, Not, parse_condition
from domain.rules.rule import Rule

_COLUMNS: Mapping[str, str] = {
    "id": "id",
    "ruleName": "name",
    "ruleType": "type",
    "condition": "condition",
    "action": "action",
    "priority": "priority",
    "isActive": "is_active",
    "createdAt": "created_at",
}
_CONDITION_KEYS = frozenset({"field", "operator", "value", "logicalOperator", "conditions", "and", "or", "not"})
_PARAMS: Mapping[str, str] = {
    "agentId": "agent",
    "teamId": "team",
    "queueType": "queue",
    "excludeAgentIds": "exclude",
    "reason": "code",
}
_FIELDS: Mapping[str, str] = {
    "insuranceType": "line",
    "customerSegment": "segment",
    "qualityScore": "quality",
    "leadScore": "score",
    "zipCode": "zip",
    "createdAt": "created_at",
    "employeeCount": "employee_count",
}
_ROOTS = ("lead", "metadata", "agent", "team", "time")


def rule_from_origin(row: Mapping[str, object]) -> Rule:
    """The rule of a row with the origin's column names; unknown columns are ignored.

    `condition` may be JSON text. What is in it beside the condition are the action's parameters (agentId and so
    on) unless `action` carries its own. A bare field is a column of the lead: `insuranceType` becomes
    `lead.line`. A createdAt without an offset is UTC, as the origin wrote it.

    Raises InvalidInputError naming the column when something cannot be read.
    """
    raw = {name: row[column] for column, name in _COLUMNS.items() if row.get(column) is not None}
    condition = _decoded(row.get("condition"))
    params = {_PARAMS.get(key, key): value for key, value in condition.items() if key not in _CONDITION_KEYS}
    own = {key: value for key, value in condition.items() if key in _CONDITION_KEYS}
    raw["condition"] = _renamed(parse_condition(own))
    action = row.get("action")
    if action is None:
        raise InvalidInputError("action", "is missing; write a word or {type, params}")
    is_word = isinstance(action, str) and not action.lstrip().startswith("{")
    if params and not is_word:
        raise InvalidInputError("condition", f"has unknown keys {', '.join(sorted(params))}; move them to the action")
    raw["action"] = parse_action({"type": str(action).strip(), "params": params} if is_word else action)
    created = raw.get("created_at")
    if isinstance(created, str):
        created = _instant(created)
    if isinstance(created, datetime) and created.tzinfo is None:
        created = created.replace(tzinfo=UTC)
    raw["created_at"] = created
    try:
        return Rule.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInputError(_column(str(first["loc"][0])), f"{first['msg']}; correct the row") from error


def _decoded(raw: object) -> Mapping[str, object]:
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise InvalidInputError("condition", "is not readable JSON; write an object") from error
    if not isinstance(raw, Mapping):
        raise InvalidInputError("condition", "is not an object; write {field, operator, value}")
    return raw


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError("createdAt", "is not an ISO instant; write 2026-01-31T09:00:00Z") from error


def _column(name: str) -> str:
    return next((column for column, ours in _COLUMNS.items() if ours == name), name)


def _renamed(condition: Condition) -> Condition:
    if isinstance(condition, Compare):
        return condition.model_copy(update={"field": _field(condition.field)})
    if isinstance(condition, All):
        return All(conditions=tuple(_renamed(part) for part in condition.conditions))
    if isinstance(condition, Any):
        return Any(conditions=tuple(_renamed(part) for part in condition.conditions))
    return Not(condition=_renamed(condition.condition))


def _field(path: str) -> str:
    path = path.removeprefix("lead.")
    root, dot, _ = path.partition(".")
    return path if dot and root in _ROOTS else f"lead.{_FIELDS.get(path, path)}"
