"""Agents: who is there, and saying that one is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from api.auth import Caller
from api.problems import RefusedError
from api.state import WithServices
from db.repositories.agents import list_agents
from db.session import reader_transaction
from domain.ids import AgentId
from domain.lifecycle.actor import Role
from domain.lifecycle.transition import Refusal, RefusalCode
from domain.routing.agent import AgentStatus

router = APIRouter(prefix="/v1/agents", tags=["agents"])


class StatusBody(BaseModel):
    """An agent's presence."""

    status: AgentStatus


@router.get("")
async def get_agents(caller: Caller, services: WithServices) -> list[dict[str, Any]]:
    """Everybody with role, status and load; a manager sees the teams he manages, an agent only itself."""
    led_by = caller.agent_id if caller.role is Role.MANAGER else None
    async with reader_transaction(services.engines.reader, caller.id) as connection:
        listed = await list_agents(connection, led_by=led_by)
    visible = [agent for agent in listed if caller.role is not Role.AGENT or agent.id == caller.id]
    return [asdict(agent) for agent in visible]


@router.put("/{agent_id}/status", status_code=204)
async def put_status(agent_id: UUID, body: StatusBody, caller: Caller, services: WithServices) -> None:
    """Say whether an agent is there: your own status, or anybody's as a manager or admin."""
    if caller.id != agent_id and not caller.supervises:
        raise RefusedError(Refusal(code=RefusalCode.FORBIDDEN, message="you can only change your own status"))
    refusal = await services.presence.set_status(AgentId(agent_id), body.status, caller)
    if refusal is not None:
        raise RefusedError(refusal)
