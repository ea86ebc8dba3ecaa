"""Laying the running window of a lead on other hours, or on another policy: on request only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from domain.hours.hours import Hours
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import LifecycleState
from domain.sla.clock import SlaClock

_LEAST = timedelta(minutes=1)


def relaid(lead: Lead, old: SlaClock, new: SlaClock, at: datetime) -> Lead:
    """The lead with its claim, contact or escalation window under the new clock; itself when that moves nothing.

    The working time that is left at `at` by the old hours, or was when it was paused, is left by the new ones, so
    what pauses and outages gave back stays. Where the policy's length differs the window gets as much longer or
    shorter, but never ends sooner than in a minute, or than it would have. Rounds of broadcast offers stay.
    """
    if lead.in_round:
        return lead
    from_at = lead.paused_at or at
    match lead.state:
        case LifecycleState.OFFERED if lead.claim_expires_at is not None:
            seconds = new.policy.claim_seconds - old.policy.claim_seconds
            ends_at = _relaid(lead.claim_expires_at, old.hours, new.hours, from_at, timedelta(seconds=seconds))
            moved = replace(lead, claim_expires_at=ends_at)
        case LifecycleState.CLAIMED if lead.contact_expires_at is not None:
            seconds = new.policy.contact_seconds - old.policy.contact_seconds
            ends_at = _relaid(
                lead.contact_expires_at, old.contact_hours, new.contact_hours, from_at, timedelta(seconds=seconds)
            )
            moved = replace(lead, contact_expires_at=ends_at)
        case LifecycleState.ESCALATED if lead.escalation_level < old.policy.escalation_levels:
            due_at = lead.window_ends_at
            if due_at is None:
                return lead
            ends_at = _relaid(due_at, old.hours, new.hours, from_at, timedelta())
            moved = replace(lead, claim_expires_at=lead.claim_expires_at and ends_at)
        case _:
            return lead
    if lead.paused_at is not None:
        return replace(moved, resume_due_at=ends_at)
    return replace(moved, wake_at=ends_at)


def _relaid(deadline: datetime, old: Hours, new: Hours, at: datetime, longer: timedelta) -> datetime:
    left = max(old.between(at, deadline), timedelta())
    return new.add(at, max(left + longer, min(left, _LEAST)))
