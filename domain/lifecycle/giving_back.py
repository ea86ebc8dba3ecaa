"""The time that outages took of a window, and how it gets it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from domain.lifecycle.lead import Lead
from domain.lifecycle.state import LifecycleState
from domain.lifecycle.transition import Context
from domain.sla.outage import Outage
from domain.sla.policy import OnOutage

_STAGGER_SECONDS = 30


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


def given_back_before(lead: Lead, context: Context, at: datetime) -> Lead:
    """The lead with what outages took of its window until `at`; what they took later is none of it."""
    outages = (replace(one, ends_at=min(one.ends_at, at)) for one in context.outages if one.starts_at < at)
    return given_back(lead, replace(context, outages=tuple(outages)))


def window_began_at(lead: Lead) -> datetime | None:
    """When the claim or contact window that runs began; None where there is none."""
    if lead.state is LifecycleState.OFFERED:
        return lead.claim_started_at
    if lead.state is LifecycleState.CLAIMED:
        return lead.contact_started_at
    return None


def _given_back(lead: Lead, outage: Outage, context: Context) -> Lead:
    started_at, ends_at = window_began_at(lead), lead.window_due_at
    if started_at is None or ends_at is None:
        return lead
    if lead.in_round and outage.starts_at < lead.last_at < outage.ends_at:
        # The timer of an earlier step was not stopped by the outage: the running step began in it.
        started_at = lead.last_at
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
