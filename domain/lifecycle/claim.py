"""Claiming an offer, and declining it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.ids import SYSTEM_AGENT
from domain.lifecycle.actor import PEOPLE
from domain.lifecycle.answers import (
    advance,
    claimed_offer,
    ended_offer,
    forbidden,
    instant,
    late_claim,
    stale_offer,
    wrong_state,
)
from domain.lifecycle.broadcasting import claim_invitation, decline_invitation
from domain.lifecycle.commands import Claim, Decline
from domain.lifecycle.extending import system_breach
from domain.lifecycle.lead import Lead
from domain.lifecycle.moving_on import pass_on
from domain.lifecycle.placement import hold, owe, settle
from domain.lifecycle.state import (
    HELD_STATES,
    EventType,
    LifecycleState,
    OfferKind,
    OfferStatus,
    Reason,
)
from domain.lifecycle.transition import (
    Context,
    Decided,
    Event,
    OfferChanged,
    OfferOpened,
    Refusal,
    RefusalCode,
    Transition,
    Unchanged,
)


def claim(lead: Lead, command: Claim, context: Context) -> Decided:
    """The offered agent takes the lead.

    Exactly the deadline is in time. A claim that commits before the timer's activity but arrived after the
    deadline writes the breach and the claim together, without re-assignment. A lead that waits in a queue after
    a missed window can still be claimed by the agent who missed it; an escalated lead by anybody, and one that is
    offered to many by whoever of them is first.
    """
    agent = command.actor.agent_id
    if command.actor.role not in PEOPLE:
        return forbidden("only a person can claim a lead; name the acting agent")
    if lead.state in HELD_STATES:
        if lead.agent == agent:
            return Unchanged(lead=lead)
        return Refusal(
            code=RefusalCode.ALREADY_CLAIMED,
            message="another agent has claimed this lead",
            detail={"claimed_by": str(lead.agent), "claimed_at": _iso(lead.contact_started_at)},
            changed=_excused(command, context),
        )
    if lead.state not in (LifecycleState.OFFERED, LifecycleState.QUEUED, LifecycleState.ESCALATED):
        return wrong_state(lead, "only an offered, queued or escalated lead can be claimed")
    if lead.in_round:
        return claim_invitation(lead, command, context)
    if command.epoch is not None and command.epoch != lead.epoch:
        return replace(stale_offer(lead, command.epoch), changed=_excused(command, context))
    if lead.state is LifecycleState.ESCALATED:
        return _claim_escalated(lead, command, context)
    if lead.state is LifecycleState.QUEUED:
        return _claim_from_queue(lead, command, context)
    if lead.agent != agent:
        return Refusal(
            code=RefusalCode.NOT_ELIGIBLE,
            message="the lead is offered to another agent",
            detail={"state": lead.state, "epoch": lead.epoch},
        )
    late = lead.claim_expires_at is None or command.received_at > lead.claim_expires_at
    return _claimed(lead, command, context, late=late)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _excused(command: Claim, context: Context) -> tuple[OfferChanged, ...]:
    """A claim that arrived in time but lost against the timer: its breach counts against nobody."""
    past = context.past_offer
    if past is None or not past.claim_breached or past.claim_expires_at is None:
        return ()
    if command.received_at > past.claim_expires_at:
        return ()
    return (OfferChanged(agent=past.agent, epoch=past.epoch, changes={"breach_excused": True}),)


def _claimed(lead: Lead, command: Claim, context: Context, *, late: bool, excused: bool = False) -> Transition:
    at = instant(lead, context)
    agent = command.actor.agent_id
    after = replace(hold(lead, context, at), agent=agent, pending=None, claim_breached=lead.claim_breached or late)
    claimed = Event(type=EventType.CLAIMED, agent=agent, data={"epoch": lead.epoch, "late": late})
    changes = claimed_offer(after, at, late=late)
    ended_at = lead.claim_expires_at
    by_system = late and ended_at is not None and system_breach(lead, context.outages, ended_at)
    if excused or by_system:
        changes["breach_excused"] = True
    return advance(
        command,
        at,
        lead,
        after,
        events=[*late_claim(lead, agent, late=late, by_system=by_system), claimed],
        changed=[OfferChanged(agent=agent, epoch=lead.epoch, changes=changes)],
    )


def _claim_from_queue(lead: Lead, command: Claim, context: Context) -> Decided:
    owed = lead.pending
    agent = command.actor.agent_id
    if owed is None or owed.from_agent != agent or owed.reason is not Reason.UNCLAIMED or not owed.missed:
        return wrong_state(lead, "it waits for routing and cannot be claimed by you")
    waiting = replace(lead, assigned_at=instant(lead, context), assignment_method="late_claim")
    # It may have arrived in time and only lost against the timer: then the breach counts against nobody.
    started_at = lead.claim_started_at
    in_time = started_at is not None and command.received_at <= context.clock(lead).claim_deadline(started_at)
    return replace(_claimed(waiting, command, context, late=True, excused=in_time), before=lead)


def _claim_escalated(lead: Lead, command: Claim, context: Context) -> Decided:
    agent = command.actor.agent_id
    if lead.agent == agent:
        return _claimed(lead, command, context, late=False)
    at = instant(lead, context)
    settlement = settle(owe(lead, Reason.MANUAL, agent), agent, at)
    after = replace(
        hold(settlement.lead, context, at),
        agent=agent,
        epoch=lead.epoch + 1,
        assigned_at=at,
        assignment_method="claimed",
        history_id=context.history_id,
    )
    return advance(
        command,
        at,
        lead,
        after,
        events=[Event(type=EventType.CLAIMED, agent=agent, data={"epoch": after.epoch, "escalated": True})],
        opened=OfferOpened(
            agent=agent,
            epoch=after.epoch,
            kind=OfferKind.ESCALATION,
            status=OfferStatus.CLAIMED,
            claim_expires_at=lead.claim_expires_at,
            contact_expires_at=after.contact_expires_at,
        ),
        changed=[*ended_offer(lead, at, OfferStatus.REASSIGNED), *settlement.ended],
        reassignment=settlement.row,
    )


def decline(lead: Lead, command: Decline, context: Context) -> Decided:
    """The offered agent says no: the lead moves on at once, without a breach."""
    if lead.in_round:
        return decline_invitation(lead, command, context)
    if command.epoch is not None and command.epoch != lead.epoch:
        return stale_offer(lead, command.epoch)
    if lead.state is not LifecycleState.OFFERED:
        return wrong_state(lead, "only an offered lead can be declined; a claimed one is released")
    if lead.agent != command.actor.agent_id:
        return forbidden("only the agent to whom the lead is offered can decline it")
    return pass_on(
        lead,
        command,
        context,
        instant(lead, context),
        reason=Reason.UNCLAIMED,
        by=SYSTEM_AGENT,
        notes=f"declined:{command.code}",
        status=OfferStatus.DECLINED,
        event=Event(type=EventType.DECLINED, agent=lead.agent, data={"epoch": lead.epoch, "code": command.code}),
    )
