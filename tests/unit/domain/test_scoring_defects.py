"""Defects of the origin's scoring that this one does not have, one test each."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.scoring.profiles import PROFILES
from domain.scoring.score import score_lead
from domain.tier import TIER_FLOORS, TIER_HOURS, Tier, tier_of
from domain.tier_sla import SlaStatus, tier_expiry, tier_status
from tests.unit.domain.scoring_page import NOW, lead


def test_defect_a_status_worth_0_falls_through_to_10() -> None:
    rejected = score_lead(lead(quality=None, status="REJECTED", source="website"), PROFILES["documented"], NOW)
    received = score_lead(lead(quality=None, status="RECEIVED", source="website"), PROFILES["documented"], NOW)
    assert {factor.name: factor.value for factor in rejected.factors}["status"] == 0
    assert received.value - rejected.value == pytest.approx(0.20 * 10)


@pytest.mark.parametrize("tier", Tier)
def test_defect_a_breached_limit_is_said_to_end_when_the_lead_was_created(tier: Tier) -> None:
    created_at = NOW - timedelta(hours=2 * TIER_HOURS[tier])
    assert tier_status(tier, created_at, NOW) is SlaStatus.BREACHED
    assert tier_expiry(tier, created_at) == created_at + timedelta(hours=TIER_HOURS[tier])


def test_defect_a_score_of_exactly_100_is_in_no_tier_s_list() -> None:
    best = score_lead(lead(quality=100, source="referral"), PROFILES["balanced"], NOW)
    assert (best.value, best.tier) == (100, Tier.TIER1)
    lists = {tier: [score for score in range(101) if tier_of(score) is tier] for tier in Tier}
    assert {tier: (scores[0], scores[-1]) for tier, scores in lists.items()} == {
        Tier.TIER1: (85, 100),
        Tier.TIER2: (70, 84),
        Tier.TIER3: (50, 69),
        Tier.TIER4: (0, 49),
    }
    assert sorted(score for scores in lists.values() for score in scores) == list(range(101))


def test_defect_no_new_lead_is_ever_in_tier_1() -> None:
    best = lead(quality=100, source="referral")
    assert score_lead(best, PROFILES["documented"], NOW).value == 67
    assert score_lead(best, PROFILES["balanced"], NOW).tier is Tier.TIER1


def test_defect_weights_that_sum_to_less_than_1_leave_the_best_score_out_of_reach() -> None:
    assert sum(PROFILES["documented"].weights.model_dump().values()) == pytest.approx(0.95)
    best = score_lead(lead(quality=100, source="referral"), PROFILES["balanced"], NOW)
    assert sum(factor.weight for factor in best.factors) == pytest.approx(1)


def test_tiers_begin_at_their_floor() -> None:
    assert {tier: tier_of(floor) for tier, floor in TIER_FLOORS.items()} == {tier: tier for tier in Tier}
