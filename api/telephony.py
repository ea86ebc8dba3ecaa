"""Calls that a telephony system reports, and what became of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from api.auth import Caller
from api.problems import RefusedError
from api.signature import Sender
from api.state import WithServices
from db.repositories.calls import CallRow, list_calls
from db.session import reader_transaction
from domain.call_match import CallState
from domain.lifecycle.actor import Role
from domain.lifecycle.commands import Code
from domain.lifecycle.transition import Refusal, RefusalCode
from services.telephony import NewCall

router = APIRouter(prefix="/v1/telephony/calls", tags=["telephony"])


class UndoBody(BaseModel):
    """Why the call was not that lead's, in a word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code


@router.post("", dependencies=[Sender])
async def post_call(call: NewCall, services: WithServices) -> dict[str, Any]:
    """Report a call that is over. Sent twice it counts once, and may come before the claim or after the breach."""
    return _shown(await services.telephony.receive(call))


@router.get("")
async def get_calls(
    caller: Caller,
    services: WithServices,
    state: CallState | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[dict[str, Any]]:
    """Reported calls, newest first: an admin's all, a manager's those of leads that he may see."""
    if not caller.supervises:
        raise RefusedError(Refusal(code=RefusalCode.FORBIDDEN, message="reported calls are for managers and admins"))
    async with reader_transaction(services.engines.reader, caller.id) as connection:
        return list(await list_calls(connection, caller, state=state, limit=limit))


@router.post("/{call_id}/undo")
async def post_undo(call_id: UUID, body: UndoBody, caller: Caller, services: WithServices) -> dict[str, Any]:
    """Undo a wrong match; the attempt stays on record as corrected."""
    if caller.role is Role.SERVICE:
        raise RefusedError(Refusal(code=RefusalCode.FORBIDDEN, message="a person undoes a match"))
    answer = await services.telephony.undo(call_id, caller, body.code)
    if isinstance(answer, Refusal):
        raise RefusedError(answer)
    return _shown(answer)


def _shown(call: CallRow) -> dict[str, Any]:
    return {name: value for name, value in asdict(call).items() if name != "number_key"}
