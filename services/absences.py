"""Absences: leads of agents who are gone move on, and agents who let offers pass are set to Break."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.absences import Stranded, ignoring_agents, is_gone, set_to_break, stranded_leads
from db.repositories.configurations import latest_version
from db.repositories.notices import insert_agent_notice
from db.session import AnyConnection, WriteConnection, single_statements, write_transaction
from domain.errors import ConfigurationError, OvertakenError
from domain.ids import AgentId
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import AgentGone
from domain.lifecycle.lead import Lead
from domain.presence_policy import HeldLeads, OnLeave, PresencePolicy
from services.clock import Clock
from services.configurations import Configurations
from services.edge import Edge
from services.lifecycle import Also

_MOST = 100
_log = structlog.get_logger(__name__)


def _unless_back(stranded: Stranded, now: datetime, offline_before: datetime) -> Also:
    """Undoes the move when the agent is back."""

    async def check(inside: WriteConnection, lead: Lead) -> None:
        # Giving back the agent's slot has locked the row in which it says that it is there: nobody comes back now.
        if not await is_gone(inside, stranded.agent, now, offline_before=offline_before):
            raise OvertakenError(f"the agent of lead {lead.id} is back")

    return check


class Absences:
    """Follows the presence of agents by the policy of the newest published configuration."""

    def __init__(self, edge: Edge, engine: AsyncEngine, clock: Clock, configurations: Configurations) -> None:
        self._edge = edge
        self._engine = engine
        self._clock = clock
        self._configurations = configurations

    async def run_once(self) -> int:
        """One round, bounded; returns how many leads moved on. Idempotent, by any number of processes at once."""
        now = self._clock.now()
        async with single_statements(self._engine) as connection:
            policy = await self._policy(connection)
            if policy is None:
                return 0
            offline_before = now - timedelta(seconds=policy.grace_seconds)
            stranded = await stranded_leads(
                connection,
                now,
                offline_before=offline_before,
                held=policy.held_leads is HeldLeads.MOVE,
                held_on_leave=policy.on_leave is OnLeave.HAND_OVER,
                limit=_MOST,
            )
        moved = 0
        for lead in stranded:
            command = AgentGone(
                command_id=f"{lead.lead_id}:agent_gone:{lead.epoch}", actor=SYSTEM, received_at=now, epoch=lead.epoch
            )
            answer = await self._edge.give(lead.lead_id, command, also=_unless_back(lead, now, offline_before))
            moved += answer is not None and answer.changed
        return moved

    async def look_after(self) -> int:
        """Set agents who let offers pass to Break; returns how many. Idempotent."""
        async with single_statements(self._engine) as connection:
            policy = await self._policy(connection)
            if policy is None or policy.ignored_offers == 0:
                return 0
            ignoring = await ignoring_agents(connection, policy.ignored_offers)
        for agent in ignoring:
            await self._to_break(agent, policy.ignored_offers)
        return len(ignoring)

    async def _policy(self, connection: AnyConnection) -> PresencePolicy | None:
        try:
            version = await latest_version(connection)
            return (await self._configurations.get(connection, version)).presence
        except ConfigurationError as error:
            _log.warning("presence_policy_unreadable", reason=str(error))
            return None

    async def _to_break(self, agent: AgentId, ignored: int) -> None:
        at = self._clock.now()
        async with write_transaction(self._engine) as connection:
            if await set_to_break(connection, agent, at):
                await insert_agent_notice(connection, agent, "set_to_break", {"ignored": ignored}, at)
