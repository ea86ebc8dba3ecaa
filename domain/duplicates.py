"""What happens to a lead whose customer has an open lead already, and how long an agent stays its customers' own."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class OnDuplicate(StrEnum):
    """Join the open lead, make a new lead for its agent, or take no notice of it."""

    JOIN = "join"
    SAME_OWNER = "same_owner"
    NEW = "new"


class DuplicatePolicy(BaseModel):
    """Immutable by configuration version; the latest one counts when a lead comes in.

    `sources` says for single sources what differs from `default`. `window_days` is for how many days after a lead
    was closed its last holder goes first with the same customer's next one; 0: never.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    default: OnDuplicate = OnDuplicate.JOIN
    sources: dict[str, OnDuplicate] = Field(default_factory=dict)
    window_days: int = Field(default=365, ge=0, le=36_500)

    def of(self, source: str) -> OnDuplicate:
        """What to do with a duplicate that this source sends."""
        return self.sources.get(source, self.default)

    def owned_since(self, now: datetime) -> datetime:
        """Leads closed before this instant give their customer no owner any more."""
        return now - timedelta(days=self.window_days)
