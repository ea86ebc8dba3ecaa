"""The tier's limit from creation: its end, and its status by the share that is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tier import TIER_HOURS, Tier
from domain.tier_sla import SlaStatus, tier_expiry, tier_status
from tests.unit.domain.scoring_page import NOW

STEP = timedelta(microseconds=1)


@pytest.mark.parametrize(("tier", "hours"), [("Tier1", 2), ("Tier2", 24), ("Tier3", 48), ("Tier4", 168)])
def test_the_limit_ends_so_many_hours_after_creation(tier: str, hours: int) -> None:
    assert tier_expiry(Tier(tier), NOW) == NOW + timedelta(hours=hours)


@pytest.mark.parametrize("tier", Tier)
@pytest.mark.parametrize(
    ("share", "before", "after"),
    [(0.75, "compliant", "warning"), (0.90, "warning", "critical"), (1.0, "critical", "breached")],
)
def test_a_status_holds_from_exactly_its_share(tier: Tier, share: float, before: str, after: str) -> None:
    at = NOW + share * timedelta(hours=TIER_HOURS[tier])
    assert tier_status(tier, NOW, at - STEP) == before
    assert tier_status(tier, NOW, at) == after


@pytest.mark.parametrize("tier", Tier)
def test_a_lead_that_has_just_arrived_is_compliant(tier: Tier) -> None:
    assert tier_status(tier, NOW, NOW) is SlaStatus.COMPLIANT


@given(tier=st.sampled_from(Tier), hours=st.tuples(st.floats(-1, 400), st.floats(-1, 400)))
def test_a_status_only_gets_worse_and_breached_is_past_the_end(tier: Tier, hours: tuple[float, float]) -> None:
    order = list(SlaStatus)
    earlier, later = (NOW + timedelta(hours=hour) for hour in sorted(hours))
    statuses = [tier_status(tier, NOW, at) for at in (earlier, later)]
    assert order.index(statuses[0]) <= order.index(statuses[1])
    assert (statuses[1] is SlaStatus.BREACHED) == (later >= tier_expiry(tier, NOW))
