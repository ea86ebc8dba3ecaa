"""Commands that reach the workflow before Postgres: the same function, the same dedup key as at the edge."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.errors import ConstraintError
from db.repositories.agents import read_role
from db.repositories.ledger import store_refusal
from db.session import write_transaction
from domain.errors import CommandConflictError
from domain.ids import SYSTEM_AGENT, AgentId, LeadId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import PersonCommand, person_command_id
from services.applied import Refused
from services.clock import Clock
from services.lifecycle import Lifecycle
from workflows.messages import CommandInput, CommandResult, LeadSnapshot, RawCommand

_COMMAND: TypeAdapter[PersonCommand] = TypeAdapter(PersonCommand)


class RawCommands:
    """Applies raw commands; a refusal leaves a row in command_results, since its sender may not see the answer."""

    def __init__(self, lifecycle: Lifecycle, engine: AsyncEngine, clock: Clock) -> None:
        self._lifecycle = lifecycle
        self._engine = engine
        self._clock = clock

    async def apply(self, asked: CommandInput) -> CommandResult:
        """Apply the command and answer with what became of it. Idempotent by command id; never raises a refusal."""
        raw, lead_id = asked.raw, asked.lead_id
        try:
            command = await self._command(raw)
        except (ValidationError, _UnknownActorError) as error:
            return await self._refused(lead_id, raw, "InvalidInput", _summary(error), {}, seen=asked.seen)
        try:
            answer = await self._lifecycle.apply(lead_id, command, seen=asked.seen, tells=True)
        except (CommandConflictError, ConstraintError) as error:
            return await self._refused(lead_id, raw, "Conflict", str(error), {}, seen=asked.seen)
        if isinstance(answer, Refused):
            refusal = answer.refusal
            return await self._refused(
                lead_id, raw, refusal.code, refusal.message, dict(refusal.detail), seen=asked.seen
            )
        return CommandResult(
            command_id=raw.command_id,
            code="applied" if answer.changed else "unchanged",
            snapshot=LeadSnapshot.of(answer.lead),
        )

    async def _command(self, raw: RawCommand) -> PersonCommand:
        actor = await self._actor(raw)
        body: dict[str, Any] = {
            **raw.fields,
            "kind": raw.kind,
            "command_id": person_command_id(actor, raw.command_id),
            "actor": actor,
            # A sender's clock may run ahead; nobody acts in the future.
            "received_at": min(raw.at, self._clock.now()),
        }
        return _COMMAND.validate_python(body)

    async def _actor(self, raw: RawCommand) -> Actor:
        if raw.actor is None:
            return Actor(role=Role.SERVICE, id=SYSTEM_AGENT, via="temporal")
        async with write_transaction(self._engine) as connection:
            role = await read_role(connection, AgentId(raw.actor))
        if role is None:
            raise _UnknownActorError(f"actor: no active agent has the id {raw.actor}")
        return Actor(role=role, id=raw.actor, via="temporal")

    async def _refused(
        self, lead_id: LeadId, raw: RawCommand, code: str, message: str, detail: dict[str, Any], *, seen: int
    ) -> CommandResult:
        async with write_transaction(self._engine) as connection:
            await store_refusal(
                connection,
                lead_id,
                command_id=f"by:{raw.actor}:{raw.command_id}",
                kind=raw.kind,
                actor=f"temporal:{raw.actor}",
                body_hash="",
                code=code,
                result={"message": message, "detail": detail},
                at=self._clock.now(),
            )
        lead = await self._lifecycle.current(lead_id, seen=seen)
        return CommandResult(
            command_id=raw.command_id,
            code=code,
            message=message,
            detail=detail,
            snapshot=LeadSnapshot.of(lead) if lead is not None else None,
        )


class _UnknownActorError(Exception):
    """The sender names nobody that Baton knows."""


def _summary(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
    return str(error)
