"""Every payload that crosses Temporal. Ids, codes and instants only: nothing personal.

New fields need defaults; a field name is never reused with another meaning; unknown fields are ignored, so that
workers of two versions can run side by side.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.contact import Channel, ContactResult, Direction
from domain.ids import AgentId, LeadId
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import CloseReason, LifecycleState, Reason


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class LeadSnapshot(_Message):
    """The lead's row as last committed: what the workflow sleeps by."""

    lead_id: LeadId
    seq: int
    epoch: int
    state: LifecycleState
    scored: bool
    agent: AgentId | None = None
    claim_expires_at: datetime | None = None
    contact_expires_at: datetime | None = None
    wake_at: datetime | None = None
    remind_at: datetime | None = None
    paused: bool = False
    close_reason: CloseReason | None = None

    @classmethod
    def of(cls, lead: Lead) -> LeadSnapshot:
        """The snapshot of a lead."""
        return cls(
            lead_id=lead.id,
            seq=lead.seq,
            epoch=lead.epoch,
            state=lead.state,
            scored=lead.score is not None,
            agent=lead.agent,
            claim_expires_at=lead.claim_expires_at,
            contact_expires_at=lead.contact_expires_at,
            wake_at=lead.wake_at,
            remind_at=lead.remind_at,
            paused=lead.paused_at is not None,
            close_reason=lead.close_reason,
        )

    @property
    def closed(self) -> bool:
        """True when the lead's life is over."""
        return self.state is LifecycleState.CLOSED

    @property
    def window_due_at(self) -> datetime | None:
        """End of the window that runs now; None when none runs, or it stands still."""
        if self.paused:
            return None
        if self.state is LifecycleState.ESCALATED:
            return self.wake_at
        if self.state is LifecycleState.OFFERED:
            return self.claim_expires_at
        if self.state is LifecycleState.CLAIMED:
            return self.contact_expires_at
        return None

    @property
    def next_at(self) -> datetime | None:
        """When time has something to do here: a reminder, or what wakes the lead."""
        return min(filter(None, (self.wake_at, self.remind_at)), default=None)


class Turn(_Message):
    """Input of what time and routing do: the row as the workflow knows it, and the workflow's clock."""

    lead_id: LeadId
    seen: int
    now: datetime
    epoch: int
    due_at: datetime | None = None


class TurnResult(_Message):
    """The row after the turn; None when there is no row."""

    snapshot: LeadSnapshot | None


class RawCommand(_Message):
    """A person's command that reached the workflow before Postgres."""

    kind: str
    command_id: str
    actor: UUID | None
    at: datetime
    fields: dict[str, Any] = Field(default_factory=dict)


class CommandInput(_Message):
    """Input of `apply_command`."""

    lead_id: LeadId
    seen: int
    raw: RawCommand


class CommandResult(_Message):
    """What became of a command: `code` is "applied", "unchanged" or the code of the refusal."""

    command_id: str
    code: str
    message: str = ""
    detail: dict[str, Any] = Field(default_factory=dict)
    snapshot: LeadSnapshot | None = None

    @property
    def accepted(self) -> bool:
        """True when the command took effect, now or before."""
        return self.code in ("applied", "unchanged")


class LeadInput(_Message):
    """Whole state of a lead's workflow, so that a run can continue as new.

    `seen` is the highest seq that an activity has answered with; what was only signalled does not count.
    `deliveries` counts the raw commands that came in so far.
    """

    lead_id: LeadId
    snapshot: LeadSnapshot | None = None
    seen: int = 0
    deliveries: int = 0


class LeadResult(_Message):
    """How the workflow ended: closed, or orphan when its lead has no row."""

    lead_id: LeadId
    seq: int
    end: str


class LoopInput(_Message):
    """Input of a service loop's workflow: the activity that it keeps running."""

    activity: str
    rounds: int = 0


class Committed(_Message):
    """Signal `committed`: the row changed; this is its current snapshot."""

    committed: LeadSnapshot


class PersonSignal(_Message):
    """A person's command. With `committed` it tells what Postgres already holds, without it asks for it.

    Whoever may signal the namespace may act for anyone; `actor` is taken at its word and recorded as `temporal:…`.
    """

    command_id: str | None = None
    actor: UUID | None = None
    epoch: int | None = None
    at: datetime | None = None
    committed: LeadSnapshot | None = None

    def raw(self, kind: str, now: datetime, delivery: str) -> RawCommand:
        """The command to apply. Without an id, kind, actor, epoch and time identify it.

        Without a time either, `delivery` does: which message of the workflow it is. After a reset the messages come
        again in the same order, so they still count once.
        """
        at = self.at or now
        when = self.at.isoformat() if self.at else delivery
        identity = f"{kind}|{self.actor}|{self.epoch}|{when}"
        digest = hashlib.sha256(identity.encode()).hexdigest()[:32]
        fields = self.model_dump(mode="json", exclude={"command_id", "actor", "at", "committed"}, exclude_unset=True)
        return RawCommand(kind=kind, command_id=self.command_id or digest, actor=self.actor, at=at, fields=fields)


class ClaimSignal(PersonSignal):
    """`actor` takes the lead."""


class DeclineSignal(PersonSignal):
    """`actor` says no to its offer."""

    code: str = "unspecified"


class ContactSignal(PersonSignal):
    """Evidence of an attempt."""

    channel: Channel = Channel.CALL
    direction: Direction = Direction.OUTBOUND
    result: ContactResult = ContactResult.CONNECTED
    occurred_at: datetime | None = None
    external_id: str | None = None


class OutcomeSignal(PersonSignal):
    """How it ended. `result` may be missing only where `committed` tells of an outcome already stored."""

    result: CloseReason | None = None
    reason: str | None = None
    value: float | None = None
    handling_minutes: float | None = None
    cross_sell: bool = False
    upsell: bool = False
    repeat_customer: bool = False
    quality: int | None = None


class CompleteSignal(PersonSignal):
    """The missing phone or e-mail is there now."""


class ReleaseSignal(PersonSignal):
    """The lead goes back to routing."""

    code: str = "unspecified"


class ReassignSignal(PersonSignal):
    """A supervisor gives the lead to `to_agent`."""

    to_agent: AgentId | None = None
    reason: Reason | None = None
    force: bool = False


class WithdrawSignal(PersonSignal):
    """The lead is stopped."""

    code: str = "unspecified"


class RestartSignal(PersonSignal):
    """Back to routing with counters reset."""


class PauseSignal(PersonSignal):
    """The lead's clock stops."""

    code: str = "unspecified"
    until: datetime | None = None


class SnoozeSignal(PersonSignal):
    """The holder puts the customer off. `until` may be missing only where `committed` tells of a snooze stored."""

    code: str = "snoozed"
    until: datetime | None = None


class ResumeSignal(PersonSignal):
    """The clock goes on."""
