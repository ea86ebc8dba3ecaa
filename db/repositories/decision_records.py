"""decision_inputs, read back: what routing decisions looked at and what they said."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from db.session import AnyConnection
from db.tables import decision_inputs, lead_routing_history


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """One decision. `chosen` is the agent to whom it gave the lead; None when it went elsewhere.

    Elsewhere is the queue, or whoever answers for escalated leads. `inputs` is None when the payload cannot be read.
    """

    lead_id: UUID
    seq: int
    config_version: int
    chosen: UUID | None
    inputs: dict[str, Any] | None


async def newest_decisions(connection: AnyConnection, limit: int) -> Sequence[DecisionRecord]:
    """The newest decisions, newest first."""
    statement = (
        select(
            decision_inputs.c.lead_id,
            decision_inputs.c.seq,
            decision_inputs.c.config_version,
            decision_inputs.c.payload,
            lead_routing_history.c.assigned_agent_id.label("chosen"),
        )
        .outerjoin(
            lead_routing_history,
            (lead_routing_history.c.id == decision_inputs.c.history_id)
            & (lead_routing_history.c.routing_strategy != "manual"),
        )
        .order_by(decision_inputs.c.at.desc())
        .limit(limit)
    )
    return [
        DecisionRecord(
            lead_id=row.lead_id,
            seq=row.seq,
            config_version=row.config_version,
            chosen=row.chosen,
            inputs=_plain(row.payload),
        )
        for row in await connection.execute(statement)
    ]


def _plain(payload: bytes) -> dict[str, Any] | None:
    try:
        inputs = json.loads(zlib.decompress(payload))
    except (zlib.error, ValueError):
        return None
    return inputs if isinstance(inputs, dict) else None
