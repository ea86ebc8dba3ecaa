"""Giving the time of an outage back: a window during which nobody could act does not run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from domain.lifecycle.answers import advance, later_instant
from domain.lifecycle.commands import Extend
from domain.lifecycle.lead import Lead
from domain.lifecycle.pausing import moved_offer
from domain.lifecycle.state import EventType, LifecycleState
from domain.lifecycle.transition import Context, Decided, Event, Unchanged
from domain.sla.outage import Outage
from domain.sla.policy import OnOutage

_STAGGER_SECONDS = 30


def extend(lead: Lead, command: Extend, context: Context) -> Decided:
    """The running window gets back what outages took of it, each once; nothing when none did."""
    at = later_instant(lead, command, context)
    after = given_back(lead, context)
    if after is lead:
        return Unchanged(lead=lead)
    return advance(command, at, lead, after, events=[extended_event(lead, after)], changed=moved_offer(lead, after))


def given_back(lead: Lead, context: Context) -> Lead:
    """The lead with the working time back that outages took of its running window; itself when there was none.

    What was left when the outage began is left when it is over, and up to 30 seconds more, spread by the lead's id,
    so that leads do not fall due together. Under the policy `breach`, and while paused, nothing is given back.
    """
    if not context.outages or context.sla(lead).on_outage is not OnOutage.EXTEND:
        return lead
    for outage in sorted(context.outages, key=lambda one: one.starts_at):
        lead = _given_back(lead, outage, context)
    return lead


def extended_event(before: Lead, after: Lead) -> Event:
    """That an outage moved the window, and how far."""
    return Event(
        type=EventType.EXTENDED,
        agent=before.agent,
        data={"epoch": before.epoch, "cause": "outage", "from": _iso(before), "to": _iso(after)},
    )


def system_breach(lead: Lead, outages: Iterable[Outage], due_at: datetime) -> bool:
    """True when nobody could act at the deadline: under the policy `breach` the system missed it, not the agent."""
    started_at = _started_at(lead)
    return started_at is not None and any(one.starts_at < due_at and started_at < one.ends_at for one in outages)


def _iso(lead: Lead) -> str | None:
    return lead.window_due_at.isoformat() if lead.window_due_at else None


def _started_at(lead: Lead) -> datetime | None:
    if lead.state is LifecycleState.OFFERED:
        return lead.claim_started_at
    if lead.state is LifecycleState.CLAIMED:
        return lead.contact_started_at
    return None


def _given_back(lead: Lead, outage: Outage, context: Context) -> Lead:
    started_at, ends_at = _started_at(lead), lead.window_due_at
    if started_at is None or ends_at is None or lead.in_round:
        return lead
    stopped_at = max(filter(None, (started_at, outage.starts_at, lead.given_back_until)))
    if stopped_at >= min(outage.ends_at, ends_at):
        return lead
    claiming = lead.state is LifecycleState.OFFERED
    # Spread once: leads that were spread by an earlier outage still are.
    spread = timedelta(seconds=lead.id.int % _STAGGER_SECONDS if lead.given_back_until is None else 0)
    moved = context.clock(lead).moved(ends_at, stopped_at, outage.ends_at + spread, contact=not claiming)
    return replace(
        lead,
        claim_expires_at=moved if claiming else lead.claim_expires_at,
        contact_expires_at=lead.contact_expires_at if claiming else moved,
        wake_at=moved,
        given_back_until=outage.ends_at,
    )
