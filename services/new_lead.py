"""What comes in: a lead as sources send it, and a life that is already over."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from domain.customer.consent import Consent, DoNotCall
from domain.ids import AgentId
from domain.lifecycle.state import CloseReason
from domain.routing.agent import InsuranceLine
from domain.routing.language import language_tag
from domain.routing.territory import territory_code

Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


def _language(text: str) -> str:
    try:
        return language_tag(text)
    except ValueError as error:
        problem = "unknown; give a BCP-47 tag (en, es-MX) or an English name (Spanish)"
        raise PydanticCustomError("language", problem) from error


class NewLead(BaseModel):
    """A lead as it arrives. `external_id` is the source's own id: the same one again is the same lead.

    `country` is the two-letter region in which a phone number without international prefix is read; `state` is
    the territory that licences are checked for; a code is kept in capitals. `language` is a BCP-47 tag or an English
    name, and kept as a tag.
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
    state: Annotated[Short, AfterValidator(territory_code)] | None = None
    zip: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)] | None = None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "US"
    insurance_type: InsuranceLine | None = None
    language: Annotated[Short, AfterValidator(_language)] | None = None
    employee_count: int | None = Field(default=None, ge=0, le=10_000_000)
    quality_score: int | None = Field(default=None, ge=0, le=100)
    preferred_agent_id: AgentId | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    created_at: AwareDatetime | None = None
    consents: tuple[Consent, ...] = Field(default=(), max_length=20)
    do_not_call: tuple[DoNotCall, ...] = Field(default=(), max_length=20)

    @property
    def said(self) -> tuple[Consent | DoNotCall, ...]:
        """What the customer said about being contacted."""
        return (*self.consents, *self.do_not_call)


class PastLife(BaseModel):
    """How and when a lead of the past ended; such a lead gets no workflow."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    result: CloseReason
    closed_at: AwareDatetime
    handling_minutes: float | None = Field(default=None, ge=0)
    contact_attempts: int = Field(default=0, ge=0)
    first_contact_at: AwareDatetime | None = None
