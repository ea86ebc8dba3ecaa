"""A lead that waits: for somebody to be free, for a batch, or because a rule holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from domain.lifecycle.lead import Lead
from domain.lifecycle.state import EventType, LifecycleState
from domain.lifecycle.transition import Context, Event, Placement
from domain.queue import TIER_QUEUE, QueueType, queue_sla


def wait_for_somebody(lead: Lead, context: Context, at: datetime) -> Placement:
    """Nobody is eligible: the lead waits, visibly, and is tried again. The epoch stays: a late claim still counts.

    It waits where a rule says, when one does.
    """
    plan = context.plan
    queue = QueueType.REASSIGNMENT if lead.pending is not None else QueueType.WAITING
    if plan.queue is not None and not plan.batched:
        queue = plan.queue
    tried = replace(lead, failed_assignments=lead.failed_assignments + 1)
    failed = Event(
        type=EventType.FAILED_ASSIGNMENT,
        data={"epoch": lead.epoch, "reason": "nobody_eligible", "attempt": tried.failed_assignments},
    )
    return _wait(tried, queue, _retry(lead, context, at), at, before=(failed,))


def wait_in_line(lead: Lead, queue: QueueType, context: Context, at: datetime) -> Placement:
    """The lead is meant to wait, for the next batch or because a rule says so; that is no failed attempt.

    For a batch it waits in the queue of its tier, or among those to re-assign when somebody has had it.
    """
    if context.plan.batched and lead.pending is not None:
        queue = QueueType.REASSIGNMENT
    return _wait(lead, queue, _retry(lead, context, at), at)


def wait_until(lead: Lead, until: datetime, queue: QueueType | None, at: datetime) -> Placement:
    """A rule holds the lead back until then."""
    held = Event(type=EventType.HELD, data={"epoch": lead.epoch, "until": until.isoformat()})
    return _wait(replace(lead, held_until=until), queue or TIER_QUEUE[lead.tier_or_lowest], until, at, before=(held,))


def _wait(lead: Lead, queue: QueueType, wake_at: datetime, at: datetime, before: tuple[Event, ...] = ()) -> Placement:
    queue = QueueType.HOT if lead.moved_to_hot_at is not None else queue
    expiry = queue_sla(queue, lead.tier_or_lowest, lead.created_at, at)
    after = replace(
        lead,
        state=LifecycleState.QUEUED,
        agent=None,
        assigned_at=None,
        assignment_method=None,
        lead_claimed=False,
        claim_expires_at=None,
        contact_expires_at=None,
        offer_step=0,
        queue_sla_at=min(lead.queue_sla_at or expiry, expiry),
        wake_at=wake_at,
        parked_at=None,
        parked_code=None,
    )
    events = before
    if lead.state is not LifecycleState.QUEUED:
        events = (*events, Event(type=EventType.QUEUED, data={"epoch": lead.epoch, "queue": queue}))
    return Placement(after=after, events=events, queue=queue)


def _retry(lead: Lead, context: Context, at: datetime) -> datetime:
    return at + timedelta(seconds=context.sla(lead).queue_retry_seconds)
