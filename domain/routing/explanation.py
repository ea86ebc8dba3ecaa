"""What is said about a routing decision: taken from its record, never decided anew.

It holds ids, codes, counts and numbers; nothing personal.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.routing.fitness import Fitness, response_minutes


class Outcome(StrEnum):
    """Where the decision sent the lead. `given` is by hand, `claimed` by whoever took an escalated or offered lead."""

    OFFERED = "offered"
    INVITED = "invited"
    GIVEN = "given"
    CLAIMED = "claimed"
    QUEUED = "queued"
    HELD = "held"
    ESCALATED = "escalated"


class Impact(StrEnum):
    """What a factor did for a candidate."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


class Verdict(StrEnum):
    """What became of one agent in a decision.

    `lost` had no free slot any more when the lead was committed, `left_out` was eligible and not ranked by the
    strategy, `not_considered` is not in the record, `not_kept` cannot be said because the inputs are pruned.
    """

    CHOSEN = "chosen"
    INVITED = "invited"
    RANKED = "ranked"
    LOST = "lost"
    LEFT_OUT = "left_out"
    DROPPED = "dropped"
    NOT_CONSIDERED = "not_considered"
    NOT_KEPT = "not_kept"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class FactorShown(_Part):
    """A factor of an agent's fitness, 0..100. `capacity` is 100 - utilization."""

    name: str
    value: float
    impact: Impact


class CandidateShown(_Part):
    """An agent that could have had the lead. `rank` counts from 1, `fitness` is 0..100.

    `response_minutes` is the documented estimate, `confidence` the documented heuristic, not a probability.
    """

    rank: int | None
    agent: UUID
    fitness: float
    factors: tuple[FactorShown, ...]
    utilization: float
    response_minutes: int
    confidence: float
    preferred: bool = False
    lost: bool = False


class ScoreFactor(_Part):
    """What one factor added to the lead's score; `points` is value times weight."""

    name: str
    value: float
    weight: float
    points: float


class ScoreAdjustment(_Part):
    """Points beside the factors; part of the score only when applied."""

    name: str
    points: float
    applied: bool


class ScoreShown(_Part):
    """The lead's score at that time."""

    value: float
    tier: str | None
    profile: str | None
    factors: tuple[ScoreFactor, ...]
    adjustments: tuple[ScoreAdjustment, ...]


class RuleShown(_Part):
    """A rule that fired. `name` is None when the reader may not see it, or nothing names it any more."""

    effect: str
    id: UUID | None
    name: str | None


class StrategyShown(_Part):
    """The strategy: settings other than the defaults, seed, what separated the first two, and its own notes."""

    name: str
    settings: Mapping[str, Any]
    seed: int | None
    tie_break: str | None
    notes: Mapping[str, Any]


class DroppedGroup(_Part):
    """How many agents failed the same filter first."""

    reason: str
    count: int
    meaning: str


class AgentAnswer(_Part):
    """Why, or why not, one agent: the reason code, or its rank and factors beside the winner's."""

    agent: UUID
    verdict: Verdict
    reason: str | None = None
    meaning: str | None = None
    rank: int | None = None
    ranked: int | None = None
    candidate: CandidateShown | None = None
    winner: CandidateShown | None = None
    sentences: tuple[str, ...] = ()


class Explanation(_Part):
    """One decision about a lead. `sentences` say in plain words what the other members hold.

    `by` is the role of whoever's command led to it, `code` why nobody got the lead or why it was escalated.
    `inputs_kept` is False when what the decision looked at was pruned, or when a person decided; `considered` and
    `eligible` are None when nobody counted them. `ranked` is how many were tried in order, `rank` whose turn it was.
    `overruled` are the reason codes that somebody who gave the lead by hand set aside.
    `decisions` are the seqs of all decisions about the lead, oldest first.
    """

    lead_id: UUID
    seq: int
    at: datetime
    config_version: int | None
    outcome: Outcome
    agent: UUID | None
    by: str
    code: str | None
    until: datetime | None
    queue: str | None
    invited: int
    forced: bool
    overruled: tuple[str, ...]
    preferred: bool
    inputs_kept: bool
    score: ScoreShown | None
    rules: tuple[RuleShown, ...]
    strategy: StrategyShown | None
    considered: int | None
    eligible: int | None
    ranked: int | None
    rank: int | None
    lost: int
    candidates: tuple[CandidateShown, ...]
    dropped: tuple[DroppedGroup, ...]
    decisions: tuple[int, ...] = ()
    sentences: tuple[str, ...] = ()
    answer: AgentAnswer | None = None


def impact_of(value: float) -> Impact:
    """Above 70 positive, above 40 neutral, else negative. Source: the routing migration's explanation."""
    if value > 70:
        return Impact.POSITIVE
    return Impact.NEUTRAL if value > 40 else Impact.NEGATIVE


def confidence_of(fitness: float) -> float:
    """0.9 for a fitness above 80, 0.75 above 60, else 0.5. Source: the routing migration's explanation.

    A heuristic, as documented there: nothing was measured, and it is no probability.
    """
    if fitness > 80:
        return 0.9
    return 0.75 if fitness > 60 else 0.5


def candidate_shown(
    agent: UUID, fitness: Fitness, *, rank: int | None, preferred: bool = False, lost: bool = False
) -> CandidateShown:
    """A candidate with what follows from its factors alone."""
    values = {
        "specialization": fitness.specialization,
        "performance": fitness.performance,
        "availability": fitness.availability,
        "capacity": max(0.0, 100 - fitness.utilization),
    }
    return CandidateShown(
        rank=rank,
        agent=agent,
        fitness=fitness.total,
        factors=tuple(FactorShown(name=name, value=value, impact=impact_of(value)) for name, value in values.items()),
        utilization=fitness.utilization,
        response_minutes=response_minutes(fitness),
        confidence=confidence_of(fitness.total),
        preferred=preferred,
        lost=lost,
    )
