"""Evidence of contact: the first attempt completes the window, reaching the customer is what counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.lifecycle.actor import Role
from domain.lifecycle.answers import advance, forbidden, instant, stale_offer, wrong_state
from domain.lifecycle.commands import Contact
from domain.lifecycle.contact import customer_reached
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import HELD_STATES, EventType, LifecycleState, OfferStatus, Reason
from domain.lifecycle.transition import Context, Decided, Event, OfferChanged, Transition


def contact(lead: Lead, command: Contact, context: Context) -> Decided:
    """An attempt by the holder, or evidence of one from another system.

    The attempt's own time decides whether it was in time, clamped to [start of the window, now]; exactly the
    deadline is in time. A late contact never clears a breach. After a missed contact window the earlier holder
    still counts until the next one is committed.
    """
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
    actor = command.actor
    if actor.role is Role.AGENT and actor.agent_id != holder:
        return forbidden("only the holder records attempts")
    at = instant(lead, context)
    return _attempted(lead, command, replace(lead, agent=holder), context, at)


def _attempted(lead: Lead, command: Contact, held: Lead, context: Context, at: datetime) -> Transition:
    holder = held.agent
    assert holder is not None
    started_at = lead.contact_started_at or lead.last_at
    occurred_at = max(started_at, min(command.occurred_at or command.received_at, at))
    first = not lead.first_action_completed
    late = first and lead.contact_started_at is not None and occurred_at > _deadline(lead, context)
    excused = first and not late and lead.contact_breached
    reached = customer_reached(command.direction, command.result)
    contacted = reached or lead.state is LifecycleState.CONTACTED
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
        wake_at=context.configuration.sla.outcome_deadline(at) if first else lead.wake_at,
        parked_at=None,
        parked_code=None,
    )
    data = {"epoch": lead.epoch, "channel": command.channel, "result": command.result, "late": late}
    events = [Event(type=EventType.CONTACT_ATTEMPTED, agent=holder, data=data)]
    if late and not lead.contact_breached:
        events.insert(
            0, Event(type=EventType.SLA_BREACHED, agent=holder, data={"epoch": lead.epoch, "window": "contact"})
        )
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
        attempt=command.model_copy(update={"occurred_at": occurred_at}),
    )


def _deadline(lead: Lead, context: Context) -> datetime:
    if lead.contact_expires_at is not None:
        return lead.contact_expires_at
    assert lead.contact_started_at is not None
    return context.configuration.sla.contact_deadline(lead.contact_started_at)


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
