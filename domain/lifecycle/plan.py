"""What rules and strategy say about a lead's way before an agent is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.queue import QueueType
from domain.routing.offer_plan import OfferPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePlan:
    """The way of one routing decision. The default: the best agent by fitness, at once.

    `policy` names the SLA policy from now on; with `own_policy` it is the configuration's own again. `escalate` is the
    code with which the lead goes to the managers, `held_until` keeps it back once, `queue` lets it wait there although
    somebody may be free: for the next batch when it is `batched`, else because a rule says so. They count in this
    order. With `offers` many agents are invited, step by step; else one gets an offer.
    """

    strategy: str = "greedy"
    policy: str | None = None
    own_policy: bool = False
    escalate: str | None = None
    held_until: datetime | None = None
    queue: QueueType | None = None
    batched: bool = False
    offers: OfferPlan | None = None


AT_ONCE = RoutePlan()
"""No rule says anything, and the strategy decides lead by lead."""
