"""The live slots that a transition takes and frees, under the locks of the agents' rows."""

from __future__ import annotations

from datetime import datetime

from db.repositories.agents import read_role
from db.repositories.limits import lock_teams
from db.repositories.loads import Room, change_load, lock_load
from db.session import WriteConnection
from domain.configuration import Configuration
from domain.lifecycle.commands import ROUTING, Claim, Command, Reassign
from domain.lifecycle.lead import Lead
from domain.lifecycle.transition import Refusal, RefusalCode, Transition
from services.choice import Choice, still_eligible


async def lock_for_hand(connection: WriteConnection, lead: Lead, command: Command) -> None:
    """Before a lead is given by hand: nobody else gives its old or new agent a lead, or deactivates them.

    What is checked afterwards then still holds when it is written. Other commands are checked as they take the slot.
    """
    if isinstance(command, Reassign) and command.to_agent != lead.agent:
        both = {agent for agent in (command.to_agent, lead.live_agent) if agent is not None}
        for agent in sorted(both):
            await lock_load(connection, agent)
        await lock_teams(connection, command.to_agent)


async def take_slots(
    connection: WriteConnection,
    transition: Transition,
    choice: Choice | None,
    configuration: Configuration,
    now: datetime,
) -> bool:
    """Change the loads of the agents, in the order of their ids; False when there is no room any more."""
    changes = sorted(transition.load_changes.items())
    forced = choice is not None and choice.settings.force
    taker = next((agent for agent, change in changes if change > 0), None)
    if choice is not None and not forced and taker is not None and choice.limits(taker):
        for agent, _ in changes:
            await lock_load(connection, agent)
        if choice.in_capped_team(taker):
            await lock_teams(connection, taker)
        if not await still_eligible(connection, taker, choice, configuration, now):
            return False
    for agent, change in changes:
        room = Room.ANY if change < 0 or forced else _room(transition.command)
        if not await change_load(connection, agent, change, transition.at, room=room):
            return False
    return True


async def no_slot(connection: WriteConnection, command: Command) -> Refusal:
    """Why the giver of a command found no slot: there is none, or he was deactivated."""
    if await read_role(connection, command.actor.agent_id) is None:
        return Refusal(code=RefusalCode.NOT_ELIGIBLE, message="you are deactivated, so you can take no lead")
    return Refusal(code=RefusalCode.AT_CAPACITY, message="you have no free slot; finish or release a lead first")


def _room(command: Command) -> Room:
    """What one more lead needs: claims a slot, routing also that the agent is there; people may overrule."""
    if isinstance(command, Claim):
        return Room.FREE
    return Room.ROUTABLE if isinstance(command, ROUTING) else Room.ANY
