"""Hand-over: the open leads of an agent who leaves, or is away, in one preview and one command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.admin_audit import AuditEntry, write_audit
from db.repositories.open_leads import OpenLead, open_leads_of
from db.session import single_statements, write_transaction
from domain.ids import AgentId, LeadId
from domain.lifecycle.actor import Actor
from domain.lifecycle.commands import AgentGone, Command, Reassign, Release, person_command_id
from domain.lifecycle.state import LifecycleState
from domain.lifecycle.transition import Refusal, RefusalCode
from services.applied import Applied
from services.authority import answers_for
from services.clock import Clock
from services.edge import Edge
from services.lifecycle import Lifecycle

_CODE = "hand_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverLine:
    """One lead. `to_agent` is who would get it, or has got it; None: nobody is free, it waits.

    `problem` says why it was not handed over.
    """

    lead_id: LeadId
    state: LifecycleState
    due_at: datetime | None
    to_agent: AgentId | None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverReport:
    """What became of the open leads of `agent`, the most urgent first. Only a preview moves nothing."""

    agent: AgentId
    lines: Sequence[HandOverLine]

    @property
    def failed(self) -> int:
        """How many leads stayed."""
        return sum(line.problem is not None for line in self.lines)


class HandOver:
    """For the agent's manager and for admins. `edge` tells the workflows at once; without it the relay does."""

    def __init__(self, lifecycle: Lifecycle, engine: AsyncEngine, clock: Clock, edge: Edge | None = None) -> None:
        self._lifecycle = lifecycle
        self._engine = engine
        self._clock = clock
        self._edge = edge

    async def preview(self, by: Actor, agent: AgentId, to_agent: AgentId | None) -> HandOverReport | Refusal:
        """Which leads would go, and to whom as things are now; nothing is moved."""
        found = await self._leads(by, agent)
        if isinstance(found, Refusal):
            return found
        lines = [self._line(lead, to_agent or await self._next(by, lead)) for lead in found]
        return HandOverReport(agent=agent, lines=lines)

    async def apply(self, by: Actor, agent: AgentId, to_agent: AgentId | None, key: str) -> HandOverReport | Refusal:
        """Move them: to `to_agent`, who holds them as claimed, or back to routing, which leaves this agent out.

        Each lead is moved in a transaction of its own; one that cannot be is reported and does not stop the others.
        Idempotent by `key`: a repeat moves what is left.
        """
        found = await self._leads(by, agent)
        if isinstance(found, Refusal):
            return found
        lines = [await self._move(by, agent, lead, to_agent, key) for lead in found]
        report = HandOverReport(agent=agent, lines=lines)
        if lines:
            told = {"leads": len(lines), "failed": report.failed, "to": str(to_agent) if to_agent else None}
            entry = AuditEntry(kind=_CODE, subject=f"agent {agent}", new=told)
            async with write_transaction(self._engine) as connection:
                await write_audit(connection, [entry], actor=str(by), at=self._clock.now())
        return report

    async def _leads(self, by: Actor, agent: AgentId) -> Sequence[OpenLead] | Refusal:
        async with single_statements(self._engine) as connection:
            if not await answers_for(connection, by, agent):
                message = "only the agent's manager or an admin hands leads over"
                return Refusal(code=RefusalCode.FORBIDDEN, message=message)
            return await open_leads_of(connection, agent)

    async def _next(self, by: Actor, lead: OpenLead) -> AgentId | None:
        choice = await self._lifecycle.choose(lead.lead_id, self._command(by, lead, None, "preview"))
        return next(iter(choice.agent_ids), None) if choice is not None else None

    async def _move(
        self, by: Actor, leaving: AgentId, lead: OpenLead, to_agent: AgentId | None, key: str
    ) -> HandOverLine:
        answer = await self._lifecycle.apply(lead.lead_id, self._command(by, lead, to_agent, key))
        if not isinstance(answer, Applied):
            return self._line(lead, None, answer.refusal.message)
        if answer.lead.agent == leaving:
            return self._line(lead, None, "it is paused and stays; resume it, or name who gets it")
        if answer.changed and self._edge is not None:
            await self._edge.tell(lead.lead_id)
        return self._line(lead, answer.lead.agent if answer.lead.state is not LifecycleState.QUEUED else None)

    def _command(self, by: Actor, lead: OpenLead, to_agent: AgentId | None, key: str) -> Command:
        given = {
            "command_id": person_command_id(by, f"{_CODE}-{key}-{lead.lead_id}-{lead.epoch}"),
            "actor": by,
            "received_at": self._clock.now(),
        }
        if to_agent is not None:
            return Reassign.model_validate({**given, "to_agent": to_agent})
        if lead.state is LifecycleState.OFFERED:
            return AgentGone.model_validate({**given, "epoch": lead.epoch})
        return Release.model_validate({**given, "code": _CODE})

    def _line(self, lead: OpenLead, to_agent: AgentId | None, problem: str | None = None) -> HandOverLine:
        return HandOverLine(
            lead_id=lead.lead_id, state=lead.state, due_at=lead.due_at, to_agent=to_agent, problem=problem
        )
