"""Whether a caller may act on this lead at all, and on behalf of whom; read under the lead's lock."""

from __future__ import annotations

from db.repositories.agents import manages, read_role
from db.session import WriteConnection
from domain.lifecycle.actor import Role
from domain.lifecycle.commands import Command, Reassign
from domain.lifecycle.lead import Lead
from domain.lifecycle.transition import Refusal, RefusalCode


async def objection(connection: WriteConnection, lead: Lead, command: Command) -> Refusal | None:
    """Why the caller may not give this command; None when nothing speaks against it.

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
