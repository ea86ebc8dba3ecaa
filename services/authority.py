"""Whether a caller may act on a lead at all, on behalf of whom, and for which agents."""

from __future__ import annotations

from db.repositories.agents import manages, read_role
from db.session import AnyConnection, WriteConnection
from domain.ids import AgentId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Command, Reassign
from domain.lifecycle.lead import Lead
from domain.lifecycle.transition import Refusal, RefusalCode


async def objection(connection: WriteConnection, lead: Lead, command: Command) -> Refusal | None:
    """Why the caller may not give this command; None when nothing speaks against it. Read under the lead's lock.

    A manager acts on leads of the teams he manages and on leads that nobody has, and assigns to his own people;
    an admin everywhere. An agent who gets a lead by hand has to be active.
    """
    actor = command.actor
    if actor.role is Role.MANAGER:
        others = [lead.agent] if lead.agent is not None and lead.agent != actor.id else []
        if isinstance(command, Reassign) and command.to_agent != actor.id:
            others.append(command.to_agent)
        for agent in others:
            if not await manages(connection, actor.agent_id, agent):
                return Refusal(code=RefusalCode.FORBIDDEN, message="the agent is not in a team that you manage")
    if isinstance(command, Reassign) and await read_role(connection, command.to_agent) is None:
        return Refusal(code=RefusalCode.NOT_ELIGIBLE, message="to_agent: no active agent has this id")
    return None


async def answers_for(connection: AnyConnection, by: Actor, agent: AgentId) -> bool:
    """True for an admin, and for a manager of a team that the agent belongs to."""
    if by.role is Role.MANAGER:
        return await manages(connection, by.agent_id, agent)
    return by.role is Role.ADMIN
