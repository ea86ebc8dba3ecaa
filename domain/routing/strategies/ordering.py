"""Total orders of candidates: named criteria, one after the other, so that the record can say what decided."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from domain.ids import AgentId
from domain.routing.candidate import Candidate, Ranking

Criterion = tuple[str, Callable[[Candidate], float]]
"""A name and a key; the lower key goes first."""

_NOTED = 20

_PREFERRED: Criterion = ("preferred", lambda candidate: not candidate.preferred)
FITNESS: Criterion = ("fitness", lambda candidate: -candidate.fitness.total)
UTILIZATION: Criterion = ("utilization", lambda candidate: candidate.utilization)
IDLE: Criterion = (
    "idle",
    lambda candidate: -math.inf if candidate.last_assigned_at is None else candidate.last_assigned_at.timestamp(),
)
_ID: Criterion = ("id", lambda candidate: candidate.agent_id.int)


def ranked(
    candidates: Sequence[Candidate],
    *criteria: Criterion,
    notes: Callable[[Sequence[Candidate]], Mapping[str, Any]] = lambda _: {},
) -> Ranking:
    """Preferred candidates first, then by the criteria, at last by id. `notes` sees the finished order."""
    chain = (_PREFERRED, *criteria, _ID)
    keyed = sorted(
        ((tuple(key(candidate) for _, key in chain), candidate) for candidate in candidates), key=itemgetter(0)
    )
    order = tuple(candidate for _, candidate in keyed)
    tie_break = None
    if len(keyed) > 1:
        (first, _), (second, _) = keyed[:2]
        tie_break = next(name for (name, _), one, other in zip(chain, first, second, strict=True) if one != other)
    return Ranking(order=order, tie_break=tie_break, notes=notes(order))


def noted(name: str, values: Mapping[AgentId, float]) -> Callable[[Sequence[Candidate]], Mapping[str, Any]]:
    """Notes that keep the value of each of the first twenty, under one name."""
    return lambda order: {name: {str(one.agent_id): values[one.agent_id] for one in order[:_NOTED]}}
