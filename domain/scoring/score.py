"""The score of a lead, 0..100, with the contribution of each factor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from domain.scoring.adjustments import Adjustment, adjustments_of
from domain.scoring.facts import ScoreFacts
from domain.scoring.profile import ScoringProfile
from domain.tier import Tier, tier_of

__all__ = ["Factor", "Score", "ScoreFacts", "age_bonus", "score_lead"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One factor: its value (0..100), the weight it had in this score, and what it added to it."""

    name: str
    value: float
    weight: float

    @property
    def contribution(self) -> float:
        """Points of the score that come from this factor."""
        return self.value * self.weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score with its reasons: value = factors' contributions + points of the applied adjustments, in 0..100."""

    value: float
    tier: Tier
    profile: str
    factors: tuple[Factor, ...]
    adjustments: tuple[Adjustment, ...]


def age_bonus(hours: float) -> float:
    """Value of the age factor: more than a day 5, from two days 10, from three days 15, else 0."""
    if hours >= 72:
        return 15.0
    if hours >= 48:
        return 10.0
    return 5.0 if hours > 24 else 0.0


def score_lead(facts: ScoreFacts, profile: ScoringProfile, now: datetime) -> Score:
    """Weighted sum of the factors present, clamped to 0..100. The same facts, profile and instant: the same score.

    A factor is present when the profile gives it weight and, for quality, when the lead has one; without any the
    score is 0. Source: the routing migration's scoring service. Golden values of the documented profile: quality 80,
    QUALIFIED, referral, full contact, 30 h old → 69.5 (Tier3); quality 100, otherwise the same, fresh → 75.0 (Tier2).
    """
    factors = _factors(facts, profile, now)
    if profile.normalised:
        whole = sum(factor.weight for factor in factors)
        factors = [replace(factor, weight=factor.weight / whole) for factor in factors]
    adjustments = adjustments_of(facts, profile.adjustments, now)
    points = sum(factor.contribution for factor in factors)
    points += sum(adjustment.points for adjustment in adjustments if adjustment.applied)
    value = min(100.0, max(0.0, round(points, 6)))
    return Score(
        value=value, tier=tier_of(value), profile=profile.name, factors=tuple(factors), adjustments=adjustments
    )


def _factors(facts: ScoreFacts, profile: ScoringProfile, now: datetime) -> list[Factor]:
    hours = (now - facts.created_at).total_seconds() / 3600
    contact = (
        profile.contact_email * facts.has_email
        + profile.contact_phone * facts.has_phone
        + profile.contact_name * facts.has_name
        + profile.contact_place * facts.has_place
        + profile.contact_line * facts.has_line
    )
    weights = profile.weights
    factors = [
        Factor(name="status", value=profile.statuses[facts.status], weight=weights.status),
        Factor(
            name="source",
            value=profile.sources.get(facts.source_key, profile.unknown_source),
            weight=weights.source,
        ),
        Factor(name="contact", value=contact, weight=weights.contact),
        Factor(name="age", value=age_bonus(hours), weight=weights.age),
    ]
    if facts.quality is not None and (facts.quality > 0 or not profile.zero_quality_is_missing):
        factors.insert(0, Factor(name="quality", value=float(facts.quality), weight=weights.quality))
    return [factor for factor in factors if factor.weight > 0]
