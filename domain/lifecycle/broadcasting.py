"""A lead that is offered to many: a round of steps, each inviting more agents, until the first of them claims.

Nobody has the lead during a round: it takes no live slot and has no assignment. Both begin with the claim.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.ids import AgentId
from domain.lifecycle.answers import (
    advance,
    claimed_offer,
    ended_offer,
    forbidden,
    instant,
    late_claim,
    later_instant,
    moved,
    stale_offer,
)
from domain.lifecycle.commands import Breach, Claim, Command, Decline
from domain.lifecycle.extending import system_breach
from domain.lifecycle.lead import Lead
from domain.lifecycle.placement import assigned_event, escalate, hold, invite, place, settle
from domain.lifecycle.state import EventType, OfferKind, OfferStatus
from domain.lifecycle.transition import (
    Context,
    Decided,
    Event,
    Invitation,
    OfferChanged,
    OfferOpened,
    Refusal,
    RefusalCode,
    Transition,
)
from domain.sla.policy import OnBreach

_UNCLAIMED = "broadcast_unclaimed"


def claim_invitation(lead: Lead, command: Claim, context: Context) -> Decided:
    """Whoever is invited takes the lead; everybody else's invitation ends with it.

    An invitation stays good through the steps of its round, so a claim that answers an earlier step counts while
    nobody was faster. It is late only when it arrived after the whole round.
    """
    agent = command.actor.agent_id
    invitation = _invitation_of(agent, context)
    if not _answers(command, lead, invitation):
        return stale_offer(lead, command.epoch)
    if invitation is None:
        return Refusal(
            code=RefusalCode.NOT_ELIGIBLE,
            message="the lead is offered to others; claim it when you are invited",
            detail={"state": lead.state, "epoch": lead.epoch},
        )
    at = instant(lead, context)
    late = lead.claim_expires_at is None or command.received_at > invitation.claim_expires_at
    by_system = late and lead.claim_expires_at is not None
    by_system = by_system and system_breach(lead, context.outages, invitation.claim_expires_at)
    settlement = settle(lead, agent, at)
    after = replace(
        hold(settlement.lead, context, at),
        agent=agent,
        assigned_at=at,
        assignment_method="broadcast",
        history_id=context.history_id,
        pending=None,
        claim_breached=lead.claim_breached or late,
    )
    data = {"epoch": lead.epoch, "late": late, "round": lead.offer_step, "invited": len(context.invitations)}
    events = list(late_claim(lead, agent, late=late, by_system=by_system))
    if settlement.row is not None:
        events.append(assigned_event(settlement.row, agent, lead.epoch))
    events.append(Event(type=EventType.CLAIMED, agent=agent, data=data))
    changes = {**claimed_offer(after, at, late=late), "history_id": context.history_id}
    if by_system:
        changes["breach_excused"] = True
    return advance(
        command,
        at,
        lead,
        after,
        events=events,
        opened=OfferOpened(
            agent=agent,
            epoch=lead.epoch,
            kind=OfferKind.BROADCAST,
            status=OfferStatus.CLAIMED,
            claim_expires_at=invitation.claim_expires_at,
            contact_expires_at=after.contact_expires_at,
            invited=len(context.invitations),
        ),
        # The claimed one first: the second ends what is still open.
        changed=[
            OfferChanged(agent=agent, epoch=lead.epoch, changes=changes),
            *ended_offer(lead, at, OfferStatus.WITHDRAWN, code="claimed_by_other"),
        ],
        reassignment=settlement.row,
    )


def decline_invitation(lead: Lead, command: Decline, context: Context) -> Decided:
    """One of those invited says no; when that was the last one, the next step begins at once.

    No breach and no change of agent. When nobody is left to ask, a manager decides.
    """
    agent = command.actor.agent_id
    invitation = _invitation_of(agent, context)
    if not _answers(command, lead, invitation):
        return stale_offer(lead, command.epoch)
    if invitation is None:
        return forbidden("only an agent who is invited can decline the lead")
    at = instant(lead, context)
    declined = OfferChanged(
        agent=agent,
        epoch=lead.epoch,
        changes={"status": OfferStatus.DECLINED, "ended_at": at, "end_code": f"declined:{command.code}"},
    )
    event = Event(type=EventType.DECLINED, agent=agent, data={"epoch": lead.epoch, "code": command.code})
    staying = tuple(one.agent for one in context.invitations if one.agent != agent)
    if staying:
        return advance(command, at, lead, lead, events=[event], changed=[declined])
    return _go_on(lead, command, context, at, staying=(), events=(event,), changed=(declined,))


def step_over(lead: Lead, command: Breach, context: Context) -> Decided:
    """The step of `lead.claim_expires_at` is over: the next one begins, or after the last the round is missed."""
    at = later_instant(lead, command, context)
    plan = context.plan.offers
    if plan is not None and lead.offer_step >= len(plan.steps):
        return _round_missed(lead, command, context, at)
    staying = tuple(one.agent for one in context.invitations)
    return _go_on(lead, command, context, at, staying=staying)


def _go_on(
    lead: Lead,
    command: Command,
    context: Context,
    at: datetime,
    *,
    staying: tuple[AgentId, ...],
    events: tuple[Event, ...] = (),
    changed: tuple[OfferChanged, ...] = (),
) -> Transition:
    plan = context.plan.offers
    if plan is None or context.plan.escalate is not None:
        # The configuration has changed under the lead, or a rule speaks up by now: it goes where that says.
        placement = place(lead, context, at)
        if placement.after.epoch == lead.epoch:
            placement = replace(placement, after=replace(placement.after, epoch=lead.epoch + 1))
        ended = ended_offer(lead, at, OfferStatus.WITHDRAWN, code="replaced")
        return moved(command, at, lead, placement, events=events, changed=(*changed, *ended))
    if not staying and (lead.offer_step >= len(plan.steps) or not context.ranked):
        placement = escalate(lead, context, at, reason=_UNCLAIMED)
        return moved(command, at, lead, placement, events=events, changed=changed)
    placement = invite(lead, plan, context, at, staying=staying, started_at=lead.claim_started_at)
    widened = Event(type=EventType.WIDENED, data={"epoch": placement.after.epoch, "step": placement.after.offer_step})
    ended = ended_offer(lead, at, OfferStatus.WITHDRAWN, code="widened") if staying else ()
    return moved(command, at, lead, placement, events=(*events, widened), changed=(*changed, *ended))


def _round_missed(lead: Lead, command: Breach, context: Context, at: datetime) -> Transition:
    """Everybody who is invited has missed the window, which is one breach; nobody loses the lead by it."""
    data = {"epoch": lead.epoch, "window": "claim", "due_at": command.due_at.isoformat()}
    flags: dict[str, object] = {"claim_breached": True}
    if system_breach(lead, context.outages, command.due_at):
        data["cause"] = "outage"
        flags["breach_excused"] = True
    event = Event(type=EventType.SLA_BREACHED, data=data)
    flagged = replace(lead, claim_breached=True)
    policy = context.sla(lead)
    if policy.on_breach is OnBreach.NOTIFY_ONLY:
        after = replace(flagged, claim_expires_at=None, wake_at=context.clock(lead).outcome_deadline(at))
        marked = OfferChanged(agent=None, epoch=lead.epoch, changes=flags)
        return advance(command, at, lead, after, events=[event], changed=[marked])
    missed = OfferChanged(
        agent=None,
        epoch=lead.epoch,
        changes={**flags, "status": OfferStatus.MISSED, "ended_at": at, "end_code": _UNCLAIMED},
    )
    placement = escalate(flagged, context, at, reason=_UNCLAIMED)
    return moved(command, at, lead, placement, events=[event], changed=[missed])


def _invitation_of(agent: AgentId, context: Context) -> Invitation | None:
    return next((one for one in context.invitations if one.agent == agent), None)


def _answers(command: Claim | Decline, lead: Lead, invitation: Invitation | None) -> bool:
    """True when the command is about this round: the current step, or an earlier one with the same invitation."""
    if command.epoch is None or command.epoch == lead.epoch:
        return True
    return invitation is not None and invitation.since <= command.epoch < lead.epoch
