"""A published configuration: immutable, numbered, pinned by each lead when it arrives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from domain.duplicates import DuplicatePolicy
from domain.errors import InvalidInputError
from domain.queue_policy import QueuePolicy
from domain.routing.eligibility_policy import EligibilityPolicy
from domain.routing.shift import zone_named
from domain.routing.strategy_settings import StrategySettings
from domain.routing.weights import PRESETS, FitnessWeights
from domain.rules.rule import Rule
from domain.scoring.profile import ScoringProfile
from domain.scoring.profiles import PROFILES
from domain.sla_policy import SlaPolicy

_Named = TypeVar("_Named")


def _by_name(known: Mapping[str, _Named]) -> BeforeValidator:
    def named(value: object) -> object:
        if not isinstance(value, str):
            return value
        if value not in known:
            raise ValueError(f"{value!r} is unknown; write one of {', '.join(known)}, or the values themselves")
        return known[value]

    return BeforeValidator(named)


class Configuration(BaseModel):
    """Everything a decision depends on besides the lead and the agents. An empty body is every default.

    `policies` are what the rule action set_policy chooses from, `time_zone` is the business's own, in which rules
    read the clock and days begin. `scoring` and `weights` may be the name of a profile or preset.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    time_zone: str = "UTC"
    sla: SlaPolicy = Field(default_factory=SlaPolicy)
    policies: dict[str, SlaPolicy] = Field(default_factory=dict)
    scoring: Annotated[ScoringProfile, _by_name(PROFILES)] = PROFILES["balanced"]
    weights: Annotated[FitnessWeights, _by_name(PRESETS)] = PRESETS["balanced"]
    eligibility: EligibilityPolicy = Field(default_factory=EligibilityPolicy)
    strategy: StrategySettings = Field(default_factory=StrategySettings)
    rules: tuple[Rule, ...] = ()
    queues: QueuePolicy = Field(default_factory=QueuePolicy)
    duplicates: DuplicatePolicy = Field(default_factory=DuplicatePolicy)

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            zone_named(value)
        except InvalidInputError as error:
            raise ValueError(str(error)) from error
        return value

    def day_of(self, now: datetime) -> date:
        """The business day on which the aware instant lies."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def midnight(self, now: datetime) -> datetime:
        """The first instant of the business day on which the aware instant lies, in that instant's own time zone."""
        return datetime.combine(self.day_of(now), time(), ZoneInfo(self.time_zone)).astimezone(now.tzinfo)
