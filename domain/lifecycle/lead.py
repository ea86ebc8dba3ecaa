"""A lead as the transition function sees it: lifecycle facts only, nothing personal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.ids import AgentId, HistoryId, LeadId
from domain.lifecycle.state import LIVE_STATES, CloseReason, LifecycleState, Reason
from domain.tier import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingReassignment:
    """A re-assignment row that is owed: it is written when the next agent is committed."""

    from_agent: AgentId
    reason: Reason
    by: AgentId
    notes: str | None = None

    @property
    def missed(self) -> bool:
        """True when a missed window caused it: the agent may still be late until the next one is committed."""
        return self.reason is not Reason.MANUAL and self.notes is None

    @property
    def given_back(self) -> bool:
        """True when the agent did not want it: it is offered to others only."""
        return self.notes is not None and self.notes.startswith(("declined:", "released:"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Immutable; a transition makes a new one with `dataclasses.replace`.

    `seq` counts committed transitions, `epoch` counts assignments. `agent` is whoever has the lead now: the
    agent it is offered to, its holder, or the owner it was escalated to.

    `remind_at` is when somebody is reminded next, `alarm_level` how many warnings the running window has given.
    `follow_ups` are the holder's attempts without answer, `next_try_at` is when the customer is to be tried again.
    While `paused_at` is set no window runs, `wake_at` is the end of the pause and `resume_due_at` what it was before.
    Outages until `given_back_until` have been given back to the running window. `customer_zones` are the time zones
    in which the customer may be, none when nothing says where.
    """

    id: LeadId
    seq: int
    epoch: int
    state: LifecycleState
    created_at: datetime
    last_at: datetime
    wake_at: datetime | None = None
    config_version: int = 1
    score: float | None = None
    tier: Tier | None = None
    agent: AgentId | None = None
    assigned_at: datetime | None = None
    assignment_method: str | None = None
    history_id: HistoryId | None = None
    lead_claimed: bool = False
    claim_started_at: datetime | None = None
    claim_expires_at: datetime | None = None
    claim_breached: bool = False
    contact_started_at: datetime | None = None
    contact_expires_at: datetime | None = None
    contact_breached: bool = False
    first_action_completed: bool = False
    first_action_at: datetime | None = None
    first_contact_at: datetime | None = None
    last_contact_at: datetime | None = None
    contact_attempts: int = 0
    contacted_late: bool = False
    reassignment_count: int = 0
    sla_reassignments: int = 0
    other_reassignments: int = 0
    previous_agent: AgentId | None = None
    reassignment_reason: Reason | None = None
    reassigned_at: datetime | None = None
    pending: PendingReassignment | None = None
    escalation_level: int = 0
    escalated_at: datetime | None = None
    close_reason: CloseReason | None = None
    closed_at: datetime | None = None
    parked_at: datetime | None = None
    parked_code: str | None = None
    policy: str | None = None
    queue_sla_at: datetime | None = None
    moved_to_hot_at: datetime | None = None
    queue_breached_at: datetime | None = None
    failed_assignments: int = 0
    held_until: datetime | None = None
    offer_step: int = 0
    remind_at: datetime | None = None
    alarm_level: int = 0
    follow_ups: int = 0
    next_try_at: datetime | None = None
    paused_at: datetime | None = None
    pause_code: str | None = None
    resume_due_at: datetime | None = None
    given_back_until: datetime | None = None
    customer_zones: tuple[str, ...] = ()
    customer_state: str | None = None

    @property
    def given_back_by(self) -> frozenset[AgentId]:
        """Whoever gave the lead back before it began to wait: it is not offered to them again."""
        gave = self.pending is not None and self.pending.given_back
        return frozenset({self.pending.from_agent}) if self.pending is not None and gave else frozenset()

    @property
    def live_agent(self) -> AgentId | None:
        """The agent one of whose live slots this lead takes."""
        return self.agent if self.state in LIVE_STATES else None

    @property
    def tier_or_lowest(self) -> Tier:
        """The tier that the lead counts for: the lowest one until it has been scored."""
        return self.tier or Tier.TIER4

    @property
    def in_round(self) -> bool:
        """True while the lead is offered to many: the first of those invited to claim has it."""
        return self.state is LifecycleState.OFFERED and self.agent is None

    @property
    def window_due_at(self) -> datetime | None:
        """End of the window that runs now; None when none runs, or it stands still."""
        return self.window_ends_at if self.paused_at is None else None

    @property
    def window_ends_at(self) -> datetime | None:
        """When the claim, contact or escalation window ends, or would but for a pause; None where there is none."""
        if self.state is LifecycleState.OFFERED:
            return self.claim_expires_at
        if self.state is LifecycleState.CLAIMED:
            return self.contact_expires_at
        if self.state is LifecycleState.ESCALATED:
            return self.resume_due_at if self.paused_at is not None else self.wake_at
        return None

    @property
    def is_open(self) -> bool:
        """True until the lead is closed."""
        return self.state is not LifecycleState.CLOSED
