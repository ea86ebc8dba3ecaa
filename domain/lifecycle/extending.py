"""Giving the time of an outage back: a window during which nobody could act does not run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from domain.lifecycle.answers import advance, later_instant
from domain.lifecycle.commands import Extend
from domain.lifecycle.giving_back import given_back, window_began_at
from domain.lifecycle.lead import Lead
from domain.lifecycle.pausing import moved_offer
from domain.lifecycle.state import EventType
from domain.lifecycle.transition import Context, Decided, Event, Invitation, OfferChanged, Unchanged
from domain.sla.outage import Outage


def extend(lead: Lead, command: Extend, context: Context) -> Decided:
    """The running window gets back what outages took of it, each once; nothing when none did."""
    at = later_instant(lead, command, context)
    after = given_back(lead, context)
    if after is lead:
        return Unchanged(lead=lead)
    changed = moved_windows(lead, after, context)
    return advance(command, at, lead, after, events=[extended_event(lead, after)], changed=changed)


def moved_invitations(before: Lead, after: Lead, context: Context) -> tuple[Invitation, ...]:
    """The open invitations of a round whose running step was moved: what comes after the step comes as much later."""
    old, new = before.claim_expires_at, after.claim_expires_at
    if not before.in_round or old is None or new is None or old == new:
        return context.invitations
    clock = context.clock(before)
    return tuple(
        replace(one, claim_expires_at=clock.moved(one.claim_expires_at, old, new)) for one in context.invitations
    )


def moved_windows(before: Lead, after: Lead, context: Context) -> tuple[OfferChanged, ...]:
    """The new end in the offer's own row, in a round in that of every open invitation: they end together."""
    if not before.in_round or not context.invitations or before.claim_expires_at == after.claim_expires_at:
        return moved_offer(before, after)
    ends_at = moved_invitations(before, after, context)[0].claim_expires_at
    return (OfferChanged(agent=None, epoch=before.epoch, changes={"claim_expires_at": ends_at}),)


def extended_event(before: Lead, after: Lead) -> Event:
    """That an outage moved the window, and how far."""
    return Event(
        type=EventType.EXTENDED,
        agent=before.agent,
        data={"epoch": before.epoch, "cause": "outage", "from": _iso(before), "to": _iso(after)},
    )


def system_breach(lead: Lead, outages: Iterable[Outage], due_at: datetime) -> bool:
    """True when nobody could act at the deadline: under the policy `breach` the system missed it, not the agent."""
    began_at = window_began_at(lead)
    return began_at is not None and any(one.starts_at < due_at and began_at < one.ends_at for one in outages)


def _iso(lead: Lead) -> str | None:
    return lead.window_due_at.isoformat() if lead.window_due_at else None
