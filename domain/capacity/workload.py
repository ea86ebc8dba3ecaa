"""Live work as it flows: leads arrive, take a slot when there is one, and give it back."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

_STEP_HOURS = 1 / 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflow:
    """`leads` arrive, evenly, in `hours`."""

    leads: float
    hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What became of it: leads that gave their slot back, and leads in live work or waiting at the end."""

    completed: float
    present: float


def work_off(present: float, inflows: Iterable[Inflow], *, slots: int, mean_hours: float) -> Flow:
    """Leads that are `present` (in a slot or waiting) and those that arrive, worked off by `slots` slots.

    A lead keeps its slot for `mean_hours` on average; as in a queue with exponential times, slots that are taken
    give back 1 / mean_hours per hour each. Expectations, not counts.
    """
    completed = 0.0
    for inflow in inflows:
        steps = max(1, math.ceil(inflow.hours / _STEP_HOURS))
        hours, arriving = inflow.hours / steps, inflow.leads / steps
        for _ in range(steps):
            before = present + arriving
            present = _one_step(present, arriving, hours, slots, mean_hours)
            completed += before - present
    return Flow(completed=completed, present=present)


def _one_step(present: float, arriving: float, hours: float, slots: int, mean_hours: float) -> float:
    if present >= slots:
        return max(0.0, present + arriving - slots * hours / mean_hours)
    settled = arriving / hours * mean_hours
    return settled + (present - settled) * math.exp(-hours / mean_hours)
