"""Handing over the open leads of an agent."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict

from api.auth import Caller
from api.problems import RefusedError
from api.state import WithServices
from domain.ids import AgentId
from domain.lifecycle.transition import Refusal
from services.hand_over import HandOver, HandOverReport
from services.service_set import Services

router = APIRouter(prefix="/v1/agents/{agent_id}/hand-over", tags=["agents"])

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=100)]


class HandOverBody(BaseModel):
    """Who gets the leads; without `to_agent` routing decides for each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to_agent: AgentId | None = None


_BY_ROUTING = HandOverBody()


@router.get("")
async def get_hand_over(
    agent_id: UUID, caller: Caller, services: WithServices, to_agent: UUID | None = None
) -> dict[str, Any]:
    """Which open leads the agent has, and who would get them as things are now. Moves nothing."""
    to = AgentId(to_agent) if to_agent is not None else None
    return _shown(await _hand_over(services).preview(caller, AgentId(agent_id), to))


@router.post("")
async def post_hand_over(
    agent_id: UUID, caller: Caller, services: WithServices, body: HandOverBody = _BY_ROUTING, key: Key = None
) -> dict[str, Any]:
    """Hand them over. A lead that cannot be moved is reported with its problem and does not stop the others."""
    key = key or str(uuid4())
    return _shown(await _hand_over(services).apply(caller, AgentId(agent_id), body.to_agent, key))


def _hand_over(services: Services) -> HandOver:
    return HandOver(services.lifecycle, services.engines.service, services.clock, services.edge)


def _shown(found: HandOverReport | Refusal) -> dict[str, Any]:
    if isinstance(found, Refusal):
        raise RefusedError(found)
    return asdict(found) | {"failed": found.failed}
