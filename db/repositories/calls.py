"""call_events and contact_corrections: calls that a telephony system reports, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, case, exists, func, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.repositories.lead_views import visible_to
from db.session import AnyConnection, ReadConnection, WriteConnection
from db.tables import agents, call_events, contact_attempts, contact_corrections, lead_contact_details, leads
from db.tables import lead_offers as offers
from db.tables.leads import OPEN
from domain.call_match import CallState, Candidate, Standing
from domain.contact import Channel
from domain.ids import AgentId, LeadId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.state import HELD_STATES

_ROW = call_events.c
_SHOWN = [column for column in call_events.c if column.name != "number_key"]
_PENDING = (CallState.RECEIVED, CallState.WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One reported call. `number_key` is None once it is settled."""

    id: UUID
    provider: str
    external_id: str
    direction: str
    result: str
    number_key: str | None
    number_tail: str
    agent_id: AgentId | None
    occurred_at: datetime
    received_at: datetime
    duration_seconds: int | None
    state: str
    reason: str | None
    lead_id: LeadId | None
    settled_at: datetime | None

    @property
    def pending(self) -> bool:
        """True until it is settled."""
        return self.state in _PENDING


async def insert_call(connection: WriteConnection, values: Mapping[str, Any]) -> None:
    """Keep a call as received; nothing for one that is there."""
    await connection.execute(upsert(call_events).values(state=CallState.RECEIVED, **values).on_conflict_do_nothing())


async def read_call(connection: AnyConnection, provider: str, external_id: str) -> CallRow | None:
    """The call of that id, as baton_service reads it."""
    statement = select(call_events).where(_ROW.provider == provider, _ROW.external_id == external_id)
    return _row((await connection.execute(statement)).mappings().one_or_none())


async def lock_call(connection: WriteConnection, call_id: UUID) -> CallRow | None:
    """The call, locked until the transaction ends."""
    statement = select(call_events).where(_ROW.id == call_id).with_for_update()
    return _row((await connection.execute(statement)).mappings().one_or_none())


async def pending_calls(connection: AnyConnection, limit: int) -> Sequence[CallRow]:
    """Calls that are not settled, oldest first."""
    statement = select(call_events).where(_ROW.state.in_(_PENDING)).order_by(_ROW.received_at).limit(limit)
    return [CallRow(**row) for row in (await connection.execute(statement)).mappings()]


async def settle_call(connection: WriteConnection, call_id: UUID, values: Mapping[str, Any]) -> CallRow | None:
    """Write what became of a call that is not settled, and return it; None for one that is, which stays as it is."""
    unsettled = update(call_events).where(_ROW.id == call_id, _ROW.state.in_(_PENDING))
    written = await connection.execute(unsettled.values(**values).returning(*call_events.c))
    return _row(written.mappings().one_or_none())


async def mark_undone(connection: WriteConnection, call: CallRow) -> CallRow:
    """The call was not this lead's after all."""
    await connection.execute(update(call_events).where(_ROW.id == call.id).values(state=CallState.UNDONE))
    return replace(call, state=CallState.UNDONE)


async def insert_correction(
    connection: WriteConnection, call: CallRow, *, external_id: str, by: AgentId, code: str, at: datetime
) -> None:
    """Say of the attempt that the call was recorded as that it was not its lead's; once."""
    attempt = select(contact_attempts.c.id, contact_attempts.c.lead_id, literal(by), literal(code), literal(at)).where(
        contact_attempts.c.channel == Channel.CALL, contact_attempts.c.external_id == external_id
    )
    names = ["attempt_id", "lead_id", "corrected_by", "code", "at"]
    await connection.execute(insert(contact_corrections).from_select(names, attempt))


async def find_agent(connection: AnyConnection, email: str) -> AgentId | None:
    """The active agent with that e-mail, in whatever case."""
    statement = select(agents.c.id).where(func.lower(agents.c.email) == email.lower(), agents.c.is_active)
    found = (await connection.execute(statement)).scalars().first()
    return AgentId(found) if found is not None else None


async def candidates(
    connection: AnyConnection, number: str, agent: AgentId | None, occurred_at: datetime
) -> Sequence[Candidate]:
    """The customer's leads that were open at the time of the call, newest first."""
    held = leads.c.lifecycle_state.in_(sorted(HELD_STATES))
    own = leads.c.assigned_agent_id == agent
    offer = exists().where(offers.c.lead_id == leads.c.id, offers.c.agent_id == agent)
    invited = offer.where(offers.c.epoch == leads.c.epoch, offers.c.status == "open")
    claimed = offer.where(offers.c.claimed_at.is_not(None))
    standing = case(
        (and_(own, or_(held, leads.c.lifecycle_state == "closed")), Standing.HOLDS),
        (invited, Standing.OFFERED),
        (claimed, Standing.HELD),
        else_=Standing.NONE,
    )
    statement = (
        select(leads.c.id, standing.label("standing"), held.label("held"))
        .join(lead_contact_details, lead_contact_details.c.lead_id == leads.c.id)
        .where(lead_contact_details.c.phone_key == number, or_(OPEN, leads.c.closed_at >= occurred_at))
        .order_by(leads.c.received_at.desc(), leads.c.id)
    )
    return [
        Candidate(lead_id=LeadId(row.id), standing=Standing(row.standing), held=row.held)
        for row in await connection.execute(statement)
    ]


async def list_calls(
    connection: ReadConnection, caller: Actor, *, state: CallState | None, limit: int
) -> Sequence[dict[str, Any]]:
    """Reported calls, newest first, without the number: admins' all, a manager's those of leads that he may see."""
    wanted: list[ColumnElement[bool]] = []
    if caller.role is not Role.ADMIN:
        wanted.append(exists().where(leads.c.id == _ROW.lead_id, visible_to(caller)))
    if state is not None:
        wanted.append(_ROW.state == state)
    statement = select(*_SHOWN).where(*wanted).order_by(_ROW.received_at.desc(), _ROW.id).limit(limit)
    return [dict(row) for row in (await connection.execute(statement)).mappings()]


def _row(found: RowMapping | None) -> CallRow | None:
    return CallRow(**found) if found is not None else None
