"""Percentiles, and facts about the machine that a figure was taken on."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version

import psutil


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie; 0.0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def machine() -> dict[str, object]:
    """Processor count, memory, system and the versions that matter."""
    return {
        "cpus": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("temporalio", "sqlalchemy", "asyncpg", "pydantic")},
    }
