"""Presence: whether an agent is there to take leads."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.agents import manages, set_status
from db.session import admin_transaction
from domain.ids import AgentId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.transition import Refusal, RefusalCode
from domain.routing.agent import AgentStatus
from services.clock import Clock


class Presence:
    """Changes presence, with a row in agent_state_log for every change."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def set_status(self, agent_id: AgentId, status: AgentStatus, caller: Actor) -> Refusal | None:
        """Set an agent's status. Idempotent; refused for an unknown agent and for one outside a manager's teams."""
        async with admin_transaction(self._engine) as connection:
            if (
                caller.role is Role.MANAGER
                and caller.id != agent_id
                and not await manages(connection, caller.agent_id, agent_id)
            ):
                return Refusal(code=RefusalCode.FORBIDDEN, message="the agent is not in a team that you manage")
            known = await set_status(connection, agent_id, status, actor=caller.id, at=self._clock.now())
        if not known:
            return Refusal(code=RefusalCode.NOT_FOUND, message=f"no agent {agent_id} with an availability row")
        return None
