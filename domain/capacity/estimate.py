"""An estimate of a count: what is expected, and between which counts it will probably lie."""

from __future__ import annotations

import math
from typing import Final

from pydantic import BaseModel, ConfigDict

CONFIDENCE: Final = 0.80
"""Share of the intervals that should hold what they are about."""


class Estimate(BaseModel):
    """A count: its expectation, and the interval `low`..`high`, both included."""

    model_config = ConfigDict(frozen=True)

    expected: float
    low: int
    high: int


def estimate(mean: float, variance: float) -> Estimate:
    """The central interval of a count with this mean and variance: Poisson, or negative binomial when it is wider.

    A variance below the mean counts as the mean: no forecast here is better than chance.
    """
    # Loading the distributions takes longer than everything else that a process without forecasts does at start.
    from scipy.stats import nbinom, poisson

    if mean <= 0:
        return Estimate(expected=0.0, low=0, high=0)
    tails = (1 - CONFIDENCE) / 2
    if variance <= mean * (1 + 1e-9):
        low, high = poisson.ppf(tails, mean), poisson.ppf(1 - tails, mean)
    else:
        size = mean**2 / (variance - mean)
        low, high = (nbinom.ppf(share, size, size / (size + mean)) for share in (tails, 1 - tails))
    return Estimate(expected=round(mean, 1), low=math.floor(low), high=math.ceil(high))
