"""Turns: how agents of a pool are counted by the strategies that share leads out evenly.

A turn is one assignment. Whoever joins later starts with a calibration instead of zero, so nobody's count is ever
reset. A turn that was worth nothing is credited back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from domain.ids import AgentId
from domain.lifecycle.state import CloseReason


def calibration_for_newcomer(standings: Mapping[AgentId, int], weights: Mapping[AgentId, float], weight: float) -> int:
    """Where a newcomer of this weight starts: what it would have by now, rounded down.

    floor(sum of standings / sum of weights * weight) over the members with a weight above 0, where a standing is
    turns + calibration and an agent that is not in `weights` weighs 1 (always so for round_robin). 0 in an empty
    pool.
    """
    sharing = {agent: _exact(weights.get(agent, 1.0)) for agent in standings if weights.get(agent, 1.0) > 0}
    if not sharing:
        return 0
    return math.floor(sum(standings[agent] for agent in sharing) * _exact(weight) / sum(sharing.values()))


def _exact(weight: float) -> Fraction:
    # The decimal that was written: as a float, 0.1 is a little more, and a whole number would be rounded down to
    # the one below it.
    return Fraction(str(weight))


def earns_credit(reason: CloseReason) -> bool:
    """True when the agent gets its turn back (turns - 1): the lead was a duplicate or invalid."""
    return reason in (CloseReason.DUPLICATE, CloseReason.INVALID)
