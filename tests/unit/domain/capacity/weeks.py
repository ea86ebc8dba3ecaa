"""Made-up arrivals, and a small queueing system to compare forecasts with."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def hourly(weekday: int, hour: int) -> float:
    """Leads per hour: busy office hours on weekdays, little otherwise."""
    if weekday >= 5:
        return 0.3
    return 6.0 if 9 <= hour < 18 else 0.5


def instants(source: random.Random, start: datetime, hours: float, busier: float = 1.0) -> list[datetime]:
    """Poisson arrivals at the hourly rates."""
    most, found, at = 6.0 * busier, [], 0.0
    while (at := at + source.expovariate(most)) < hours:
        moment = start + timedelta(hours=at)
        if source.random() < hourly(moment.weekday(), moment.hour) * busier / most:
            found.append(moment)
    return found


def count(arrivals: list[datetime]) -> Counter[tuple[date, int]]:
    """By day and hour."""
    return Counter((moment.date(), moment.hour) for moment in arrivals)


def completed(
    source: random.Random, arrivals: list[datetime], start: datetime, hours: float, *, slots: int, mean_hours: float
) -> int:
    """How many of these leads an empty pool finishes in that time, with exponential times in a slot."""
    ends: list[float] = []
    done = 0
    for moment in arrivals:
        came = (moment - start) / timedelta(hours=1)
        begins = came if len(ends) < slots else max(came, heapq.heappop(ends))
        end = begins + source.expovariate(1 / mean_hours)
        heapq.heappush(ends, end)
        done += end <= hours
    return done
