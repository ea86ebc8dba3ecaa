"""What comes in: a lead as sources send it, and a life that is already over."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from domain.ids import AgentId
from domain.lifecycle.state import CloseReason
from domain.routing.agent import InsuranceLine

Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class NewLead(BaseModel):
    """A lead as it arrives. `external_id` is the source's own id: the same one again is the same lead.

    `country` is the two-letter region in which a phone number without international prefix is read; `state` is
    the territory that licences are checked for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    source: Short
    external_id: Short | None = None
    first_name: Short | None = None
    last_name: Short | None = None
    phone: Short | None = None
    email: Short | None = None
    street: Short | None = None
    city: Short | None = None
    state: Short | None = None
    zip: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)] | None = None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "US"
    insurance_type: InsuranceLine | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    employee_count: int | None = Field(default=None, ge=0, le=10_000_000)
    quality_score: int | None = Field(default=None, ge=0, le=100)
    preferred_agent_id: AgentId | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    created_at: AwareDatetime | None = None


class PastLife(BaseModel):
    """How and when a lead of the past ended; such a lead gets no workflow."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    result: CloseReason
    closed_at: AwareDatetime
    handling_minutes: float | None = Field(default=None, ge=0)
    contact_attempts: int = Field(default=0, ge=0)
    first_contact_at: AwareDatetime | None = None
