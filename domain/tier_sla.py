"""The tier's own limit: by when a lead has to be assigned, counted from its creation, and how much of it is gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from domain.tier import TIER_HOURS, Tier


class SlaStatus(StrEnum):
    """How far a limit is used up."""

    COMPLIANT = "compliant"
    WARNING = "warning"
    CRITICAL = "critical"
    BREACHED = "breached"


SLA_SHARES: dict[SlaStatus, float] = {SlaStatus.BREACHED: 1.0, SlaStatus.CRITICAL: 0.90, SlaStatus.WARNING: 0.75}
"""Share of the limit from which a status holds, the gravest first; below all of them a lead is compliant."""


def tier_expiry(tier: Tier, created_at: datetime) -> datetime:
    """End of the tier's limit: 2, 24, 48 or 168 hours after creation, whether it is past or not."""
    return created_at + timedelta(hours=TIER_HOURS[tier])


def tier_status(tier: Tier, created_at: datetime, now: datetime) -> SlaStatus:
    """Status by the share of the tier's limit that is gone: >= 0.75 warning, >= 0.90 critical, >= 1 breached.

    Source: the routing migration's scoring service. Unlike a claim, which exactly at its deadline is in time, a limit
    that is used up is breached.
    """
    gone = (now - created_at) / timedelta(hours=TIER_HOURS[tier])
    return next((status for status, share in SLA_SHARES.items() if gone >= share), SlaStatus.COMPLIANT)
