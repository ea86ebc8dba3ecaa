"""The profiles that come with Baton. Why their numbers are what they are: docs/reference/scoring.md."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from domain.scoring.profile import ScoringProfile, ScoringWeights

_DOCUMENTED = ScoringProfile()
_BALANCED = ScoringProfile(
    name="balanced",
    normalised=True,
    zero_quality_is_missing=False,
    weights=ScoringWeights(status=0.0, age=0.0),
)

PROFILES: Mapping[str, ScoringProfile] = MappingProxyType(
    {profile.name: profile for profile in (_DOCUMENTED, _BALANCED)}
)
"""By name: `documented` gives the origin's values, `balanced` is for new configurations."""
