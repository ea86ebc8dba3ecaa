"""How the ledger keeps a score: with everything that made it."""

from __future__ import annotations

from domain.scoring.score import Score


def score_explanation(score: Score) -> dict[str, object]:
    """The profile, each factor and each adjustment as plain JSON."""
    return {
        "profile": score.profile,
        "factors": {
            factor.name: {"value": factor.value, "weight": factor.weight, "points": round(factor.contribution, 6)}
            for factor in score.factors
        },
        "adjustments": {
            adjustment.name: {"points": adjustment.points, "applied": adjustment.applied}
            for adjustment in score.adjustments
        },
    }
