"""lead_transitions and command_results: what happened, and the answers given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from db.session import AnyConnection, WriteConnection
from db.tables import command_results, lead_transitions
from domain.ids import LeadId
from domain.lifecycle.lead import Lead


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCommand:
    """A command that has been answered before."""

    lead_id: LeadId | None
    body_hash: str
    code: str
    result: dict[str, Any]


async def find_command(connection: AnyConnection, command_id: str) -> StoredCommand | None:
    """The answer that a command id was given; None when it is new."""
    applied = select(lead_transitions.c.lead_id, lead_transitions.c.body_hash, lead_transitions.c.result).where(
        lead_transitions.c.command_id == command_id
    )
    row = (await connection.execute(applied)).one_or_none()
    if row is None:
        return None
    return StoredCommand(lead_id=LeadId(row.lead_id), body_hash=row.body_hash, code="applied", result=row.result)


async def find_refusal(connection: AnyConnection, command_id: str) -> StoredCommand | None:
    """The refusal that a raw command was given before; None when there is none."""
    statement = select(command_results).where(command_results.c.command_id == command_id)
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    lead_id = LeadId(row.lead_id) if row.lead_id is not None else None
    return StoredCommand(lead_id=lead_id, body_hash=row.body_hash, code=row.code, result=row.result)


async def append_transition(
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
) -> None:
    """One ledger row for the transition that made `lead`."""
    await connection.execute(
        insert(lead_transitions).values(
            lead_id=lead.id,
            seq=lead.seq,
            kind=kind,
            command_id=command_id,
            body_hash=body_hash,
            actor=actor,
            at=lead.last_at,
            epoch=lead.epoch,
            state=lead.state,
            due_at=due_at,
            result=result,
            told_at=told_at,
        )
    )


async def store_refusal(
    connection: WriteConnection,
    lead_id: LeadId,
    *,
    command_id: str,
    kind: str,
    actor: str,
    body_hash: str,
    code: str,
    result: dict[str, Any],
    at: datetime,
) -> None:
    """Keep the refusal of a raw command, whose sender cannot see an answer. A repeat changes nothing."""
    await connection.execute(
        insert(command_results)
        .values(
            command_id=command_id,
            lead_id=lead_id,
            kind=kind,
            actor=actor,
            body_hash=body_hash,
            code=code,
            result=result,
            at=at,
        )
        .on_conflict_do_nothing()
    )


async def mark_told(connection: WriteConnection, lead_id: LeadId, seq: int, at: datetime) -> None:
    """The workflow knows everything up to `seq`."""
    await connection.execute(
        update(lead_transitions)
        .where(
            lead_transitions.c.lead_id == lead_id, lead_transitions.c.seq <= seq, lead_transitions.c.told_at.is_(None)
        )
        .values(told_at=at)
    )


async def untold_leads(connection: AnyConnection, seconds: float, limit: int) -> Sequence[LeadId]:
    """Leads with a transition that was recorded more than `seconds` ago and never told, oldest first.

    Ages are measured by the database's own clock, which also wrote recorded_at.
    """
    oldest = func.min(lead_transitions.c.recorded_at)
    statement = (
        select(lead_transitions.c.lead_id)
        .where(
            lead_transitions.c.told_at.is_(None),
            lead_transitions.c.recorded_at < func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, seconds),
        )
        .group_by(lead_transitions.c.lead_id)
        .order_by(oldest)
        .limit(limit)
    )
    return [LeadId(lead_id) for lead_id in (await connection.execute(statement)).scalars()]
