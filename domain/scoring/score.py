"""The score of a lead, 0..100, with the contribution of each factor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.scoring.profile import ScoringProfile
from domain.tier import Tier, tier_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFacts:
    """What scoring looks at. Booleans say that a field is present; its content is personal and stays away."""

    status: str
    source: str
    quality: int | None
    has_email: bool
    has_phone: bool
    has_name: bool
    has_place: bool
    has_line: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One factor: its value (0..100), its weight, and what it added to the score."""

    name: str
    value: float
    weight: float

    @property
    def contribution(self) -> float:
        """Points of the score that come from this factor."""
        return self.value * self.weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score with its reasons."""

    value: float
    tier: Tier
    profile: str
    factors: tuple[Factor, ...]


def age_bonus(hours: float) -> float:
    """Value of the age factor: more than a day 5, from two days 10, from three days 15, else 0."""
    if hours >= 72:
        return 15.0
    if hours >= 48:
        return 10.0
    return 5.0 if hours > 24 else 0.0


def score_lead(facts: ScoreFacts, profile: ScoringProfile, now: datetime) -> Score:
    """Weighted sum of the factors, clamped to 0..100.

    Golden values of the documented profile: quality 80, QUALIFIED, referral, full contact, 30 h old → 69.5
    (Tier3); quality 100, otherwise the same, fresh → 75.0 (Tier2).
    """
    contact = (
        profile.contact_email * facts.has_email
        + profile.contact_phone * facts.has_phone
        + profile.contact_name * facts.has_name
        + profile.contact_place * facts.has_place
        + profile.contact_line * facts.has_line
    )
    hours = (now - facts.created_at).total_seconds() / 3600
    weights = profile.weights
    factors = [
        Factor(name="status", value=profile.statuses.get(facts.status, 0.0), weight=weights.status),
        Factor(
            name="source",
            value=profile.sources.get(facts.source.lower(), profile.unknown_source),
            weight=weights.source,
        ),
        Factor(name="contact", value=contact, weight=weights.contact),
        Factor(name="age", value=age_bonus(hours), weight=weights.age),
    ]
    if facts.quality is not None:
        factors.insert(0, Factor(name="quality", value=float(facts.quality), weight=weights.quality))
    value = min(100.0, max(0.0, round(sum(factor.contribution for factor in factors), 6)))
    return Score(value=value, tier=tier_of(value), profile=profile.name, factors=tuple(factors))
