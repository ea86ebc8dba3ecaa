"""Percentiles and small histograms of samples."""

from __future__ import annotations

import math
from collections.abc import Sequence

_BLOCKS = " ▁▂▃▄▅▆▇█"


def percentile(samples: Sequence[float], share: float) -> float | None:
    """The smallest sample that at least `share` (0 to 1) of all samples do not exceed; None without samples."""
    if not samples:
        return None
    return sorted(samples)[max(0, math.ceil(share * len(samples)) - 1)]


def histogram(samples: Sequence[float], bins: int, upper: float) -> list[int]:
    """How many samples fall into each of `bins` equal parts of [0, upper]; larger ones count in the last."""
    counts = [0] * bins
    for sample in samples:
        place = int(sample / upper * bins) if upper > 0 else 0
        counts[min(bins - 1, max(0, place))] += 1
    return counts


def sparkline(counts: Sequence[int]) -> str:
    """One character per count, as high as its share of the largest; anything above zero can be seen."""
    largest = max(counts, default=0)
    if largest == 0:
        return " " * len(counts)
    return "".join(_BLOCKS[math.ceil(count / largest * (len(_BLOCKS) - 1))] for count in counts)


def bar(share: float, width: int) -> str:
    """A bar of at most `width` characters for a share of 0 to 1, in eighths of a character."""
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    if share > 0 and eighths == 0:
        eighths = 1
    full, rest = divmod(eighths, 8)
    return "█" * full + ("▏▎▍▌▋▊▉"[rest - 1] if rest else "")
