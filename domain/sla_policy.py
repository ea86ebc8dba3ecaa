"""The SLA policy: how long the windows are and what happens when they are missed."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from domain.ids import AgentId


class OnBreach(StrEnum):
    """What a missed window does: pass the lead on, or only say so."""

    REASSIGN = "reassign"
    NOTIFY_ONLY = "notify_only"


class SlaPolicy(BaseModel):
    """Immutable by configuration version; a running window keeps the version it was opened under.

    Seconds and days are wall-clock time. `queue_retry_seconds` is how often a waiting lead's own workflow looks
    for an agent; the drain looks twice a second, so this only matters when the drain is gone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim_seconds: int = Field(default=300, ge=1)
    contact_seconds: int = Field(default=300, ge=1)
    on_breach: OnBreach = OnBreach.REASSIGN
    max_reassignments: int = Field(default=3, ge=0)
    max_other_reassignments: int = Field(default=10, ge=0)
    escalation_seconds: int = Field(default=900, ge=1)
    escalation_levels: int = Field(default=3, ge=1)
    fallback_owner: AgentId | None = None
    outcome_days: int = Field(default=30, ge=1)
    incomplete_days: int = Field(default=30, ge=1)
    queue_retry_seconds: int = Field(default=600, ge=1)
    park_seconds: int = Field(default=300, ge=1)

    def claim_deadline(self, started_at: datetime) -> datetime:
        """Last instant at which a claim of an offer made at `started_at` is in time."""
        return started_at + timedelta(seconds=self.claim_seconds)

    def contact_deadline(self, started_at: datetime) -> datetime:
        """Last instant at which a first attempt after a claim at `started_at` is in time."""
        return started_at + timedelta(seconds=self.contact_seconds)

    def escalation_deadline(self, started_at: datetime, level: int) -> datetime:
        """When an unclaimed escalated lead is raised again; once a day after the last level."""
        if level >= self.escalation_levels:
            return started_at + timedelta(days=1)
        return started_at + timedelta(seconds=self.escalation_seconds)

    def outcome_deadline(self, started_at: datetime) -> datetime:
        """When a lead without an outcome is closed as expired."""
        return started_at + timedelta(days=self.outcome_days)
