"""An agent as routing sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.ids import AgentId


class AgentStatus(StrEnum):
    """Presence of an agent."""

    AVAILABLE = "Available"
    IN_CALL = "In_Call"
    BREAK = "Break"
    TRAINING = "Training"
    OFFLINE = "Offline"


class InsuranceLine(StrEnum):
    """Lines of business."""

    AUTO = "Auto"
    HOME = "Home"
    LIFE = "Life"
    HEALTH = "Health"
    COMMERCIAL = "Commercial"


class CustomerSegment(StrEnum):
    """Customer segments, by number of employees."""

    INDIVIDUAL = "Individual"
    SMB = "SMB"
    ENTERPRISE = "Enterprise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Specialization:
    """One line and segment an agent works, with the languages (BCP-47) and states (US codes) it is for."""

    line: str
    segment: str
    proficiency: int
    max_concurrent: int
    languages: frozenset[str]
    territories: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """Newest metrics of the last 30 days. Rates are 0..1, satisfaction 0..100, minutes are minutes."""

    conversion_rate: float
    satisfaction: float
    handling_minutes: float
    cross_sell_rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Facts about an agent at the time of a decision. `load` is live work, `held` every open lead held."""

    id: AgentId
    is_active: bool
    accepts_new_leads: bool
    role: str
    status: str | None
    load: int
    capacity: int
    held: int
    max_held: int
    specializations: tuple[Specialization, ...]
    performance: Performance | None
    last_assigned_at: datetime | None

    @property
    def utilization(self) -> float:
        """Load as percent of capacity; no capacity counts as full."""
        return 100.0 if self.capacity <= 0 else self.load / self.capacity * 100.0

    @property
    def has_slot(self) -> bool:
        """True while one more live lead is allowed by both caps."""
        return self.load < self.capacity and self.held < self.max_held
