"""The end of a life: an outcome, a withdrawal, or the last deadline."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.lifecycle.actor import Role
from domain.lifecycle.answers import advance, ended_offer, forbidden, instant, later_instant, wrong_state
from domain.lifecycle.commands import Command, Expire, Outcome, Withdraw
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import HELD_STATES, CloseReason, EventType, LifecycleState, OfferStatus
from domain.lifecycle.transition import Context, Decided, Event, OfferChanged, Transition, Unchanged

_RECORDABLE = frozenset(CloseReason) - {CloseReason.WITHDRAWN, CloseReason.EXPIRED, CloseReason.ERASED}
_ROUTING = frozenset({LifecycleState.RECEIVED, LifecycleState.QUEUED, LifecycleState.CLOSED})


def outcome(lead: Lead, command: Outcome, context: Context) -> Decided:
    """The holder says how it ended; a supervisor or another system may say it for any open lead."""
    if lead.state is LifecycleState.CLOSED:
        return wrong_state(lead, "a closed lead stays closed; a customer who comes back is a new lead")
    if command.result not in _RECORDABLE:
        return wrong_state(lead, f"{command.result} is not an outcome that can be recorded")
    actor = command.actor
    if actor.role is Role.AGENT:
        if lead.state not in HELD_STATES:
            return wrong_state(lead, "claim the lead before recording its outcome")
        if lead.agent != actor.agent_id:
            return forbidden("only the holder or a manager records the outcome")
    return close(lead, command, instant(lead, context), command.result, recorded=command)


def withdraw(lead: Lead, command: Withdraw, context: Context) -> Decided:
    """Stop a lead in any open state."""
    if lead.state is LifecycleState.CLOSED:
        return wrong_state(lead, "it is closed already")
    if command.actor.role is Role.AGENT:
        return forbidden("only a manager, an admin or the lead's source can withdraw it")
    at = instant(lead, context)
    event = Event(type=EventType.WITHDRAWN, agent=lead.agent, data={"epoch": lead.epoch, "code": command.code})
    return close(lead, command, at, CloseReason.WITHDRAWN, event=event)


def expire(lead: Lead, command: Expire, context: Context) -> Decided:
    """The last deadline passed without an outcome."""
    windows = lead.claim_expires_at or lead.contact_expires_at
    if lead.state in _ROUTING or windows or lead.wake_at != command.due_at or command.received_at < command.due_at:
        return Unchanged(lead=lead)
    return close(lead, command, later_instant(lead, command, context), CloseReason.EXPIRED)


def close(
    lead: Lead,
    command: Command,
    at: datetime,
    reason: CloseReason,
    *,
    recorded: Outcome | None = None,
    event: Event | None = None,
) -> Transition:
    """The end of the lead's life, with its assignment's."""
    owner = lead.agent if lead.pending is None else lead.pending.from_agent
    after = replace(
        lead,
        state=LifecycleState.CLOSED,
        pending=None,
        claim_expires_at=None,
        contact_expires_at=None,
        offer_step=0,
        wake_at=None,
        close_reason=reason,
        closed_at=at,
        parked_at=None,
        parked_code=None,
    )
    changed: list[OfferChanged] = []
    if lead.in_round:
        changed.extend(ended_offer(lead, at, OfferStatus.WITHDRAWN, code=reason))
    elif owner is not None:
        status = OfferStatus.COMPLETED if lead.state in HELD_STATES else OfferStatus.WITHDRAWN
        changes: dict[str, object] = {"ended_at": at, "end_code": reason}
        if lead.pending is None:
            changes["status"] = status
        changed.append(
            OfferChanged(
                agent=owner,
                epoch=lead.epoch,
                changes=changes,
                ended=True,
                converted=reason is CloseReason.WON,
                quality=recorded.quality if recorded else None,
                feedback=recorded.reason if recorded and recorded.reason else reason.value,
            )
        )
    closed = Event(type=EventType.CLOSED, agent=lead.agent, data={"epoch": lead.epoch, "reason": reason})
    return advance(
        command,
        at,
        lead,
        after,
        events=[*([event] if event else []), closed],
        changed=changed,
        outcome=recorded,
    )
