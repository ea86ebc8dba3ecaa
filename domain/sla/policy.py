"""The SLA policy: how long the windows are, on which calendar, and what happens when they are missed."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from domain.contact import Channel
from domain.customer.calling_hours import CallingHours
from domain.customer.consent import ConsentKind
from domain.ids import AgentId, TeamId
from domain.sla.follow_ups import FollowUps

ALARMS: dict[str, tuple[float, ...]] = {"minute_alarms": (0.2, 0.4, 0.6, 0.8)}
"""Named fractions of a window: the older system rang every minute of five."""


class OnBreach(StrEnum):
    """What a missed window does: pass the lead on, or only say so."""

    REASSIGN = "reassign"
    NOTIFY_ONLY = "notify_only"


class OnOutage(StrEnum):
    """What becomes of a window during which no agent could act: it gets the time back, or is missed by the system."""

    EXTEND = "extend"
    BREACH = "breach"


class OutOfHours(StrEnum):
    """What happens to a lead that is to be offered while the calendar is closed.

    `hold`: it waits for the opening. `first`: so too, and then everybody is asked at once, whoever is first has it.
    `on_call`: the team on call gets it now, under a policy of its own. `offer`: somebody gets it now, whose window
    begins with the opening.
    """

    HOLD = "hold"
    FIRST = "first"
    ON_CALL = "on_call"
    OFFER = "offer"


def _named(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in ALARMS:
        raise ValueError(f"{value!r} is unknown; write one of {', '.join(ALARMS)}, or the fractions themselves")
    return ALARMS[value]


class SlaPolicy(BaseModel):
    """Immutable by configuration version; a running window keeps the version it was opened under.

    `calendar` names one of the configuration's; without one the clock never stops. `calling` are the hours by the
    customer's own clock, outside of which contact windows stand still. Windows, warnings and escalations
    run on its working time; days and the queue's retry are wall-clock time. `warnings` are the fractions of a window
    at which its agent is warned. `queue_retry_seconds` is how often a waiting lead's own workflow looks for an agent;
    the drain looks twice a second, so this only matters when the drain is gone. Leads that were held for the opening
    are spread over `opening_spread_seconds`. Only `contact_channels` complete the contact window; on those of
    `require_consent` nobody is contacted without consent. The newest
    `earlier_holders` of a lead do not get it again while anybody else is eligible; without a number none of them does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    calendar: str | None = None
    claim_seconds: int = Field(default=300, ge=1)
    contact_seconds: int = Field(default=300, ge=1)
    warnings: Annotated[tuple[float, ...], BeforeValidator(_named)] = (0.75, 0.9)
    calling: CallingHours = Field(default_factory=CallingHours)
    require_consent: tuple[ConsentKind, ...] = ()
    contact_channels: tuple[Channel, ...] = tuple(Channel)
    on_breach: OnBreach = OnBreach.REASSIGN
    on_outage: OnOutage = OnOutage.EXTEND
    max_reassignments: int = Field(default=3, ge=0)
    max_other_reassignments: int = Field(default=10, ge=0)
    escalation_seconds: int = Field(default=900, ge=1)
    escalation_levels: int = Field(default=3, ge=1)
    fallback_owner: AgentId | None = None
    follow_ups: FollowUps = Field(default_factory=FollowUps)
    out_of_hours: OutOfHours = OutOfHours.HOLD
    opening_spread_seconds: int = Field(default=120, ge=0)
    on_call_team: TeamId | None = None
    on_call_policy: str | None = None
    earlier_holders: int | None = Field(default=None, ge=0)
    outcome_days: int = Field(default=30, ge=1)
    incomplete_days: int = Field(default=30, ge=1)
    pause_days: int = Field(default=14, ge=1)
    queue_retry_seconds: int = Field(default=600, ge=1)
    park_seconds: int = Field(default=300, ge=1)

    @model_validator(mode="after")
    def _somebody_is_on_call(self) -> Self:
        on_call = self.out_of_hours is OutOfHours.ON_CALL
        if on_call and (self.on_call_team is None or self.on_call_policy is None):
            raise ValueError("out_of_hours on_call: name the on_call_team and the on_call_policy that it works under")
        return self

    @field_validator("warnings")
    @classmethod
    def _ascending(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not all(0 < fraction < 1 for fraction in value) or any(a >= b for a, b in pairwise(value)):
            raise ValueError("give ascending fractions between 0 and 1, such as [0.75, 0.9]")
        return value
