"""Dynamic adjustments: points beside the weighted factors.

Source of the numbers: the routing migration's scoring service, which computes and shows them and never adds them.
Here they are shown as well, and added only where a profile enables them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, field_validator

from domain.routing.agent import InsuranceLine
from domain.scoring.facts import ScoreFacts
from domain.scoring.values import Points, SourceName


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """Points of one adjustment, and whether they are part of the score."""

    name: str
    points: float
    applied: bool


class ScoringAdjustments(BaseModel):
    """What the adjustments are worth. Defaults are the documented ones, off.

    After `wait_after_hours` in a queue a lead gets `wait_points_per_day`, by the hour, at most `wait_limit`. A market
    multiplier m gives 100 (m - 1) points. `commission` is points per line, `other_commission` those of any other line
    and of a lead without one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    enabled: bool = False
    wait_after_hours: float = Field(default=24.0, ge=0)
    wait_points_per_day: Points = 2.0
    wait_limit: Points = 15.0
    sources: dict[SourceName, Points] = Field(default_factory=lambda: {"website": 5.0})
    market_multiplier: float = Field(default=1.0, ge=0, le=2)
    commission: dict[str, Points] = Field(default_factory=lambda: {InsuranceLine.COMMERCIAL.value: 8.0})
    other_commission: Points = 5.0
    previous_policies: Points = 10.0

    @field_validator("commission")
    @classmethod
    def _lines_exist(cls, value: dict[str, float]) -> dict[str, float]:
        if unknown := sorted(set(value) - set(InsuranceLine)):
            raise ValueError(f"no such line: {', '.join(unknown)}; use one of {', '.join(InsuranceLine)}")
        return value


def adjustments_of(facts: ScoreFacts, rules: ScoringAdjustments, now: datetime) -> tuple[Adjustment, ...]:
    """Every adjustment, those of 0 points too; applied when the rules are enabled.

    Their sum is the documented total: time in queue + source + commission + previous policies + 100 (multiplier - 1),
    with time in queue = min(15, hours / 24 * 2) after more than 24 hours.
    """
    hours = (now - facts.enqueued_at).total_seconds() / 3600 if facts.enqueued_at else 0.0
    waited = min(rules.wait_limit, hours / 24 * rules.wait_points_per_day) if hours > rules.wait_after_hours else 0.0
    points = {
        "time_in_queue": waited,
        "source": rules.sources.get(facts.source_key, 0.0),
        "market": (rules.market_multiplier - 1) * 100,
        "commission": rules.commission.get(facts.line or "", rules.other_commission),
        "previous_policies": rules.previous_policies if facts.has_previous_policies else 0.0,
    }
    return tuple(Adjustment(name=name, points=round(value, 6), applied=rules.enabled) for name, value in points.items())
