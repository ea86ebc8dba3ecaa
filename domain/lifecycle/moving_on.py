"""Moving on without a breach: declined, released, agent gone, restarted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.ids import SYSTEM_AGENT, AgentId
from domain.lifecycle.answers import ended_offer, forbidden, instant, later_instant, moved, wrong_state
from domain.lifecycle.commands import AgentGone, Command, Release, Restart
from domain.lifecycle.lead import Lead
from domain.lifecycle.placement import escalate, owe, place
from domain.lifecycle.state import HELD_STATES, EventType, LifecycleState, OfferStatus, Reason
from domain.lifecycle.transition import Context, Decided, Event, Transition, Unchanged


def pass_on(
    lead: Lead,
    command: Command,
    context: Context,
    at: datetime,
    *,
    reason: Reason,
    by: AgentId,
    notes: str,
    status: OfferStatus,
    event: Event,
) -> Transition:
    """Give the lead to somebody else for a reason that is nobody's breach; such moves have a cap of their own.

    The epoch moves on even when the lead has to wait, so the agent's earlier claim no longer counts.
    """
    policy = context.sla(lead)
    leaving = replace(
        owe(lead, reason, by, notes), other_reassignments=lead.other_reassignments + 1, lead_claimed=False
    )
    if lead.other_reassignments >= policy.max_other_reassignments:
        placement = escalate(leaving, context, at, reason="other_reassignments_used_up")
    else:
        placement = place(leaving, context, at)
    if placement.after.epoch == lead.epoch:
        placement = replace(placement, after=replace(placement.after, epoch=lead.epoch + 1))
    return moved(command, at, lead, placement, events=[event], changed=ended_offer(lead, at, status, code=notes))


def release(lead: Lead, command: Release, context: Context) -> Decided:
    """The holder, or a supervisor, gives the lead back to routing."""
    if lead.state not in HELD_STATES:
        return wrong_state(lead, "only a claimed lead can be released")
    actor = command.actor
    if lead.agent != actor.agent_id and not actor.supervises:
        return forbidden("only the holder or a manager can release a lead")
    return pass_on(
        lead,
        command,
        context,
        instant(lead, context),
        reason=Reason.MANUAL,
        by=actor.agent_id,
        notes=f"released:{command.code}",
        status=OfferStatus.RELEASED,
        event=Event(type=EventType.RELEASED, agent=lead.agent, data={"epoch": lead.epoch, "code": command.code}),
    )


def agent_gone(lead: Lead, command: AgentGone, context: Context) -> Decided:
    """The agent went away: before the claim the offer moves on, after it the lead does."""
    if command.epoch != lead.epoch or lead.agent is None:
        return Unchanged(lead=lead)
    if lead.state is LifecycleState.OFFERED:
        reason = Reason.UNCLAIMED
    elif lead.state in HELD_STATES:
        reason = Reason.NO_CONTACT
    else:
        return Unchanged(lead=lead)
    return pass_on(
        lead,
        command,
        context,
        later_instant(lead, command, context),
        reason=reason,
        by=SYSTEM_AGENT,
        notes="agent_offline",
        status=OfferStatus.WITHDRAWN,
        event=Event(type=EventType.AGENT_UNAVAILABLE, agent=lead.agent, data={"epoch": lead.epoch}),
    )


def restart(lead: Lead, command: Restart, context: Context) -> Decided:
    """Back to routing with counters reset; a supervisor's, for open leads that can be routed."""
    if not command.actor.supervises:
        return forbidden("only a manager or an admin can restart a lead")
    if lead.state in (LifecycleState.CLOSED, LifecycleState.INCOMPLETE, LifecycleState.RECEIVED):
        return wrong_state(lead, "only a lead that has been routed can be restarted")
    at = instant(lead, context)
    event = Event(type=EventType.RESTARTED, agent=lead.agent, data={"epoch": lead.epoch})
    owed = owe(lead, Reason.MANUAL, command.actor.agent_id, "restarted").pending
    if owed is not None and lead.agent is None:
        owed = replace(owed, reason=Reason.MANUAL, by=command.actor.agent_id, notes="restarted")
    fresh = replace(
        lead,
        pending=owed,
        sla_reassignments=0,
        other_reassignments=0,
        escalation_level=0,
        claim_breached=False,
        failed_assignments=0,
        held_until=None,
        queue_sla_at=None,
        queue_breached_at=None,
        moved_to_hot_at=None,
    )
    placement = place(fresh, context, at)
    if placement.after.epoch == lead.epoch:
        placement = replace(placement, after=replace(placement.after, epoch=lead.epoch + 1))
    ended = ended_offer(lead, at, OfferStatus.WITHDRAWN, code="restarted")
    return moved(command, at, lead, placement, events=[event], changed=ended)
