"""Notices: written with the transition that caused them, read by whom they are for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert

from db.session import WriteConnection
from db.tables import notices
from domain.ids import LeadId
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
