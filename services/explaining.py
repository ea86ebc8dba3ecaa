"""Explanations of routing decisions, as far as the caller may read them. Reads only, and only what was recorded."""

from __future__ import annotations

from datetime import datetime

from db.repositories.decision_records import agent_since, decision_seqs, read_decision, was_offered
from db.repositories.lead_views import view_lead
from db.session import ReadConnection
from domain.configuration import Configuration
from domain.errors import ConfigurationError
from domain.ids import AgentId, LeadId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.transition import Refusal, RefusalCode
from domain.routing.agent_answer import answer_for
from domain.routing.discretion import as_seen_by
from domain.routing.explainer import explain
from domain.routing.explanation import Explanation
from domain.routing.recorded_decision import RecordedDecision
from services.configurations import Configurations


class Explaining:
    """Explains decisions. One instance per process; safe to use from many tasks."""

    def __init__(self, configurations: Configurations) -> None:
        self._configurations = configurations

    async def explain(
        self,
        connection: ReadConnection,
        lead_id: LeadId,
        caller: Actor,
        *,
        seq: int | None = None,
        agent: AgentId | None = None,
    ) -> Explanation | Refusal:
        """The decision of `seq`, else the newest; with `agent` also why it was that one, or why not.

        Agents read decisions about leads that they hold or were offered, with their own part only; managers about
        their teams' leads. NotFound for a lead without a decision that the caller may read, and for an unknown
        agent; Forbidden for an agent that asks about another one.
        """
        if caller.role is Role.AGENT:
            if agent not in (None, caller.id):
                return Refusal(code=RefusalCode.FORBIDDEN, message="you can only ask about yourself")
            agent = AgentId(caller.id)
        if not await _may_read(connection, lead_id, caller):
            return _not_found(f"there is no lead {lead_id} that you may see")
        seqs = await decision_seqs(connection, lead_id)
        if not seqs:
            return _not_found(f"nothing was decided about lead {lead_id} yet")
        wanted = seqs[-1] if seq is None else seq
        record = await read_decision(connection, lead_id, wanted) if wanted in seqs else None
        if record is None:
            known = ", ".join(str(one) for one in seqs)
            return _not_found(f"seq {wanted} of lead {lead_id} decided nothing; decisions are {known}")
        since: datetime | None = None
        if agent is not None:
            since = await agent_since(connection, agent)
            if since is None:
                return _not_found(f"there is no agent {agent}")
        configuration = await self._configuration(connection, record)
        explanation = explain(record, configuration, seqs)
        if agent is not None and since is not None:
            answer = answer_for(record, agent, configuration, outcome=explanation.outcome, since=since)
            explanation = explanation.model_copy(update={"answer": answer})
        return as_seen_by(explanation, caller.id) if caller.role is Role.AGENT else explanation

    async def explain_all(
        self, connection: ReadConnection, lead_id: LeadId, caller: Actor, *, agent: AgentId | None = None
    ) -> list[Explanation] | Refusal:
        """Every decision about the lead, oldest first; refused as `explain` is."""
        newest = await self.explain(connection, lead_id, caller, agent=agent)
        if isinstance(newest, Refusal):
            return newest
        found = [await self.explain(connection, lead_id, caller, seq=seq, agent=agent) for seq in newest.decisions[:-1]]
        return [*(one for one in found if isinstance(one, Explanation)), newest]

    async def _configuration(self, connection: ReadConnection, record: RecordedDecision) -> Configuration | None:
        """The version that the record names; None when it cannot be read: the record then speaks for itself."""
        if record.config_version is None:
            return None
        try:
            return await self._configurations.get(connection, record.config_version)
        except ConfigurationError:
            return None


async def _may_read(connection: ReadConnection, lead_id: LeadId, caller: Actor) -> bool:
    if caller.role is Role.AGENT:
        return await was_offered(connection, lead_id, AgentId(caller.id))
    return await view_lead(connection, lead_id, caller) is not None


def _not_found(message: str) -> Refusal:
    return Refusal(code=RefusalCode.NOT_FOUND, message=message)
