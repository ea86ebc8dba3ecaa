"""What happens to a lead while it waits: it is scored again, and moves to the hot queue when it waits too long."""

from __future__ import annotations

from dataclasses import replace

from domain.lifecycle.answers import advance, later_instant
from domain.lifecycle.commands import MoveToHot, Rescore
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import EventType, LifecycleState
from domain.lifecycle.transition import Context, Decided, Event, Unchanged
from domain.queue import QueueType


def rescore(lead: Lead, command: Rescore, context: Context) -> Decided:
    """A waiting lead's facts have changed, and with them its place in the queue."""
    if lead.state is not LifecycleState.QUEUED or (lead.score, lead.tier) == (command.score, command.tier):
        return Unchanged(lead=lead)
    at = later_instant(lead, command, context)
    after = replace(lead, score=command.score, tier=command.tier)
    event = Event(type=EventType.RESCORED, data={"from": lead.score, "to": command.score, "tier": command.tier})
    return advance(command, at, lead, after, events=[event])


def move_to_hot(lead: Lead, command: MoveToHot, context: Context) -> Decided:
    """A lead past its queue SLA breaches it, and one that waits too long with few tries is warned of; each once.

    Either moves it to the hot queue, unless it is or was there.
    """
    if lead.state is not LifecycleState.QUEUED:
        return Unchanged(lead=lead)
    at = later_instant(lead, command, context)
    expired = lead.queue_sla_at is not None and lead.queue_sla_at <= command.received_at
    breached = expired and lead.queue_breached_at is None
    moves = lead.moved_to_hot_at is None and (expired or command.stale)
    if not (breached or moves):
        return Unchanged(lead=lead)
    events = []
    if breached and lead.queue_sla_at is not None:
        data = {"epoch": lead.epoch, "window": "queue", "due_at": lead.queue_sla_at.isoformat()}
        events.append(Event(type=EventType.SLA_BREACHED, data=data))
    elif command.stale:
        events.append(
            Event(type=EventType.SLA_WARNING, data={"epoch": lead.epoch, "window": "queue", "reason": "stale"})
        )
    if moves and command.from_queue is not QueueType.HOT:
        reason = "sla" if expired else "stale"
        data = {"previousQueue": command.from_queue, "newQueue": QueueType.HOT, "reason": reason}
        events.append(Event(type=EventType.QUEUE_REORDERED, data=data))
    after = replace(
        lead,
        moved_to_hot_at=at if moves else lead.moved_to_hot_at,
        queue_breached_at=at if breached else lead.queue_breached_at,
    )
    return advance(command, at, lead, after, events=events, queue=QueueType.HOT)
