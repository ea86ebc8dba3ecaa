"""The transition function: the only place where a lead's state changes."""

from __future__ import annotations

from domain.lifecycle.breaching import breach
from domain.lifecycle.claim import claim, decline
from domain.lifecycle.closing import expire, outcome, withdraw
from domain.lifecycle.commands import (
    AgentGone,
    Breach,
    Claim,
    Command,
    Complete,
    Contact,
    Decline,
    Expire,
    MigrateConfiguration,
    MoveToHot,
    Outcome,
    Park,
    Reassign,
    RecordScore,
    Release,
    Rescore,
    Restart,
    Route,
    Withdraw,
)
from domain.lifecycle.contacting import contact
from domain.lifecycle.lead import Lead
from domain.lifecycle.migrating import migrate
from domain.lifecycle.moving_on import agent_gone, release, restart
from domain.lifecycle.queueing import move_to_hot, rescore
from domain.lifecycle.routing import complete, park, reassign, route, score
from domain.lifecycle.transition import Context, Decided


def decide(lead: Lead, command: Command, context: Context) -> Decided:
    """What `command` does to `lead`. Pure: the same arguments give the same answer.

    Returns a Transition to be committed as it is, Unchanged when there is nothing to do (a repeat, or a timer
    whose window is gone), or a Refusal with a documented code.
    """
    match command:
        case Claim():
            return claim(lead, command, context)
        case Decline():
            return decline(lead, command, context)
        case Contact():
            return contact(lead, command, context)
        case Outcome():
            return outcome(lead, command, context)
        case Complete():
            return complete(lead, command, context)
        case Release():
            return release(lead, command, context)
        case Reassign():
            return reassign(lead, command, context)
        case Withdraw():
            return withdraw(lead, command, context)
        case Restart():
            return restart(lead, command, context)
        case AgentGone():
            return agent_gone(lead, command, context)
        case RecordScore():
            return score(lead, command, context)
        case Rescore():
            return rescore(lead, command, context)
        case MoveToHot():
            return move_to_hot(lead, command, context)
        case Route():
            return route(lead, command, context)
        case Breach():
            return breach(lead, command, context)
        case Expire():
            return expire(lead, command, context)
        case Park():
            return park(lead, command, context)
        case MigrateConfiguration():
            return migrate(lead, command, context)
