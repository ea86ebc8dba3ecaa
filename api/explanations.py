"""Why a lead went where it went."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.auth import Caller
from api.problems import RefusedError
from api.state import WithServices
from db.session import reader_transaction
from domain.ids import AgentId, LeadId
from domain.lifecycle.transition import Refusal
from domain.routing.explanation import Explanation
from services.explaining import Explaining

router = APIRouter(prefix="/v1/leads", tags=["leads"])


@router.get("/{lead_id}/explanation")
async def get_explanation(
    lead_id: UUID,
    caller: Caller,
    services: WithServices,
    seq: Annotated[int | None, Query(ge=1, description="The decision of this seq; without it the newest.")] = None,
    agent: Annotated[UUID | None, Query(description="Also say why, or why not, this agent.")] = None,
) -> Explanation:
    """One routing decision as it was recorded. Agents read their own part: ranks and counts, nobody else's factors."""
    explaining = Explaining(services.configurations)
    async with reader_transaction(services.engines.reader, caller.id) as connection:
        found = await explaining.explain(
            connection, LeadId(lead_id), caller, seq=seq, agent=AgentId(agent) if agent is not None else None
        )
    if isinstance(found, Refusal):
        raise RefusedError(found)
    return found
