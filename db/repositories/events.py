"""RoutingEvent: what happened to a lead, for monitoring and audit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert

from db.session import WriteConnection
from db.tables import routing_events
from domain.ids import LeadId
from domain.lifecycle.transition import Event

_APPEND = insert(routing_events)


async def append_events(connection: WriteConnection, lead_id: LeadId, events: Sequence[Event], at: datetime) -> None:
    """One row per event, in one statement. Called in the transaction of the transition, so each exactly once."""
    await connection.execute(
        _APPEND,
        [
            {
                "lead_id": lead_id,
                "event_type": event.type,
                "agent_id": event.agent,
                "event_data": dict(event.data),
                "timestamp": at,
            }
            for event in events
        ],
    )
