"""Scoring profiles: weights and value maps as data.

Source of the numbers: the routing migration's scoring service ("documented" profile). Its weights sum to 0.95
and a missing quality counts as nothing; both are kept in this profile because its golden values depend on them.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ScoringWeights(BaseModel):
    """Share of each factor, 0..1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    quality: float = Field(default=0.30, ge=0, le=1)
    status: float = Field(default=0.20, ge=0, le=1)
    source: float = Field(default=0.15, ge=0, le=1)
    contact: float = Field(default=0.20, ge=0, le=1)
    age: float = Field(default=0.10, ge=0, le=1)


class ScoringProfile(BaseModel):
    """Weights and the values (0..100) that statuses, sources and contact fields are worth."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "documented"
    weights: ScoringWeights = Field(default_factory=ScoringWeights)
    statuses: dict[str, float] = Field(
        default_factory=lambda: {
            "RECEIVED": 10.0,
            "PROCESSING": 30.0,
            "QUALIFIED": 50.0,
            "ROUTED": 20.0,
            "CONVERTED": 100.0,
            "REJECTED": 0.0,
        }
    )
    sources: dict[str, float] = Field(
        default_factory=lambda: {
            "referral": 100.0,
            "mobile_app": 90.0,
            "website": 85.0,
            "email_campaign": 70.0,
            "social_media": 65.0,
            "display_ad": 50.0,
            "cold_lead": 30.0,
        }
    )
    unknown_source: float = 50.0
    contact_email: float = 25.0
    contact_phone: float = 25.0
    contact_name: float = 25.0
    contact_place: float = 15.0
    contact_line: float = 10.0
