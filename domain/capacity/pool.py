"""The agents at work, as capacity sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.ids import AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoad:
    """An agent at work: anybody active whose status is not Offline.

    `load` of `capacity` live slots are taken, `live` says with which lines' leads; `can_hold` more leads fit below
    the cap on held leads. `receives` when new leads may be given (Available and accepting), of `lines` only.
    """

    agent_id: AgentId
    name: str
    load: int
    capacity: int
    can_hold: int
    receives: bool
    lines: frozenset[str]
    live: Mapping[str, int]

    @property
    def free(self) -> int:
        """Slots that new leads can take now."""
        return max(0, min(self.capacity - self.load, self.can_hold)) if self.receives else 0


def utilization(load: int, capacity: int) -> float:
    """Taken slots of 100; nobody's capacity 0 is full, not idle."""
    return load / capacity * 100 if capacity > 0 else 100.0


def pool_utilization(pool: Sequence[AgentLoad]) -> float:
    """Taken slots of 100 of all agents together."""
    return utilization(sum(agent.load for agent in pool), sum(agent.capacity for agent in pool))
