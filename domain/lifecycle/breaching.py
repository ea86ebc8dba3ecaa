"""A missed window: written once, and the lead is passed on."""

from __future__ import annotations

from dataclasses import replace

from domain.ids import SYSTEM_AGENT
from domain.lifecycle.answers import advance, later_instant, moved
from domain.lifecycle.broadcasting import step_over
from domain.lifecycle.commands import Breach
from domain.lifecycle.extending import system_breach
from domain.lifecycle.lead import Lead
from domain.lifecycle.placement import escalate, owe, place
from domain.lifecycle.state import EventType, LifecycleState, OfferStatus, Reason
from domain.lifecycle.transition import Context, Decided, Event, OfferChanged, Unchanged
from domain.sla.policy import OnBreach


def breach(lead: Lead, command: Breach, context: Context) -> Decided:
    """The window of an epoch is over. Guarded by state, so it may be tried any number of times.

    Never early: the workflow's clock at scheduling is compared with the stored deadline.
    """
    if command.epoch != lead.epoch or command.received_at < command.due_at:
        return Unchanged(lead=lead)
    if lead.in_round and lead.claim_expires_at == command.due_at:
        return step_over(lead, command, context)
    if lead.state is LifecycleState.OFFERED and lead.claim_expires_at == command.due_at:
        return _missed(lead, command, context, reason=Reason.UNCLAIMED)
    if lead.state is LifecycleState.CLAIMED and lead.contact_expires_at == command.due_at:
        return _missed(lead, command, context, reason=Reason.NO_CONTACT)
    if lead.state is LifecycleState.ESCALATED and lead.wake_at == command.due_at:
        return _raise(lead, command, context)
    return Unchanged(lead=lead)


def _missed(lead: Lead, command: Breach, context: Context, *, reason: Reason) -> Decided:
    at = later_instant(lead, command, context)
    claiming = reason is Reason.UNCLAIMED
    policy = context.sla(lead)
    data = {"epoch": lead.epoch, "window": "claim" if claiming else "contact", "due_at": command.due_at.isoformat()}
    flags: dict[str, object] = {"claim_breached" if claiming else "contact_breached": True}
    if system_breach(lead, context.outages, command.due_at):
        data["cause"] = "outage"
        flags["breach_excused"] = True
    event = Event(
        type=EventType.SLA_BREACHED,
        agent=lead.agent,
        data=data,
    )
    flagged = replace(
        lead,
        claim_breached=lead.claim_breached or claiming,
        contact_breached=lead.contact_breached or not claiming,
    )
    assert lead.agent is not None
    if policy.on_breach is OnBreach.NOTIFY_ONLY:
        after = replace(
            flagged, claim_expires_at=None, contact_expires_at=None, wake_at=context.clock(lead).outcome_deadline(at)
        )
        marked = OfferChanged(agent=lead.agent, epoch=lead.epoch, changes=flags)
        return advance(command, at, lead, after, events=[event], changed=[marked])
    missed = OfferChanged(agent=lead.agent, epoch=lead.epoch, changes={**flags, "status": OfferStatus.MISSED})
    leaving = replace(owe(flagged, reason, SYSTEM_AGENT), lead_claimed=False)
    if lead.sla_reassignments >= policy.max_reassignments:
        placement = escalate(leaving, context, at, reason="reassignments_used_up")
    else:
        placement = place(leaving, context, at)
    return moved(command, at, lead, placement, events=[event], changed=[missed])


def _raise(lead: Lead, command: Breach, context: Context) -> Decided:
    at = later_instant(lead, command, context)
    opening = context.clock(lead).opening(at)
    if opening is not None:
        return advance(command, at, lead, replace(lead, claim_expires_at=opening, wake_at=opening))
    level = lead.escalation_level + 1
    levels = context.sla(lead).escalation_levels
    wake_at = context.clock(lead).escalation_deadline(at, level)
    if level > levels:
        return advance(command, at, lead, replace(lead, wake_at=wake_at))
    after = replace(lead, escalation_level=level, claim_expires_at=wake_at, wake_at=wake_at)
    event = Event(type=EventType.ESCALATED, agent=lead.agent, data={"epoch": lead.epoch, "level": level})
    return advance(command, at, lead, after, events=[event])
