"""Notices: written with the transition that caused them, read by whom they are for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from db.session import WriteConnection
from db.tables import notices
from domain.ids import AgentId, LeadId
from domain.lifecycle.notices import Notice


async def insert_notices(
    connection: WriteConnection, lead_id: LeadId, seq: int, found: Sequence[Notice], at: datetime
) -> None:
    """One row for each recipient."""
    await connection.execute(
        insert(notices),
        [
            {
                "lead_id": lead_id,
                "seq": seq,
                "kind": notice.kind,
                "agent_id": notice.agent,
                "audience": notice.audience,
                "data": dict(notice.data),
                "at": at,
            }
            for notice in found
        ],
    )


async def insert_agent_notice(
    connection: WriteConnection, agent: AgentId, kind: str, data: dict[str, Any], at: datetime
) -> None:
    """A notice for one agent that no lead's transition caused."""
    await connection.execute(insert(notices).values(kind=kind, agent_id=agent, data=data, at=at))
