"""Warnings before a window ends, and tries that are due: when somebody is reminded, and of what."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.hours.hours import Hours
from domain.lifecycle.answers import advance, later_instant
from domain.lifecycle.closing import close
from domain.lifecycle.commands import Remind
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import CloseReason, EventType, LifecycleState
from domain.lifecycle.transition import Context, Decided, Event, Transition, Unchanged

_WINDOW = {
    LifecycleState.OFFERED: "claim",
    LifecycleState.CLAIMED: "contact",
    LifecycleState.QUEUED: "queue",
}
_TRIED = frozenset({LifecycleState.ATTEMPTING, LifecycleState.CONTACTED})


def remind(lead: Lead, command: Remind, context: Context) -> Decided:
    """What was due: each warning of the running window once, never after its end; or the customer's next try.

    Guarded by state, so it may be tried any number of times. One that comes when it is closed, because whoever was to
    send it was late, is put off to the opening.
    """
    if command.epoch != lead.epoch or lead.remind_at != command.due_at or command.received_at < command.due_at:
        return Unchanged(lead=lead)
    at = later_instant(lead, command, context)
    if lead.state is LifecycleState.ATTEMPTING:
        return _follow_up(lead, command, context, at)
    ends_at = _window_end(lead)
    if ends_at is None or at > ends_at:
        # The breach says it; a warning after the fact would only add to it.
        return advance(command, at, lead, replace(lead, alarm_level=len(context.sla(lead).warnings)))
    if not _hours(lead, context).is_open(at):
        return advance(command, at, lead, lead)
    fractions = context.sla(lead).warnings
    due = sum(warning <= max(at, command.due_at) for warning in _warnings(lead, context))
    events = [
        Event(
            type=EventType.SLA_WARNING,
            agent=lead.agent,
            data={
                "epoch": lead.epoch,
                "window": _WINDOW[lead.state],
                "level": level,
                "fraction": fractions[level - 1],
                "due_at": ends_at.isoformat(),
            },
        )
        for level in range(lead.alarm_level + 1, due + 1)
    ]
    return advance(command, at, lead, replace(lead, alarm_level=max(due, lead.alarm_level)), events=events)


def with_reminder(transition: Transition, context: Context) -> Transition:
    """The transition with what its lead is reminded of next.

    Every transition passes here, so that whatever moves, stops or opens a window moves its warnings with it.
    """
    before, after = transition.before, transition.after
    if after.state not in _TRIED:
        after = replace(after, follow_ups=0, next_try_at=None)
    if (before.epoch, before.state) != (after.epoch, after.state):
        after = replace(after, alarm_level=_given_before(before, after, context, transition.at))
    # The steps of a round share its window: what one of them got back, the next has not lost.
    goes_on = before.in_round and after.in_round and after.claim_started_at == before.claim_started_at
    held = after.state in (LifecycleState.OFFERED, LifecycleState.CLAIMED) and after.epoch == before.epoch
    if not (goes_on or held):
        after = replace(after, given_back_until=None)
    return replace(transition, after=replace(after, remind_at=_next_reminder(after, context, transition.at)))


def _given_before(before: Lead, after: Lead, context: Context, at: datetime) -> int:
    """How many warnings the lead's new window has had: none, unless it waits again for the same end.

    That end stays while the lead is offered in between. Nothing says what was given of it, so what was due before it
    came back counts as given: managers had the lead in sight by then, and nobody is warned twice.
    """
    if after.state is not LifecycleState.QUEUED or after.queue_sla_at is None:
        return 0
    if after.queue_sla_at != before.queue_sla_at or after.queue_breached_at is not None:
        return 0
    given = sum(warning < at for warning in _warnings(after, context))
    return max(given, before.alarm_level) if before.state is LifecycleState.QUEUED else given


def _next_reminder(lead: Lead, context: Context, at: datetime) -> datetime | None:
    if not lead.is_open or lead.paused_at is not None:
        return None
    if lead.state is LifecycleState.ATTEMPTING:
        return lead.remind_at
    ends_at = _window_end(lead)
    if lead.in_round or ends_at is None:
        return None
    warning = next(iter(_warnings(lead, context)[lead.alarm_level :]), None)
    if warning is None or warning > at or _hours(lead, context).is_open(at):
        return warning
    # What was due before the closing and was not given has to wait for the opening, if there is time left then.
    opening = _hours(lead, context).next_open(at)
    return opening if opening <= ends_at else None


def _hours(lead: Lead, context: Context) -> Hours:
    """When whoever is reminded works: where a customer is to be contacted, only while that may be."""
    clock = context.clock(lead)
    contacting = lead.state in (LifecycleState.CLAIMED, LifecycleState.ATTEMPTING)
    return clock.contact_hours if contacting else clock.hours


def _window_end(lead: Lead) -> datetime | None:
    if lead.state is LifecycleState.QUEUED:
        return lead.queue_sla_at if lead.queue_breached_at is None else None
    return lead.window_due_at if lead.state in _WINDOW else None


def _warnings(lead: Lead, context: Context) -> tuple[datetime, ...]:
    clock, ends_at = context.clock(lead), _window_end(lead)
    assert ends_at is not None
    if lead.state is LifecycleState.OFFERED:
        return clock.claim_warnings(ends_at)
    if lead.state is LifecycleState.CLAIMED:
        return clock.contact_warnings(ends_at)
    return clock.queue_warnings(lead.created_at, ends_at)


def _follow_up(lead: Lead, command: Remind, context: Context, at: datetime) -> Decided:
    """The next try is due: the holder is told, then once the managers; after the last try nobody is left to try."""
    policy = context.sla(lead)
    if lead.follow_ups >= policy.follow_ups.tries:
        return close(lead, command, at, CloseReason.UNREACHABLE)
    hours = _hours(lead, context)
    if not hours.is_open(at):
        return advance(command, at, lead, replace(lead, remind_at=hours.next_open(at)))
    missed = lead.alarm_level > 0
    event = Event(
        type=EventType.FOLLOW_UP_MISSED if missed else EventType.FOLLOW_UP_DUE,
        agent=lead.agent,
        data={"epoch": lead.epoch, "attempt": lead.follow_ups + 1},
    )
    again = None if missed else context.clock(lead).follow_up(at, lead.follow_ups)
    return advance(command, at, lead, replace(lead, alarm_level=lead.alarm_level + 1, remind_at=again), events=[event])
