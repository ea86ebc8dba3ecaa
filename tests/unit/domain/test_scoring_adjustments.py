"""The documented adjustments: always shown, part of the score only where a profile says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.scoring.adjustments import ScoringAdjustments, adjustments_of
from domain.scoring.profile import ScoringProfile
from domain.scoring.profiles import PROFILES
from domain.scoring.score import ScoreFacts, score_lead
from domain.tier import Tier
from tests.unit.domain.scoring_page import NOW, lead

RULES = ScoringAdjustments()
PLAIN = lead(quality=50, source="referral")
WAITING = lead(
    quality=70,
    source="website",
    hours=50,
    enqueued_at=NOW - timedelta(hours=48),
    line="Commercial",
    has_previous_policies=True,
)


def enabled(profile: ScoringProfile) -> ScoringProfile:
    changed = {"name": "adjusted", "adjustments": {**profile.adjustments.model_dump(), "enabled": True}}
    return ScoringProfile.model_validate(profile.model_dump() | changed)


def points(facts: ScoreFacts) -> dict[str, float]:
    return {adjustment.name: adjustment.points for adjustment in adjustments_of(facts, RULES, NOW)}


def test_each_documented_adjustment() -> None:
    found = adjustments_of(WAITING, RULES, NOW)
    assert [(adjustment.name, adjustment.points, adjustment.applied) for adjustment in found] == [
        ("time_in_queue", 4, False),
        ("source", 5, False),
        ("market", 0, False),
        ("commission", 8, False),
        ("previous_policies", 10, False),
    ]


def test_a_lead_without_any_of_it_still_shows_all_five() -> None:
    assert points(PLAIN) == {"time_in_queue": 0, "source": 0, "market": 0, "commission": 5, "previous_policies": 0}


@pytest.mark.parametrize(
    ("hours", "expected"), [(-1, 0), (0, 0), (24, 0), (30, 2.5), (48, 4), (180, 15), (181, 15), (10_000, 15)]
)
def test_waiting_counts_by_the_hour_after_a_day_up_to_15(hours: float, expected: float) -> None:
    assert points(replace(PLAIN, enqueued_at=NOW - timedelta(hours=hours)))["time_in_queue"] == expected


@pytest.mark.parametrize(("line", "expected"), [("Commercial", 8), ("Auto", 5), ("Life", 5), (None, 5)])
def test_commission_by_line(line: str | None, expected: float) -> None:
    assert points(replace(PLAIN, line=line))["commission"] == expected


@pytest.mark.parametrize(("source", "expected"), [("website", 5), ("Website", 5), ("referral", 0)])
def test_the_website_gives_points(source: str, expected: float) -> None:
    assert points(replace(PLAIN, source=source))["source"] == expected


@pytest.mark.parametrize(("multiplier", "expected"), [(1.0, 0), (1.1, 10), (0.9, -10), (2.0, 100)])
def test_the_market_counts_by_its_distance_from_1(multiplier: float, expected: float) -> None:
    found = adjustments_of(WAITING, ScoringAdjustments(market_multiplier=multiplier), NOW)
    assert {adjustment.name: adjustment.points for adjustment in found}["market"] == expected


@pytest.mark.parametrize("name", PROFILES)
def test_both_profiles_show_them_and_leave_them_out_of_the_score(name: str) -> None:
    score = score_lead(WAITING, PROFILES[name], NOW)
    assert sum(adjustment.points for adjustment in score.adjustments) == 27
    assert not any(adjustment.applied for adjustment in score.adjustments)
    assert score.value == pytest.approx(sum(factor.contribution for factor in score.factors), abs=1e-6)


@pytest.mark.parametrize("name", PROFILES)
def test_enabled_they_are_added_to_the_score_and_to_its_tier(name: str) -> None:
    plain = score_lead(WAITING, PROFILES[name], NOW)
    adjusted = score_lead(WAITING, enabled(PROFILES[name]), NOW)
    assert all(adjustment.applied for adjustment in adjusted.adjustments)
    assert adjusted.value == pytest.approx(min(100, plain.value + 27), abs=1e-6)
    assert adjusted.factors == plain.factors
    assert (plain.tier, adjusted.tier) == {
        "documented": (Tier.TIER3, Tier.TIER2),
        "balanced": (Tier.TIER2, Tier.TIER1),
    }[name]


@given(multiplier=st.floats(0, 2), quality=st.none() | st.integers(0, 100))
def test_no_market_moves_a_score_out_of_0_to_100(multiplier: float, quality: int | None) -> None:
    rules = {"enabled": True, "market_multiplier": multiplier}
    profile = ScoringProfile.model_validate({"name": "market", "adjustments": rules})
    assert 0 <= score_lead(lead(quality=quality, source="cold_lead"), profile, NOW).value <= 100
