"""Tiers: the value class of a lead, from its score. Thresholds are >=."""

from __future__ import annotations

from enum import StrEnum


class Tier(StrEnum):
    """Tier1 is worth most."""

    TIER1 = "Tier1"
    TIER2 = "Tier2"
    TIER3 = "Tier3"
    TIER4 = "Tier4"


TIER_HOURS: dict[Tier, int] = {Tier.TIER1: 2, Tier.TIER2: 24, Tier.TIER3: 48, Tier.TIER4: 168}
"""Hours from creation within which a lead of the tier has to be assigned."""

TIER_FLOORS: dict[Tier, float] = {Tier.TIER1: 85.0, Tier.TIER2: 70.0, Tier.TIER3: 50.0, Tier.TIER4: 0.0}
"""Lowest score of each tier, best tier first; a tier ends below the floor of the one before, Tier1 has no end."""


def tier_of(score: float) -> Tier:
    """Tier of a score of 0..100: >= 85, >= 70, >= 50, else Tier4."""
    return next((tier for tier, floor in TIER_FLOORS.items() if score >= floor), Tier.TIER4)
