"""Stopping a lead's clock and letting it go on: pause, snooze, resume."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from domain.ids import AgentId
from domain.lifecycle.answers import advance, forbidden, instant, later_instant, wrong_state
from domain.lifecycle.commands import EndPause, Pause, Resume, Snooze
from domain.lifecycle.giving_back import given_back_before
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import HELD_STATES, EventType, LifecycleState
from domain.lifecycle.transition import Context, Decided, Event, OfferChanged, Refusal, Unchanged

_PAUSABLE = HELD_STATES | {LifecycleState.QUEUED, LifecycleState.OFFERED, LifecycleState.ESCALATED}
_SNOOZABLE = frozenset({LifecycleState.ATTEMPTING, LifecycleState.CONTACTED})


def pause(lead: Lead, command: Pause, context: Context) -> Decided:
    """The clock stops: no window ends, nobody is warned, the lead is not routed.

    The holder's own, or a supervisor's for any lead that waits, is offered, held or escalated. A second pause
    changes the end and the reason of the first.
    """
    if lead.state not in _PAUSABLE or lead.in_round:
        return wrong_state(lead, "only a lead that waits, is offered to one agent, held or escalated can be paused")
    refusal = _not_theirs(lead, command, "pause")
    return refusal or _stopped(lead, command, context, command.until, EventType.PAUSED)


def snooze(lead: Lead, command: Snooze, context: Context) -> Decided:
    """The holder puts off a customer who was tried or reached; the lead is back by itself."""
    if lead.state not in _SNOOZABLE:
        return wrong_state(lead, "only a lead that was tried can be snoozed; pause it instead")
    refusal = _not_theirs(lead, command, "snooze")
    return refusal or _stopped(lead, command, context, command.until, EventType.SNOOZED)


def resume(lead: Lead, command: Resume, context: Context) -> Decided:
    """The clock goes on with the working time that was left."""
    if lead.paused_at is None:
        return Unchanged(lead=lead) if lead.is_open else wrong_state(lead, "a closed lead stays closed")
    refusal = _not_theirs(lead, command, "resume")
    if refusal is not None:
        return refusal
    at = instant(lead, context)
    return advance(
        command,
        at,
        lead,
        resumed(lead, context, at),
        events=[resumed_event(lead, by=command.actor.agent_id)],
        changed=moved_offer(lead, resumed(lead, context, at)),
    )


def end_pause(lead: Lead, command: EndPause, context: Context) -> Decided:
    """The end that the pause was given has come."""
    if lead.paused_at is None or lead.wake_at != command.due_at or command.received_at < command.due_at:
        return Unchanged(lead=lead)
    at = later_instant(lead, command, context)
    after = resumed(lead, context, at)
    return advance(command, at, lead, after, events=[resumed_event(lead, by=None)], changed=moved_offer(lead, after))


def resumed(lead: Lead, context: Context, at: datetime) -> Lead:
    """The paused lead with its clock running again from `at`.

    Windows keep the working time they had left, an outcome is due later by the pause, and a lead that waits is
    looked at at once, or when a rule's hold on it ends; its queue's SLA is later by the pause. An outage within the
    pause took nothing of a window.
    """
    assert lead.paused_at is not None
    assert lead.resume_due_at is not None
    before = given_back_before(replace(lead, paused_at=None), context, lead.paused_at)
    clock, stopped_at, stood = context.clock(lead), lead.paused_at, at - lead.paused_at
    going = replace(lead, paused_at=None, pause_code=None, resume_due_at=None, wake_at=lead.resume_due_at + stood)
    if lead.state is LifecycleState.OFFERED and before.claim_expires_at is not None:
        ends_at = clock.moved(before.claim_expires_at, stopped_at, at)
        return replace(going, claim_expires_at=ends_at, wake_at=ends_at, given_back_until=at)
    if lead.state is LifecycleState.CLAIMED and before.contact_expires_at is not None:
        ends_at = clock.moved(before.contact_expires_at, stopped_at, at, contact=True)
        return replace(going, contact_expires_at=ends_at, wake_at=ends_at, given_back_until=at)
    if lead.state is LifecycleState.ESCALATED:
        ends_at = clock.moved(lead.resume_due_at, stopped_at, at)
        return replace(going, claim_expires_at=lead.claim_expires_at and ends_at, wake_at=ends_at)
    if lead.state is LifecycleState.QUEUED:
        # A lead that is looked at before its hold ends is not held any more: somebody has had it since.
        held_until = lead.held_until or at
        wake_at = max(at, held_until) if held_until <= lead.resume_due_at else at
        return replace(going, wake_at=wake_at, queue_sla_at=lead.queue_sla_at and lead.queue_sla_at + stood)
    if lead.next_try_at is not None:
        next_try_at = max(lead.next_try_at, at)
        # A try that was put off is due anew: whoever put it off has not missed it.
        return replace(going, next_try_at=next_try_at, remind_at=next_try_at, alarm_level=0)
    return going


def resumed_event(lead: Lead, *, by: AgentId | None) -> Event:
    """That the pause is over; `by` is whoever ended it, None when its time had come."""
    assert lead.paused_at is not None
    data = {"epoch": lead.epoch, "paused_at": lead.paused_at.isoformat(), "code": lead.pause_code}
    return Event(type=EventType.RESUMED, agent=lead.agent, data={**data, "by": str(by) if by else None})


def moved_offer(before: Lead, after: Lead) -> tuple[OfferChanged, ...]:
    """The new end of the window in the offer's own row; nothing when no window was moved."""
    changes = {
        name: getattr(after, name)
        for name in ("claim_expires_at", "contact_expires_at")
        if getattr(after, name) != getattr(before, name)
    }
    if not changes or before.agent is None:
        return ()
    return (OfferChanged(agent=before.agent, epoch=before.epoch, changes=changes),)


def _not_theirs(lead: Lead, command: Pause | Snooze | Resume, verb: str) -> Refusal | None:
    held = lead.state in HELD_STATES and lead.agent == command.actor.agent_id
    if held or command.actor.supervises:
        return None
    return forbidden(f"only the holder or a manager can {verb} a lead")


def _stopped(
    lead: Lead, command: Pause | Snooze, context: Context, until: datetime | None, event: EventType
) -> Decided:
    at = instant(lead, context)
    limit = at + timedelta(days=context.sla(lead).pause_days)
    ends_at = until or limit
    if not at < ends_at <= limit:
        return wrong_state(
            lead, f"until: {ends_at:%Y-%m-%d %H:%M} UTC cannot be; give an instant from now to {limit:%Y-%m-%d %H:%M}"
        )
    after = replace(
        lead,
        paused_at=lead.paused_at or at,
        pause_code=command.code,
        resume_due_at=lead.resume_due_at or lead.wake_at,
        wake_at=ends_at,
    )
    data = {"epoch": lead.epoch, "code": command.code, "until": ends_at.isoformat(), "by": str(command.actor.agent_id)}
    return advance(command, at, lead, after, events=[Event(type=event, agent=lead.agent, data=data)])
