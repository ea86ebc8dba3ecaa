"""The transition function: the only place where a lead's state changes."""

from __future__ import annotations

from dataclasses import replace

from domain.lifecycle.answers import advance, instant, later_instant
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
    EndPause,
    Expire,
    Extend,
    MigrateConfiguration,
    MoveToHot,
    Outcome,
    Park,
    Pause,
    Reassign,
    RecordScore,
    Release,
    Remind,
    Rescore,
    Restart,
    Resume,
    Route,
    Snooze,
    Withdraw,
)
from domain.lifecycle.contacting import contact
from domain.lifecycle.extending import extend, extended_event, moved_invitations, moved_windows
from domain.lifecycle.giving_back import given_back
from domain.lifecycle.lead import Lead
from domain.lifecycle.migrating import migrate
from domain.lifecycle.moving_on import agent_gone, release, restart
from domain.lifecycle.pausing import (
    end_pause,
    pause,
    resume,
    resumed,
    resumed_event,
    snooze,
)
from domain.lifecycle.queueing import move_to_hot, rescore
from domain.lifecycle.reminding import remind, with_reminder
from domain.lifecycle.routing import complete, park, reassign, route, score
from domain.lifecycle.transition import Context, Decided, Transition, Unchanged

_STANDS_STILL = (AgentGone, Breach, Expire, Extend, MoveToHot, Park, RecordScore, Remind, Rescore, Route)
_KEEPS_PAUSE = (EndPause, MigrateConfiguration, Pause, Resume, Snooze)


def decide(lead: Lead, command: Command, context: Context) -> Decided:
    """What `command` does to `lead`. Pure: the same arguments give the same answer.

    Returns a Transition to be committed as it is, Unchanged when there is nothing to do (a repeat, or a timer
    whose window is gone), or a Refusal with a documented code.

    While a lead is paused, time does nothing to it but end the pause; whatever else a person does ends it too. A
    window that an outage ran through gets that time back before anything is decided about it.
    """
    if lead.paused_at is not None and isinstance(command, _STANDS_STILL):
        return Unchanged(lead=lead)
    going, event = lead, None
    if lead.paused_at is not None and lead.is_open and not isinstance(command, _KEEPS_PAUSE):
        going = resumed(lead, context, instant(lead, context))
        event = resumed_event(lead, by=command.actor.agent_id)
    elif lead.paused_at is None and not isinstance(command, Extend):
        going = given_back(lead, context)
        event = extended_event(lead, going)
    if going is lead or event is None:
        decided = _decided(lead, command, context)
    elif isinstance(command, Breach | Remind):
        # What is due was due by the old deadline: all there is to do is to move it.
        at = later_instant(lead, command, context)
        moved = advance(command, at, lead, going, events=[event], changed=moved_windows(lead, going, context))
        decided = replace(moved, extension=True)
    else:
        decided = _decided(going, command, replace(context, invitations=moved_invitations(lead, going, context)))
        if isinstance(decided, Transition):
            changed = (*moved_windows(lead, going, context), *decided.changed)
            decided = replace(decided, before=lead, events=(event, *decided.events), changed=changed)
        elif isinstance(decided, Unchanged):
            decided = Unchanged(lead=lead)
    if context.target is not None:
        # A window that was laid on new hours is warned of by them.
        context = replace(context, configuration=context.target)
    return with_reminder(decided, context) if isinstance(decided, Transition) else decided


def _decided(lead: Lead, command: Command, context: Context) -> Decided:
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
        case Pause():
            return pause(lead, command, context)
        case Snooze():
            return snooze(lead, command, context)
        case Resume():
            return resume(lead, command, context)
        case EndPause():
            return end_pause(lead, command, context)
        case Remind():
            return remind(lead, command, context)
        case Extend():
            return extend(lead, command, context)
