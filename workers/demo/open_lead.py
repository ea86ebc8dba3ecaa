"""An open lead as the API lists it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.lifecycle.state import LifecycleState


class OpenLead(BaseModel):
    """What a player needs to know to act; other fields of the list are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID
    lifecycle_state: LifecycleState
    epoch: int
    assigned_agent_id: UUID | None = None
    claim_timer_expires_at: AwareDatetime | None = None
    contact_timer_expires_at: AwareDatetime | None = None

    @classmethod
    def of(cls, listed: dict[str, Any]) -> OpenLead:
        """A row of GET /v1/leads."""
        return cls.model_validate(listed)

    def after_command(self, answer: dict[str, Any]) -> OpenLead:
        """The lead as a command's answer describes it."""
        return OpenLead(
            id=self.id,
            lifecycle_state=answer["state"],
            epoch=answer["epoch"],
            assigned_agent_id=answer["agent"],
            claim_timer_expires_at=answer["claim_expires_at"],
            contact_timer_expires_at=answer["contact_expires_at"],
        )


def seconds_until(deadline: datetime | None) -> float:
    """Seconds from now to a deadline; 0 for one that has passed or is not there."""
    return max(0.0, (deadline - datetime.now(UTC)).total_seconds()) if deadline is not None else 0.0
