"""A lead on its way in, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from db.repositories.duplicates import Earlier, Sender
from db.repositories.intake import ContactDetails
from domain.duplicates import OnDuplicate
from domain.ids import AgentId, LeadId
from domain.lifecycle.actor import Actor
from services.new_lead import NewLead


class Arrival(StrEnum):
    """Made a lead, is a lead that was there already, or belongs to another open lead of the same customer."""

    CREATED = "created"
    KNOWN = "known"
    JOINED = "joined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A lead on its way in: as it was sent, its personal part normalised, who sent it, and the hash of it all."""

    new: NewLead
    details: ContactDetails
    actor: Actor
    body_hash: str

    @property
    def sender(self) -> Sender:
        """By what it is recognised."""
        return Sender(
            source=self.new.source,
            external_id=self.new.external_id,
            phone_key=self.details.phone,
            email_key=self.details.email_key,
        )

    @property
    def keys(self) -> set[str]:
        """Two arrivals that share one of these are taken in one after the other."""
        keys = {
            "phone": self.details.phone,
            "email": self.details.email_key,
            f"lead:{self.new.source}": self.new.external_id,
        }
        return {f"{kind}:{value}" for kind, value in keys.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """What ties a new lead to earlier ones of its customer: who goes first, and the open lead that it doubles."""

    owner: AgentId | None = None
    duplicate_of: LeadId | None = None

    @classmethod
    def of(cls, new: NewLead, earlier: Earlier, way: OnDuplicate) -> Ties:
        """An agent that the sender names goes before the open lead's, and that one before the last one's."""
        doubled = earlier.open if way is OnDuplicate.SAME_OWNER else None
        present = doubled.agent if doubled is not None else None
        return cls(
            owner=new.preferred_agent_id or present or earlier.owner,
            duplicate_of=doubled.id if doubled is not None else None,
        )
