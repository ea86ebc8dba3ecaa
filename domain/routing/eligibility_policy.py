"""The eligibility policy: what is asked of an agent, and how strictly."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Requirement(StrEnum):
    """What a mismatch does: hard drops the agent, soft only notes a warning."""

    HARD = "hard"
    SOFT = "soft"


class ExistingAgent(StrEnum):
    """What it means that a lead names an agent who already serves the customer (metadata.existing_agent_id).

    `excludes` is how the routing migration reads it: a conflict of interest. `prefers` gives that agent the lead
    first, `ignored` makes no difference.
    """

    EXCLUDES = "excludes"
    PREFERS = "prefers"
    IGNORED = "ignored"


Softened = Literal["language", "territory", "licence", "segment"]


class EligibilityPolicy(BaseModel):
    """Immutable by configuration version. `territory` is the list of a specialisation, `licence` the ledger.

    `max_per_hour` and `max_per_day` bound the offers to one agent; the agent's own limit goes before them, None is
    no limit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Requirement = Requirement.HARD
    territory: Requirement = Requirement.HARD
    licence: Requirement = Requirement.HARD
    segment: Requirement = Requirement.HARD
    existing_agent: ExistingAgent = ExistingAgent.EXCLUDES
    max_per_hour: int | None = Field(default=None, ge=0)
    max_per_day: int | None = Field(default=None, ge=0)

    def softened(self, *requirements: Softened) -> EligibilityPolicy:
        """The same policy with those requirements soft, for a later step of an offer."""
        return self.model_copy(update=dict.fromkeys(requirements, Requirement.SOFT))
