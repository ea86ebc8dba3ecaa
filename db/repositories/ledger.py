"""lead_transitions and command_results: what is told and what is not, and the refusals given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Double, Integer, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from db.session import AnyConnection, WriteConnection
from db.tables import command_results, lead_transitions
from domain.ids import LeadId

_TOLD = (
    update(lead_transitions)
    .where(
        lead_transitions.c.lead_id == bindparam("lead"),
        lead_transitions.c.seq <= bindparam("up_to"),
        lead_transitions.c.told_at.is_(None),
    )
    .values(told_at=bindparam("noted_at"))
)
_UNTOLD = (
    select(lead_transitions.c.lead_id)
    .where(
        lead_transitions.c.told_at.is_(None),
        lead_transitions.c.recorded_at
        < func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, bindparam("seconds", type_=Double)),
    )
    .group_by(lead_transitions.c.lead_id)
    .order_by(func.min(lead_transitions.c.recorded_at))
    .limit(bindparam("at_most", type_=Integer))
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


async def mark_told(connection: WriteConnection, told: Iterable[tuple[LeadId, int]], at: datetime) -> None:
    """Each lead's workflow knows everything up to the seq given with it."""
    ordered = sorted(told, key=lambda one: str(one[0]))
    await connection.execute(_TOLD, [{"lead": lead_id, "up_to": seq, "noted_at": at} for lead_id, seq in ordered])


async def untold_leads(connection: AnyConnection, seconds: float, limit: int) -> Sequence[LeadId]:
    """Leads with a transition that was recorded more than `seconds` ago and never told, oldest first.

    Ages are measured by the database's own clock, which also wrote recorded_at.
    """
    found = await connection.execute(_UNTOLD, {"seconds": seconds, "at_most": limit})
    return [LeadId(lead_id) for lead_id in found.scalars()]
