"""Scoring profiles: weights and value maps as data.

Source of the default numbers: the routing migration's scoring service ("documented" profile). Its weights sum to 0.95
and a missing quality counts as nothing; both are kept in this profile because its golden values depend on them.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from domain.scoring.adjustments import ScoringAdjustments
from domain.scoring.values import Points, SourceName

ProfileName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]

_STATUSES = {
    "RECEIVED": 10.0,
    "PROCESSING": 30.0,
    "QUALIFIED": 50.0,
    "ROUTED": 20.0,
    "CONVERTED": 100.0,
    "REJECTED": 0.0,
}
_SOURCES = {
    "referral": 100.0,
    "mobile_app": 90.0,
    "website": 85.0,
    "email_campaign": 70.0,
    "social_media": 65.0,
    "display_ad": 50.0,
    "cold_lead": 30.0,
}


class ScoringWeights(BaseModel):
    """Share of each factor, 0..1; a factor of weight 0 is left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    quality: float = Field(default=0.30, ge=0, le=1)
    status: float = Field(default=0.20, ge=0, le=1)
    source: float = Field(default=0.15, ge=0, le=1)
    contact: float = Field(default=0.20, ge=0, le=1)
    age: float = Field(default=0.10, ge=0, le=1)

    @model_validator(mode="after")
    def _some_weight(self) -> Self:
        if not any((self.quality, self.status, self.source, self.contact, self.age)):
            raise ValueError("every weight is 0, so every score would be 0; give at least one factor a weight")
        return self


class ScoringProfile(BaseModel):
    """Weights and the values (0..100) that statuses, sources and contact fields are worth.

    `normalised`: the weights are divided by the sum of those of the factors present, so that an unknown quality
    neither helps nor hurts. `zero_quality_is_missing`: a quality of 0 is left out like one that nobody gave.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: ProfileName = "documented"
    normalised: bool = False
    zero_quality_is_missing: bool = True
    weights: ScoringWeights = Field(default_factory=ScoringWeights)
    statuses: dict[str, Points] = Field(default_factory=lambda: dict(_STATUSES))
    sources: dict[SourceName, Points] = Field(default_factory=lambda: dict(_SOURCES))
    unknown_source: Points = 50.0
    contact_email: Points = 25.0
    contact_phone: Points = 25.0
    contact_name: Points = 25.0
    contact_place: Points = 15.0
    contact_line: Points = 10.0
    adjustments: ScoringAdjustments = Field(default_factory=ScoringAdjustments)

    @field_validator("statuses")
    @classmethod
    def _every_status(cls, value: dict[str, float]) -> dict[str, float]:
        if unknown := sorted(set(value) - set(_STATUSES)):
            raise ValueError(f"no such status: {', '.join(unknown)}; use {', '.join(_STATUSES)}")
        if missing := [status for status in _STATUSES if status not in value]:
            raise ValueError(f"no value for {', '.join(missing)}; give every status one, 0 if it is worth nothing")
        return value

    @model_validator(mode="after")
    def _own_name(self) -> Self:
        fields = type(self).model_fields.items()
        own = [name for name, field in fields if getattr(self, name) != field.get_default(call_default_factory=True)]
        if own and self.name == "documented":
            raise ValueError(f"{', '.join(own)}: not as in `documented`; give the profile a name of its own")
        return self

    @model_validator(mode="after")
    def _whole_contact(self) -> Self:
        parts = (self.contact_email, self.contact_phone, self.contact_name, self.contact_place, self.contact_line)
        whole = round(sum(parts), 6)
        if whole > 100:
            raise ValueError(f"the contact parts add up to {whole:g}; lower them to 100 or less together")
        return self
