"""An agent as routing sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.ids import AgentId, TeamId
from domain.routing.licence import Licence
from domain.rules.facts import AgentFacts


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
    """One line and segment an agent works, with the languages and states (US codes) it is for; none means all.

    `live` counts the agent's live leads that it serves (`rows_serving`), `proficiency` is 1..5.
    """

    line: str
    segment: str
    proficiency: int
    max_concurrent: int
    languages: frozenset[str]
    territories: frozenset[str]
    live: int = 0

    def with_live(self, live: int) -> Specialization:
        """The same with another count of live leads. `dataclasses.replace` is slow, and this is done for everybody."""
        if live == self.live:
            return self
        return Specialization(
            line=self.line,
            segment=self.segment,
            proficiency=self.proficiency,
            max_concurrent=self.max_concurrent,
            languages=self.languages,
            territories=self.territories,
            live=live,
        )


def rows_serving(line_rows: Sequence[Specialization], segment: str) -> Sequence[Specialization]:
    """Which of an agent's rows of one line a lead of that segment counts on, and is bounded by.

    The row of its own segment; without one the Individual row; and without that, which takes a policy that has
    segments soft, every row there is.
    """
    return (
        [row for row in line_rows if row.segment == segment]
        or [row for row in line_rows if row.segment == CustomerSegment.INDIVIDUAL]
        or line_rows
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """Newest metrics of the last 30 days. Rates are 0..1, satisfaction 0..100, minutes are minutes."""

    conversion_rate: float
    satisfaction: float
    handling_minutes: float
    cross_sell_rate: float
    tier1_conversion_rate: float = 0.0
    tier2_conversion_rate: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Facts about an agent at the time of a decision. `load` is live work, `held` every open lead held.

    `licences` None means that no ledger is kept for the agent: the specialisations' territories decide alone; an
    empty ledger is one without a licence. `rating` is 0..1. An own limit of offers of None leaves it to the policy.
    `team_room` is how many more leads the fullest of the agent's teams may have, not counting the lead that is decided;
    None without a cap, and not positive when there is no room.
    """

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
    on_shift: bool = True
    on_leave: bool = False
    licences: tuple[Licence, ...] | None = None
    teams: frozenset[TeamId] = frozenset()
    rating: float = 0.5
    is_elite: bool = False
    offers_last_hour: int = 0
    offers_today: int = 0
    max_per_hour: int | None = None
    max_per_day: int | None = None
    team_room: int | None = None

    @property
    def utilization(self) -> float:
        """Load as percent of capacity, above 100 after a cap was lowered; no capacity counts as full."""
        return 100.0 if self.capacity <= 0 else self.load / self.capacity * 100.0

    def for_rules(self) -> AgentFacts:
        """The agent as rules see it."""
        return AgentFacts(
            id=self.id,
            rating=self.rating,
            is_elite=self.is_elite,
            status=self.status,
            utilization=self.utilization,
            load=self.load,
            capacity=self.capacity,
            held=self.held,
            on_shift=self.on_shift,
            teams=self.teams,
        )

    @property
    def free_slots(self) -> int:
        """How many more live leads its own caps and those of its teams allow."""
        own = min(self.capacity - self.load, self.max_held - self.held)
        return max(0, own if self.team_room is None else min(own, self.team_room))

    @property
    def has_slot(self) -> bool:
        """True while one more live lead is allowed by both caps."""
        return self.load < self.capacity and self.held < self.max_held
