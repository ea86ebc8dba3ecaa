"""One transition in one statement: the lead's row, its ledger row and its events.

On a small machine the round trips of a transition cost more than its rows, and these three belong to every one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, Uuid, bindparam, column, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from db.repositories.lead_row import LIFECYCLE_NAMES, lead_columns
from db.session import WriteConnection
from db.tables import lead_transitions, leads, routing_events
from domain.lifecycle.lead import Lead
from domain.lifecycle.transition import Event


def _record() -> Any:
    saved = (
        update(leads)
        .where(leads.c.id == bindparam("of_lead", type_=Uuid))
        .values({name: bindparam(f"lead_{name}", type_=leads.c[name].type) for name in LIFECYCLE_NAMES})
        .cte("saved")
    )
    ledger_names = ("seq", "kind", "command_id", "body_hash", "actor", "at", "epoch", "state", "due_at", "result")
    appended = (
        insert(lead_transitions)
        .values(
            lead_id=bindparam("of_lead", type_=Uuid),
            told_at=bindparam("ledger_told_at", type_=lead_transitions.c.told_at.type),
            **{name: bindparam(f"ledger_{name}", type_=lead_transitions.c[name].type) for name in ledger_names},
        )
        .cte("appended")
    )
    happened = (
        func.jsonb_to_recordset(bindparam("events", type_=JSONB))
        .table_valued(column("type", Text), column("agent", Uuid), column("data", JSONB), name="happened")
        .render_derived(with_types=True)
    )
    rows = select(
        bindparam("of_lead", type_=Uuid),
        happened.c.type,
        happened.c.agent,
        happened.c.data,
        bindparam("ledger_at", type_=lead_transitions.c.at.type),
    )
    return (
        insert(routing_events)
        .from_select(["lead_id", "event_type", "agent_id", "event_data", "timestamp"], rows)
        .add_cte(saved, appended)
    )


_RECORD = _record()


async def record_transition(
    connection: WriteConnection,
    lead: Lead,
    *,
    kind: str,
    command_id: str,
    body_hash: str,
    actor: str,
    due_at: datetime | None,
    result: dict[str, Any],
    told_at: datetime | None,
    events: Sequence[Event],
) -> None:
    """Save a locked lead and append the transition that made it, with its events.

    Raises ConstraintError (when the transaction ends) for a command id that was committed meanwhile.
    """
    await connection.execute(
        _RECORD,
        {
            "of_lead": lead.id,
            **{f"lead_{name}": value for name, value in lead_columns(lead).items()},
            "ledger_seq": lead.seq,
            "ledger_kind": kind,
            "ledger_command_id": command_id,
            "ledger_body_hash": body_hash,
            "ledger_actor": actor,
            "ledger_at": lead.last_at,
            "ledger_epoch": lead.epoch,
            "ledger_state": lead.state,
            "ledger_due_at": due_at,
            "ledger_result": result,
            "ledger_told_at": told_at,
            "events": [
                {"type": event.type, "agent": str(event.agent) if event.agent else None, "data": dict(event.data)}
                for event in events
            ],
        },
    )
