"""What the API answers, as far as the pages need it. Unknown members are ignored."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Agent(_Answer):
    """Somebody with an account; status and loads are None for those who take no leads."""

    id: UUID
    first_name: str | None = None
    last_name: str | None = None
    role: str
    status: str | None = None
    current_load: int | None = None
    max_capacity: int | None = None

    @property
    def name(self) -> str:
        """First and last name, or the start of the id."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or str(self.id)[:8]


class Lead(_Answer):
    """A lead in a list."""

    id: UUID
    lifecycle_state: str
    seq: int
    epoch: int
    source: str | None = None
    insurance_type: str | None = None
    language: str | None = None
    city: str | None = None
    state: str | None = None
    score: float | None = None
    tier: str | None = None
    assigned_agent_id: UUID | None = None
    claim_timer_expires_at: AwareDatetime | None = None
    contact_timer_expires_at: AwareDatetime | None = None
    wake_at: AwareDatetime | None = None
    next_try_at: AwareDatetime | None = None
    paused_at: AwareDatetime | None = None
    pause_code: str | None = None
    claim_sla_breached: bool | None = None
    contact_sla_breached: bool | None = None
    reassignment_count: int | None = None
    close_reason: str | None = None
    created_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None

    @property
    def short_id(self) -> str:
        """Enough of the id to tell leads apart on a screen."""
        return str(self.id)[:8]

    @property
    def window(self) -> str | None:
        """What the countdown counts to: the claim, the contact or the next try; None for nothing, or a pause."""
        if self.paused:
            return None
        if self.claim_timer_expires_at is not None:
            return "claim"
        if self.contact_timer_expires_at is not None:
            return "contact"
        return "next try" if self.next_try_at is not None else None

    @property
    def deadline(self) -> datetime | None:
        """End of the running window, or when the customer is to be tried again; None while the lead is paused."""
        return None if self.paused else self.claim_timer_expires_at or self.contact_timer_expires_at or self.next_try_at

    @property
    def window_words(self) -> str:
        """What stands beside the countdown; empty when there is none."""
        return f"to {self.window}" if self.window else "paused" if self.paused else ""

    @property
    def paused(self) -> bool:
        """The lead's clock stands still."""
        return self.paused_at is not None

    @property
    def paused_until(self) -> datetime | None:
        """When a paused lead goes on by itself."""
        return self.wake_at if self.paused else None

    @property
    def breached(self) -> bool:
        """A window was missed."""
        return bool(self.claim_sla_breached or self.contact_sla_breached)


class SlaStatus(_Answer):
    """What is said of a lead's clock in words; what is left of the window the browser counts itself."""

    waiting_reason: str | None = None


class Forbidden(_Answer):
    """A channel over which the customer is not to be contacted, and why."""

    kind: str
    sentence: str


class Permission(_Answer):
    """Over which channels the customer may be contacted."""

    forbidden: tuple[Forbidden, ...] = ()


class LeadDetails(Lead):
    """One lead; name, phone and e-mail are None until the API shows them to this person."""

    sla: SlaStatus | None = None
    permission: Permission = Permission()

    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    email: str | None = None

    @property
    def waiting_reason(self) -> str | None:
        """Why the window stands still though nobody paused it."""
        return self.sla.waiting_reason if self.sla else None

    @property
    def customer(self) -> str | None:
        """The customer's name, if it is shown."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or None


class TimelineEntry(_Answer):
    """One thing that happened: a transition, an event, an attempt or a reassignment."""

    at: AwareDatetime
    seq: int | None = None
    what: str
    kind: str
    actor: str | None = None
    data: dict[str, Any] = {}


class Notice(_Answer):
    """Something that this person is to know of."""

    id: UUID
    at: AwareDatetime
    kind: str
    lead_id: UUID | None = None
    data: dict[str, Any] = {}


class Factor(_Answer):
    """A factor of an agent's fitness, 0 to 100, and what it did: positive, neutral or negative."""

    name: str
    value: float
    impact: str


class Candidate(_Answer):
    """An agent that could have had the lead; `lost` had no free slot any more."""

    rank: int | None = None
    agent: UUID
    fitness: float
    factors: tuple[Factor, ...]
    response_minutes: int
    confidence: float
    preferred: bool = False
    lost: bool = False


class Dropped(_Answer):
    """How many agents could not have it for the same reason."""

    reason: str
    count: int
    meaning: str


class AgentAnswer(_Answer):
    """What the decision made of one agent, in words."""

    sentences: tuple[str, ...]


class Explanation(_Answer):
    """Why a lead went where it went; agents get their own part only."""

    seq: int
    at: AwareDatetime
    agent: UUID | None = None
    sentences: tuple[str, ...]
    candidates: tuple[Candidate, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    answer: AgentAnswer | None = None


class LeadAfter(_Answer):
    """The lead after a command; `changed` is False for a repeat."""

    id: UUID
    state: str
    epoch: int
    contact_expires_at: AwareDatetime | None = None
    next_try_at: AwareDatetime | None = None
    close_reason: str | None = None
    changed: bool
