"""Calls reported by a telephony system become attempts: each once, in whatever order they arrive."""

from __future__ import annotations

from uuid import UUID

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.admin_audit import AuditEntry, write_audit
from db.repositories.calls import (
    CallRow,
    candidates,
    find_agent,
    insert_call,
    insert_correction,
    lock_call,
    mark_undone,
    pending_calls,
    read_call,
    settle_call,
)
from db.repositories.evidence import find_attempt
from db.session import WriteConnection, single_statements, write_transaction
from domain.call_match import CallMatch, CallState, match_call
from domain.contact import Channel, ContactResult, Direction
from domain.errors import BatonError, InvalidInputError
from domain.ids import SYSTEM_AGENT, AgentId, LeadId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Contact, person_command_id
from domain.lifecycle.transition import Refusal, RefusalCode
from domain.phone import normalise_phone
from services.applied import Refused
from services.authority import answers_for
from services.clock import Clock
from services.edge import Edge
from services.lifecycle import Lifecycle

_log = structlog.get_logger(__name__)

_MOST = 100
_TELEPHONY = Actor(role=Role.SERVICE, id=SYSTEM_AGENT)


class NewCall(BaseModel):
    """A call as it is reported when it is over. The customer's number is `to_number` of a call out, else `from_number`.

    `agent` is who called or answered, by id, or `agent_email`; `country` is where a number without prefix is dialled.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str = Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$")
    external_id: str = Field(min_length=1, max_length=150)
    started_at: AwareDatetime
    direction: Direction
    from_number: str
    to_number: str
    agent: AgentId | None = None
    agent_email: str | None = None
    result: ContactResult
    duration_seconds: int | None = Field(default=None, ge=0)
    country: str = "US"


class Telephony:
    """Takes calls in, matches them with leads, and undoes wrong matches."""

    def __init__(self, engine: AsyncEngine, clock: Clock, lifecycle: Lifecycle, edge: Edge) -> None:
        self._engine = engine
        self._clock = clock
        self._lifecycle = lifecycle
        self._edge = edge

    async def receive(self, call: NewCall) -> CallRow:
        """Keep the call and, where it belongs to a lead, record the attempt.

        Idempotent by provider and id: a repeat is answered with what became of the first. Raises InvalidInputError for
        a number or an agent that cannot be one.
        """
        number = normalise_phone(_customers(call), call.country)
        async with write_transaction(self._engine) as connection:
            values = {
                **call.model_dump(include={"provider", "external_id", "direction", "result", "duration_seconds"}),
                "number_key": number,
                "number_tail": number[-4:],
                "agent_id": await self._agent(connection, call),
                "occurred_at": call.started_at,
                "received_at": self._clock.now(),
            }
            await insert_call(connection, values)
        kept = await self._kept(call.provider, call.external_id)
        return await self._settle(kept) if kept.pending else kept

    async def settle_pending(self) -> int:
        """Try again what waits for a claim or was cut off; returns how many are settled now. Idempotent."""
        async with single_statements(self._engine) as connection:
            pending = await pending_calls(connection, _MOST)
        settled = 0
        for call in pending:
            try:
                settled += (await self._settle(call)).settled_at is not None
            except BatonError as error:
                _log.warning("call_not_settled", call=str(call.id), reason=type(error).__name__)
        return settled

    async def undo(self, call_id: UUID, by: Actor, code: str) -> CallRow | Refusal:
        """The call was not that lead's: its attempt is marked as corrected, with an audit entry.

        The lead's state stays; a manager restarts or reassigns it where it has to change. Idempotent.
        """
        async with write_transaction(self._engine) as connection:
            call = await lock_call(connection, call_id)
            if call is None:
                return Refusal(code=RefusalCode.NOT_FOUND, message=f"there is no call {call_id}")
            if not await self._may_undo(connection, call, by):
                message = "only the agent's manager or an admin undoes a match"
                return Refusal(code=RefusalCode.FORBIDDEN, message=message)
            if call.state == CallState.UNDONE:
                return call
            if call.state != CallState.APPLIED:
                message = f"the call is {call.state}; there is nothing to undo"
                return Refusal(code=RefusalCode.WRONG_STATE, message=message)
            at = self._clock.now()
            await insert_correction(connection, call, external_id=_attempt_id(call), by=by.agent_id, code=code, at=at)
            undone = await mark_undone(connection, call)
            entry = AuditEntry(kind="undo_call", subject=f"call {call.id}", old={"lead": str(call.lead_id)}, note=code)
            await write_audit(connection, [entry], actor=str(by), at=at)
        return undone

    async def _may_undo(self, connection: WriteConnection, call: CallRow, by: Actor) -> bool:
        if call.agent_id is None:
            return by.role is Role.ADMIN
        return await answers_for(connection, by, call.agent_id)

    async def _agent(self, connection: WriteConnection, call: NewCall) -> AgentId | None:
        if call.agent is not None or call.agent_email is None:
            return call.agent
        found = await find_agent(connection, call.agent_email)
        if found is None:
            raise InvalidInputError("agent_email", "no active agent has it; leave it out, or send the agent's id")
        return found

    async def _settle(self, call: CallRow) -> CallRow:
        assert call.number_key is not None
        async with single_statements(self._engine) as connection:
            known = await find_attempt(connection, Channel.CALL, _attempt_id(call))
            if known is not None:
                # Recorded, and cut off before it was noted here.
                return await self._note(call, CallState.APPLIED, lead_id=known)
            found = await candidates(connection, call.number_key, call.agent_id, call.occurred_at)
        match = match_call(Direction(call.direction), call.agent_id, found)
        if match.lead_id is None:
            return await self._note(call, CallState.UNMATCHED, reason=match.reason)
        if match.waits:
            if (call.state, call.lead_id) == (CallState.WAITING, match.lead_id):
                return call
            return await self._note(call, CallState.WAITING, lead_id=match.lead_id)
        refusal = await self._record(call, match, match.lead_id)
        if refusal is not None:
            return await self._note(call, CallState.UNMATCHED, lead_id=match.lead_id, reason=refusal)
        return await self._note(call, CallState.APPLIED, lead_id=match.lead_id)

    async def _record(self, call: CallRow, match: CallMatch, lead_id: LeadId) -> str | None:
        """Give the attempt; the code of the refusal, if it is refused."""
        command = Contact(
            command_id=person_command_id(_TELEPHONY, f"call-{call.id}"),
            actor=_TELEPHONY,
            received_at=call.received_at,
            agent=match.agent,
            direction=Direction(call.direction),
            result=ContactResult(call.result),
            occurred_at=call.occurred_at,
            external_id=_attempt_id(call),
        )
        answer = await self._lifecycle.apply(lead_id, command)
        if isinstance(answer, Refused):
            return answer.refusal.code.value
        await self._edge.tell(lead_id)
        return None

    async def _note(
        self, call: CallRow, state: CallState, *, lead_id: LeadId | None = None, reason: str | None = None
    ) -> CallRow:
        values: dict[str, object] = {"state": state, "lead_id": lead_id, "reason": reason}
        if state is not CallState.WAITING:
            values |= {"settled_at": self._clock.now(), "number_key": None}
        async with write_transaction(self._engine) as connection:
            noted = await settle_call(connection, call.id, values)
        return noted or await self._kept(call.provider, call.external_id)

    async def _kept(self, provider: str, external_id: str) -> CallRow:
        async with single_statements(self._engine) as connection:
            kept = await read_call(connection, provider, external_id)
        assert kept is not None
        return kept


def _customers(call: NewCall) -> str:
    return call.to_number if call.direction is Direction.OUTBOUND else call.from_number


def _attempt_id(call: CallRow) -> str:
    return f"{call.provider}:{call.external_id}"
