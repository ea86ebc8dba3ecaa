"""A published configuration: immutable, numbered, pinned by each lead when it arrives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from domain.customer.customer_hours import customer_hours
from domain.customer.zone import UNKNOWN_ZONE, CustomerZone
from domain.duplicates import DuplicatePolicy
from domain.errors import InvalidInputError
from domain.hours.calendar import Calendar
from domain.hours.fallback import contact_hours
from domain.hours.hours import ALWAYS, Hours
from domain.presence_policy import PresencePolicy
from domain.queue_policy import QueuePolicy
from domain.routing.eligibility_policy import EligibilityPolicy
from domain.routing.shift import zone_named
from domain.routing.strategy_settings import StrategySettings
from domain.routing.weights import PRESETS, FitnessWeights
from domain.rules.rule import Rule
from domain.scoring.profile import ScoringProfile
from domain.scoring.profiles import PROFILES
from domain.sla.clock import SlaClock
from domain.sla.matching import PolicyMatch
from domain.sla.policy import OutOfHours, SlaPolicy

_Named = TypeVar("_Named")


def _by_name(known: Mapping[str, _Named]) -> BeforeValidator:
    def named(value: object) -> object:
        if not isinstance(value, str):
            return value
        if value not in known:
            raise ValueError(f"{value!r} is unknown; write one of {', '.join(known)}, or the values themselves")
        return known[value]

    return BeforeValidator(named)


def _known(what: str, names: Mapping[str, object]) -> str:
    return f"write one of {', '.join(names)}" if names else f"there are no {what} yet: define it"


class Configuration(BaseModel):
    """Everything a decision depends on besides the lead and the agents. An empty body is every default.

    `policies` are what `policy_matches` and the rule action set_policy choose from, `calendars` what policies run on,
    `time_zone` is the business's own, in which rules
    read the clock and days begin. `scoring` and `weights` may be the name of a profile or preset.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    time_zone: str = "UTC"
    sla: SlaPolicy = Field(default_factory=SlaPolicy)
    policies: dict[str, SlaPolicy] = Field(default_factory=dict)
    policy_matches: tuple[PolicyMatch, ...] = ()
    calendars: dict[str, Calendar] = Field(default_factory=dict)
    scoring: Annotated[ScoringProfile, _by_name(PROFILES)] = PROFILES["balanced"]
    weights: Annotated[FitnessWeights, _by_name(PRESETS)] = PRESETS["balanced"]
    eligibility: EligibilityPolicy = Field(default_factory=EligibilityPolicy)
    strategy: StrategySettings = Field(default_factory=StrategySettings)
    rules: tuple[Rule, ...] = ()
    queues: QueuePolicy = Field(default_factory=QueuePolicy)
    duplicates: DuplicatePolicy = Field(default_factory=DuplicatePolicy)
    presence: PresencePolicy = Field(default_factory=PresencePolicy)

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            zone_named(value)
        except InvalidInputError as error:
            raise ValueError(str(error)) from error
        return value

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for name in (one.policy for one in self.policy_matches):
            if name not in self.policies:
                raise ValueError(f"policy_matches: there is no policy {name!r}; {_known('policies', self.policies)}")
        for policy in (self.sla, *self.policies.values()):
            if policy.on_call_policy is not None and policy.on_call_policy not in self.policies:
                known = _known("policies", self.policies)
                raise ValueError(f"on_call_policy: there is no policy {policy.on_call_policy!r}; {known}")
            if policy.calendar is not None and policy.calendar not in self.calendars:
                known = _known("calendars", self.calendars)
                raise ValueError(f"calendar: there is no calendar {policy.calendar!r}; {known}")
        return self

    def policy(self, name: str | None) -> SlaPolicy:
        """The policy of that name; the configuration's own for None, and for one that it does not have any more."""
        return self.policies.get(name or "", self.sla)

    def by_day(self, name: str | None) -> str | None:
        """The name of the policy that has the one of that name on call; the name itself when none has.

        What is on call is so for the night: by day, and for the question whether it is night, the other counts.
        """
        names = (None, *self.policies)
        on_call = (one for one in names if self.policy(one).out_of_hours is OutOfHours.ON_CALL)
        return next((one for one in on_call if name is not None and self.policy(one).on_call_policy == name), name)

    def clock(self, policy: SlaPolicy, customer: CustomerZone = UNKNOWN_ZONE, state: str | None = None) -> SlaClock:
        """A policy on its calendar; its contact windows also on the clock of the customer, who is in that state."""
        hours: Hours = ALWAYS if policy.calendar is None else self.calendars[policy.calendar]
        both = contact_hours(hours, customer_hours(customer, policy.calling, state))
        return SlaClock(policy=policy, hours=hours, contact_hours=both)

    def day_of(self, now: datetime) -> date:
        """The business day on which the aware instant lies."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def midnight(self, now: datetime) -> datetime:
        """The first instant of the business day on which the aware instant lies, in that instant's own time zone."""
        return datetime.combine(self.day_of(now), time(), ZoneInfo(self.time_zone)).astimezone(now.tzinfo)
