"""Evidence of contact: the first attempt completes the window, reaching the customer is what counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.contact import call_missed, customer_reached
from domain.ids import AgentId
from domain.lifecycle.actor import Role
from domain.lifecycle.answers import advance, forbidden, instant, late_answer, stale_offer, wrong_state
from domain.lifecycle.commands import Contact
from domain.lifecycle.extending import system_breach
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import HELD_STATES, EventType, LifecycleState, OfferStatus, Reason
from domain.lifecycle.transition import Attempt, Context, Decided, Event, OfferChanged, PastOffer, Transition


def contact(lead: Lead, command: Contact, context: Context) -> Decided:
    """An attempt by the holder, or evidence of one from another system.

    The attempt's own time decides whether it was in time, clamped to [start of the window, now]; exactly the
    deadline is in time. A late contact never clears a breach. After a missed contact window the earlier holder
    still counts until the next one is committed.
    """
    if command.actor.role is Role.AGENT and command.made_by != command.actor.agent_id:
        return forbidden("agent: you record your own attempts; leave it out")
    if context.past_offer is not None:
        return _late_evidence(lead, command, context.past_offer, context)
    if lead.state is LifecycleState.CLOSED:
        return _after_the_end(lead, command, context)
    if command.epoch is not None and command.epoch != lead.epoch:
        return stale_offer(lead, command.epoch)
    holder = lead.agent
    if lead.state is LifecycleState.QUEUED and lead.pending is not None:
        owed = lead.pending
        holder = owed.from_agent if owed.missed and owed.reason is Reason.NO_CONTACT else None
    elif lead.state not in HELD_STATES:
        holder = None
    if holder is None:
        return wrong_state(lead, "an attempt is recorded on a claimed lead; claim it first")
    if command.made_by not in (None, holder):
        if command.agent is not None:
            return forbidden("agent: does not hold this lead and did not when the attempt was made; name who did")
        return forbidden("only the holder records attempts")
    at = instant(lead, context)
    return _attempted(lead, command, replace(lead, agent=holder), context, at)


def _late_evidence(lead: Lead, command: Contact, past: PastOffer, context: Context) -> Decided:
    """Evidence for an assignment that is over: kept, and excusing its breach when the attempt was in time.

    It never takes the lead back from whoever has it now.
    """
    at = instant(lead, context)
    if past.contact_started_at is None or past.contact_expires_at is None:
        return stale_offer(lead, past.epoch)
    occurred_at = max(past.contact_started_at, min(command.occurred_at or command.received_at, at))
    if occurred_at > past.contact_expires_at:
        return stale_offer(lead, past.epoch)
    missed_call = call_missed(command.direction, command.result)
    changes: dict[str, object] = {"first_action_at": past.first_action_at or occurred_at}
    if past.contact_breached:
        changes["breach_excused"] = True
    data = {"epoch": past.epoch, "channel": command.channel, "result": command.result, "late_evidence": True}
    return advance(
        command,
        at,
        lead,
        lead,
        events=[Event(type=EventType.CONTACT_ATTEMPTED, agent=past.agent, data=data)],
        changed=[] if missed_call else [OfferChanged(agent=past.agent, epoch=past.epoch, changes=changes)],
        attempt=_evidence(command, past.agent, past.epoch, occurred_at),
        late_fact=not lead.is_open,
    )


def _after_the_end(lead: Lead, command: Contact, context: Context) -> Decided:
    """Evidence by the last holder that arrives after the lead was closed: a fact, and no change."""
    agent = lead.agent
    if agent is None or command.made_by not in (None, agent):
        return wrong_state(lead, "a closed lead stays closed; a customer who comes back is a new lead")
    at = instant(lead, context)
    occurred_at = min(command.occurred_at or command.received_at, at)
    if lead.closed_at is None or occurred_at > lead.closed_at:
        return wrong_state(lead, "the attempt was after its end; a customer who comes back is a new lead")
    return advance(
        command,
        at,
        lead,
        lead,
        attempt=_evidence(command, agent, lead.epoch, occurred_at),
        late_fact=True,
    )


def _evidence(command: Contact, agent: AgentId, epoch: int, occurred_at: datetime) -> Attempt:
    return Attempt(
        agent=agent,
        epoch=epoch,
        channel=command.channel,
        direction=command.direction,
        result=command.result,
        occurred_at=occurred_at,
        received_at=command.received_at,
        external_id=command.external_id,
    )


def _attempted(lead: Lead, command: Contact, held: Lead, context: Context, at: datetime) -> Transition:
    holder = held.agent
    assert holder is not None
    clock = context.clock(lead)
    started_at = lead.contact_started_at or lead.last_at
    occurred_at = max(started_at, min(command.occurred_at or command.received_at, at))
    first = not lead.first_action_completed
    late = first and lead.contact_started_at is not None and occurred_at > _deadline(lead, context)
    by_system = late and not lead.contact_breached and system_breach(lead, context.outages, _deadline(lead, context))
    excused = by_system or (first and not late and lead.contact_breached)
    reached = customer_reached(command.direction, command.result)
    contacted = reached or lead.state is LifecycleState.CONTACTED
    missed_call = call_missed(command.direction, command.result)
    if missed_call or (first and not reached and command.channel not in clock.policy.contact_channels):
        tried = lead if missed_call else replace(lead, contact_attempts=lead.contact_attempts + 1)
        return _not_counted(lead, command, tried, at, _evidence(command, holder, lead.epoch, occurred_at))
    after = replace(
        held,
        state=LifecycleState.CONTACTED if contacted else LifecycleState.ATTEMPTING,
        lead_claimed=True,
        pending=None,
        assigned_at=held.assigned_at or at,
        assignment_method=held.assignment_method or "late_contact",
        contact_expires_at=None,
        contact_breached=lead.contact_breached or late,
        contacted_late=lead.contacted_late or late,
        first_action_completed=True,
        first_action_at=lead.first_action_at or occurred_at,
        first_contact_at=lead.first_contact_at or (occurred_at if reached else None),
        last_contact_at=occurred_at,
        contact_attempts=lead.contact_attempts + 1,
        wake_at=clock.outcome_deadline(at) if first else lead.wake_at,
        parked_at=None,
        parked_code=None,
    )
    if contacted:
        after = replace(after, next_try_at=None)
    else:
        tries = lead.follow_ups + 1
        next_try_at = clock.follow_up(at, tries)
        after = replace(after, follow_ups=tries, next_try_at=next_try_at, remind_at=next_try_at, alarm_level=0)
    data = {"epoch": lead.epoch, "channel": command.channel, "result": command.result, "late": late}
    events = [Event(type=EventType.CONTACT_ATTEMPTED, agent=holder, data=data)]
    if late and not lead.contact_breached:
        events.insert(0, late_answer(lead, holder, "contact", by_system=by_system))
    if late:
        events.append(Event(type=EventType.CONTACT_LATE, agent=holder, data={"epoch": lead.epoch}))
    if reached and lead.state is not LifecycleState.CONTACTED:
        events.append(Event(type=EventType.CONTACTED, agent=holder, data={"epoch": lead.epoch}))
    return advance(
        command,
        at,
        lead,
        after,
        events=events,
        changed=_offer_changes(lead, after, occurred_at, first=first, reached=reached, late=late, excused=excused),
        attempt=_evidence(command, holder, lead.epoch, occurred_at),
    )


def _not_counted(lead: Lead, command: Contact, after: Lead, at: datetime, attempt: Attempt) -> Transition:
    """What the policy does not take for an attempt, or the agent did not make: on record, and the window goes on."""
    data = {"epoch": lead.epoch, "channel": command.channel, "result": command.result, "counts": False}
    event = Event(type=EventType.CONTACT_ATTEMPTED, agent=attempt.agent, data=data)
    return advance(command, at, lead, after, events=[event], attempt=attempt)


def _deadline(lead: Lead, context: Context) -> datetime:
    if lead.contact_expires_at is not None:
        return lead.contact_expires_at
    assert lead.contact_started_at is not None
    return context.clock(lead).contact_deadline(lead.contact_started_at)


def _offer_changes(
    lead: Lead, after: Lead, occurred_at: datetime, *, first: bool, reached: bool, late: bool, excused: bool
) -> list[OfferChanged]:
    changes: dict[str, object] = {}
    if first:
        changes |= {"first_action_at": occurred_at, "status": OfferStatus.CLAIMED}
    if reached and lead.state is not LifecycleState.CONTACTED:
        changes["contacted_at"] = occurred_at
    if late:
        changes["contact_breached"] = True
    if excused:
        changes["breach_excused"] = True
    if not changes or after.agent is None:
        return []
    return [OfferChanged(agent=after.agent, epoch=lead.epoch, changes=changes)]
