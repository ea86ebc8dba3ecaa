"""One change of a lead in one statement: its row, its ledger row and its events.

On a small machine the round trips of a change cost more than its rows, and these belong to every one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, Uuid, bindparam, column, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from db.repositories.lead_row import LIFECYCLE_NAMES, lead_columns
from db.session import WriteConnection
from db.tables import lead_transitions, leads, routing_events
from domain.lifecycle.lead import Lead
from domain.lifecycle.transition import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """What the ledger says of a change besides the lead itself. `told_at` is None for what is still to be told."""

    kind: str
    command_id: str
    body_hash: str
    actor: str
    due_at: datetime | None
    result: dict[str, Any]
    told_at: datetime | None


_LEDGER_NAMES = [
    "seq",
    "kind",
    "command_id",
    "body_hash",
    "actor",
    "at",
    "epoch",
    "state",
    "due_at",
    "result",
    "told_at",
]


def _appending() -> Any:
    appended = (
        insert(lead_transitions)
        .values(
            lead_id=bindparam("of_lead", type_=Uuid),
            **{name: bindparam(f"ledger_{name}", type_=lead_transitions.c[name].type) for name in _LEDGER_NAMES},
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
        .add_cte(appended)
    )


_SAVED = (
    update(leads)
    .where(leads.c.id == bindparam("of_lead", type_=Uuid))
    .values({name: bindparam(f"lead_{name}", type_=leads.c[name].type) for name in LIFECYCLE_NAMES})
    .cte("saved")
)
_ARRIVAL = _appending()
_TRANSITION = _appending().add_cte(_SAVED)


async def record_arrival(connection: WriteConnection, lead: Lead, entry: LedgerEntry, events: Sequence[Event]) -> None:
    """Append the first ledger row of a lead that this transaction has inserted, with its events."""
    await connection.execute(_ARRIVAL, _values(lead, entry, events))


async def record_transition(
    connection: WriteConnection, lead: Lead, entry: LedgerEntry, events: Sequence[Event]
) -> None:
    """Save a locked lead and append the transition that made it, with its events.

    Raises ConstraintError (when the transaction ends) for a command id that was committed meanwhile.
    """
    saved = {f"lead_{name}": value for name, value in lead_columns(lead).items()}
    await connection.execute(_TRANSITION, {**_values(lead, entry, events), **saved})


def _values(lead: Lead, entry: LedgerEntry, events: Sequence[Event]) -> dict[str, Any]:
    return {
        "of_lead": lead.id,
        "ledger_seq": lead.seq,
        "ledger_at": lead.last_at,
        "ledger_epoch": lead.epoch,
        "ledger_state": lead.state,
        "ledger_kind": entry.kind,
        "ledger_command_id": entry.command_id,
        "ledger_body_hash": entry.body_hash,
        "ledger_actor": entry.actor,
        "ledger_due_at": entry.due_at,
        "ledger_result": entry.result,
        "ledger_told_at": entry.told_at,
        "events": [
            {"type": event.type, "agent": str(event.agent) if event.agent else None, "data": dict(event.data)}
            for event in events
        ],
    }
