"""What routing does to a lead: score, offer or queue, park; and a manager's own choice of agent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from domain.lifecycle.actor import Role
from domain.lifecycle.answers import advance, ended_offer, forbidden, instant, later_instant, moved, wrong_state
from domain.lifecycle.commands import Complete, Park, Reassign, RecordScore, Route
from domain.lifecycle.lead import Lead
from domain.lifecycle.placement import assigned_event, count_reassignment, hold, place
from domain.lifecycle.state import EventType, LifecycleState, OfferKind, OfferStatus, Reason
from domain.lifecycle.transition import (
    Context,
    Decided,
    Event,
    OfferOpened,
    ReassignmentRow,
    Unchanged,
)

_UNROUTED = frozenset({LifecycleState.RECEIVED, LifecycleState.QUEUED})


def score(lead: Lead, command: RecordScore, context: Context) -> Decided:
    """Store the score of a lead that has not been routed; the first score stays."""
    if lead.state is not LifecycleState.RECEIVED or lead.score is not None:
        return Unchanged(lead=lead)
    at = later_instant(lead, command, context)
    after = replace(lead, score=command.score, tier=command.tier, wake_at=at)
    event = Event(type=EventType.SCORED, data={"score": command.score, "tier": command.tier})
    return advance(command, at, lead, after, events=[event])


def route(lead: Lead, command: Route, context: Context) -> Decided:
    """Offer a received or queued lead to the candidate, or let it wait."""
    idle = command.only_offer and context.candidate is None and context.plan.escalate is None
    if lead.state not in _UNROUTED or idle:
        return Unchanged(lead=lead)
    at = later_instant(lead, command, context)
    return moved(command, at, lead, place(lead, context, at))


def park(lead: Lead, command: Park, context: Context) -> Decided:
    """Time's work on this lead failed in a way that a retry at once would not cure: say so, try again later."""
    if not lead.is_open:
        return Unchanged(lead=lead)
    at = later_instant(lead, command, context)
    if lead.wake_at is not None and lead.wake_at > at:
        # Nothing is due: what failed was meant for an earlier state, and must not bring a later deadline forward.
        return Unchanged(lead=lead)
    wake_at = at + timedelta(seconds=context.sla(lead).park_seconds)
    after = replace(lead, parked_at=at, parked_code=command.code, wake_at=wake_at)
    return advance(command, at, lead, after, events=[Event(type=EventType.PARKED, data={"code": command.code})])


def complete(lead: Lead, command: Complete, context: Context) -> Decided:
    """The missing phone or e-mail arrived: the lead can be routed."""
    if command.actor.role is Role.AGENT:
        return forbidden("only a manager, an admin or the lead's source can complete it")
    if lead.state is not LifecycleState.INCOMPLETE:
        return wrong_state(lead, "only an incomplete lead can be completed")
    at = instant(lead, context)
    zones = lead.customer_zones or command.customer_zones
    after = replace(lead, state=LifecycleState.RECEIVED, wake_at=at, customer_zones=zones)
    return advance(command, at, lead, after, events=[Event(type=EventType.COMPLETED)])


def reassign(lead: Lead, command: Reassign, context: Context) -> Decided:
    """A supervisor's choice: the agent holds the lead as claimed, with a fresh contact window.

    The reason follows the state (claim missed → unclaimed, contact missed → no_contact, else manual) unless
    it is given. A manual assignment beats an automatic one.
    """
    if not command.actor.supervises:
        return forbidden("only a manager or an admin can reassign a lead")
    if lead.state in (LifecycleState.CLOSED, LifecycleState.INCOMPLETE):
        return wrong_state(lead, "it cannot be assigned")
    if lead.agent == command.to_agent and lead.lead_claimed:
        return Unchanged(lead=lead)
    at = instant(lead, context)
    previous = lead.agent if lead.pending is None else lead.pending.from_agent
    row = None
    counted = replace(lead, pending=None)
    if previous != command.to_agent:
        row = ReassignmentRow(
            from_agent=previous,
            to_agent=command.to_agent,
            by=command.actor.agent_id,
            reason=command.reason or _reason_of(lead),
            notes=None,
        )
        counted = count_reassignment(lead, row, at)
    after = replace(
        hold(counted, context, at),
        epoch=lead.epoch + 1,
        agent=command.to_agent,
        assigned_at=at,
        assignment_method="manual",
        history_id=context.history_id,
    )
    opened = OfferOpened(
        agent=command.to_agent,
        epoch=after.epoch,
        kind=OfferKind.MANUAL,
        status=OfferStatus.CLAIMED,
        claim_expires_at=None,
        contact_expires_at=after.contact_expires_at,
    )
    return advance(
        command,
        at,
        lead,
        after,
        events=[assigned_event(row, command.to_agent, after.epoch)],
        opened=opened,
        changed=ended_offer(lead, at, OfferStatus.REASSIGNED),
        reassignment=row,
    )


def _reason_of(lead: Lead) -> Reason:
    if lead.pending is not None:
        return lead.pending.reason
    if lead.contact_breached:
        return Reason.NO_CONTACT
    if lead.claim_breached and not lead.lead_claimed:
        return Reason.UNCLAIMED
    return Reason.MANUAL
