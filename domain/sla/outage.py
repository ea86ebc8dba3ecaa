"""A time during which no agent could act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """From the last sign of life until the next one. `ends_at` of one that goes on is the newest look at it."""

    starts_at: datetime
    ends_at: datetime
