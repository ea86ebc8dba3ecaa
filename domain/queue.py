"""Waiting queues: which queue a lead waits in and until when it has to leave it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from domain.tier import TIER_HOURS, Tier


class QueueType(StrEnum):
    """The five queues of the routing schema."""

    HOT = "hot"
    ACTIVE = "active"
    NURTURE = "nurture"
    WAITING = "waiting"
    REASSIGNMENT = "reassignment"


QUEUE_HOURS: dict[QueueType, int] = {
    QueueType.HOT: 2,
    QueueType.ACTIVE: 24,
    QueueType.NURTURE: 168,
    QueueType.WAITING: 48,
    QueueType.REASSIGNMENT: 24,
}
"""Hours from enqueueing within which a lead has to leave the queue."""


TIER_QUEUE: dict[Tier, QueueType] = {
    Tier.TIER1: QueueType.HOT,
    Tier.TIER2: QueueType.ACTIVE,
    Tier.TIER3: QueueType.ACTIVE,
    Tier.TIER4: QueueType.NURTURE,
}
"""Where a lead waits that is meant to wait: for a batch, or because a rule holds it."""


def queue_sla(queue: QueueType, tier: Tier, created_at: datetime, enqueued_at: datetime) -> datetime:
    """The earlier of the tier's limit from creation and the queue's limit from enqueueing."""
    return min(
        created_at + timedelta(hours=TIER_HOURS[tier]),
        enqueued_at + timedelta(hours=QUEUE_HOURS[queue]),
    )
