"""RoutingRule: the published rules as other readers of the database see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from db.session import AdminConnection, AnyConnection
from db.tables import routing_rules
from domain.rules.action import action_text
from domain.rules.rule import Rule


async def read_rule_rows(connection: AnyConnection) -> Sequence[Mapping[str, Any]]:
    """Every row by the names of its columns (ruleName, isActive, …), the oldest first."""
    columns = [column.label(column.name) for column in routing_rules.c]
    found = await connection.execute(select(*columns).order_by(routing_rules.c.created_at, routing_rules.c.id))
    return [dict(row._mapping) for row in found]


async def replace_rules(connection: AdminConnection, rules: Iterable[Rule], at: datetime) -> None:
    """Let the table hold exactly these rules."""
    await connection.execute(delete(routing_rules))
    rows = [
        {
            "id": rule.id,
            "rule_name": rule.name,
            "rule_type": rule.type,
            "condition": rule.condition.model_dump(mode="json"),
            "action": action_text(rule.action),
            "priority": rule.priority,
            "is_active": rule.is_active,
            "created_at": rule.created_at,
            "updated_at": at,
        }
        for rule in rules
    ]
    if rows:
        await connection.execute(insert(routing_rules), rows)
