"""The documented profile gives the documented values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.scoring.profile import ScoringProfile
from domain.scoring.score import ScoreFacts, age_bonus, score_lead
from domain.tier import Tier, tier_of

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PROFILE = ScoringProfile()


def _facts(*, quality: int | None, status: str = "QUALIFIED", source: str = "referral", hours: float = 0) -> ScoreFacts:
    return ScoreFacts(
        status=status,
        source=source,
        quality=quality,
        has_email=True,
        has_phone=True,
        has_name=True,
        has_place=True,
        has_line=True,
        created_at=NOW - timedelta(hours=hours),
    )


def test_golden_values() -> None:
    older = score_lead(_facts(quality=80, hours=30), PROFILE, NOW)
    fresh = score_lead(_facts(quality=100), PROFILE, NOW)
    assert (older.value, older.tier) == (69.5, Tier.TIER3)
    assert (fresh.value, fresh.tier) == (75.0, Tier.TIER2)


def test_the_factors_add_up_to_the_score() -> None:
    score = score_lead(_facts(quality=80, hours=30), PROFILE, NOW)
    assert sum(factor.contribution for factor in score.factors) == pytest.approx(score.value)
    assert [factor.name for factor in score.factors] == ["quality", "status", "source", "contact", "age"]


def test_a_rejected_lead_is_worth_nothing_for_its_status() -> None:
    score = score_lead(_facts(quality=None, status="REJECTED", source="website"), PROFILE, NOW)
    assert next(factor.value for factor in score.factors if factor.name == "status") == 0


def test_a_lead_without_quality_has_no_quality_factor() -> None:
    assert "quality" not in {factor.name for factor in score_lead(_facts(quality=None), PROFILE, NOW).factors}


@pytest.mark.parametrize(
    ("hours", "bonus"), [(0, 0), (24, 0), (24.1, 5), (47.9, 5), (48, 10), (71.9, 10), (72, 15), (1000, 15)]
)
def test_age_bonus(hours: float, bonus: float) -> None:
    assert age_bonus(hours) == bonus


@pytest.mark.parametrize(
    ("score", "tier"),
    [(100, "Tier1"), (85, "Tier1"), (84.99, "Tier2"), (70, "Tier2"), (69.99, "Tier3"), (50, "Tier3"), (49.9, "Tier4")],
)
def test_thresholds_are_inclusive(score: float, tier: str) -> None:
    assert tier_of(score) == tier


@given(st.integers(0, 100), st.sampled_from(sorted(PROFILE.sources)), st.floats(0, 10_000))
def test_scores_stay_between_0_and_100(quality: int, source: str, hours: float) -> None:
    score = score_lead(_facts(quality=quality, source=source, hours=hours), PROFILE, NOW)
    assert 0 <= score.value <= 100
