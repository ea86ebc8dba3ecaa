"""What the next hours bring: arrivals, completions, and what that leaves of free slots.

Learned from history, and an interval; the routing migration's capacity service has constants there instead
(arrivals: a lead per 20 minutes in busy hours, else per 40; completions: two per 30 minutes).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from domain.capacity.arrivals import ArrivalRates, Counts, learn_rates
from domain.capacity.estimate import CONFIDENCE, Estimate, estimate
from domain.capacity.local_hours import LocalHour, local_hours
from domain.capacity.pool import AgentLoad
from domain.capacity.workload import Flow, Inflow, work_off

MIN_DAYS = 7
MIN_LEADS = 30
"""With less there is no forecast: of arrivals for less than these, of completions for fewer handled leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """Leads whose live work is over: how many, and for how many hours each took slots (mean, standard deviation)."""

    leads: int
    mean_hours: float
    deviation_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a forecast rests on: arrivals since `since`, and how long leads took slots."""

    since: datetime
    arrivals: Counts
    handling: Handling


class Basis(BaseModel):
    """What the numbers rest on. `dispersion` is the variance between days of a kind, where 1 is pure chance."""

    model_config = ConfigDict(frozen=True)

    weeks: float
    leads: int
    dispersion: float | None
    handled_leads: int
    slot_minutes_per_lead: float | None
    slots: int


class HourOfArrivals(BaseModel):
    """Expected arrivals from `starts_at` to the next full hour."""

    model_config = ConfigDict(frozen=True)

    starts_at: datetime
    expected: float


class Forecast(BaseModel):
    """The hours after `at`. None: too little history; `missing` says of what.

    `completions` are leads that give their slot back; the last two are as they will be when the hours are over.
    """

    model_config = ConfigDict(frozen=True)

    at: datetime
    hours: int
    confidence: float = CONFIDENCE
    live_now: int
    free_now: int
    waiting_now: int
    arrivals: Estimate | None = None
    by_hour: tuple[HourOfArrivals, ...] = ()
    completions: Estimate | None = None
    free_then: Estimate | None = None
    waiting_then: Estimate | None = None
    basis: Basis
    missing: tuple[str, ...] = ()


def forecast(
    history: History, pool: Sequence[AgentLoad], waiting: int, *, now: datetime, hours: int, zone: ZoneInfo
) -> Forecast:
    """The next `hours` as if those at work now stayed, with `waiting` leads in the queues.

    Hours of the week are those of `zone`. How it is calculated: docs/how-to/capacity.md.
    """
    handling = history.handling
    days, leads = (now - history.since) / timedelta(days=1), sum(history.arrivals.values())
    live, free = sum(agent.load for agent in pool), sum(agent.free for agent in pool)
    no_arrivals, no_completions = _lacking(days, leads, handling)
    rates = None if no_arrivals else learn_rates(history.arrivals, history.since, now, zone)
    basis = Basis(
        weeks=round(days / 7, 1),
        leads=leads,
        dispersion=round(rates.dispersion, 2) if rates else None,
        handled_leads=handling.leads,
        slot_minutes_per_lead=round(handling.mean_hours * 60, 1) if handling.leads else None,
        slots=live + free,
    )
    answer = Forecast(
        at=now,
        hours=hours,
        live_now=live,
        free_now=free,
        waiting_now=waiting,
        basis=basis,
        missing=(*no_arrivals, *no_completions),
    )
    if rates is None:
        return answer
    ahead = list(local_hours(now, now + timedelta(hours=hours), zone))
    arrivals = estimate(rates.mean(ahead), rates.variance(ahead))
    by_hour = tuple(
        HourOfArrivals(starts_at=hour.starts_at, expected=round(rates.at(hour).mean * hour.length, 2)) for hour in ahead
    )
    answer = answer.model_copy(update={"arrivals": arrivals, "by_hour": by_hour})
    if no_completions:
        return answer
    return answer.model_copy(
        update=_work(rates, ahead, arrivals, handling, present=live + waiting, slots=live + free),
    )


def _lacking(days: float, leads: int, handling: Handling) -> tuple[list[str], list[str]]:
    """What there is too little of, for the arrivals and for the completions."""
    arrivals, completions = [], []
    if days < MIN_DAYS or leads < MIN_LEADS:
        found = f"{days:.1f} days of history with {leads} leads"
        arrivals.append(f"arrivals: {found}; it takes {MIN_DAYS} days and {MIN_LEADS} leads")
        completions.append("completions: they depend on the arrivals")
    if handling.leads < MIN_LEADS or handling.mean_hours <= 0:
        completions = [f"completions: {handling.leads} leads whose live work is over; it takes {MIN_LEADS}"]
    return arrivals, completions


def _work(
    rates: ArrivalRates,
    ahead: Sequence[LocalHour],
    arrivals: Estimate,
    handling: Handling,
    *,
    present: int,
    slots: int,
) -> dict[str, Estimate]:
    """The work as it flows with few, the usual and many arrivals."""
    mean = rates.mean(ahead)

    def flow(leads: float) -> Flow:
        share = leads / mean if mean else 0.0
        inflows = [Inflow(leads=rates.at(hour).mean * hour.length * share, hours=hour.length) for hour in ahead]
        return work_off(present, inflows, slots=slots, mean_hours=handling.mean_hours)

    few, usual, many = flow(arrivals.low), flow(mean), flow(arrivals.high)
    passed_on = (many.completed - few.completed) / max(1, arrivals.high - arrivals.low)
    relative = (handling.deviation_hours / handling.mean_hours) ** 2
    # Chance in the arrivals is chance in the completions too: the wider of the two counts, not their sum.
    chance = max(usual.completed * max(1.0, relative), passed_on**2 * rates.variance(ahead))
    unsure = usual.completed**2 * relative / handling.leads
    return {
        "completions": estimate(usual.completed, chance + unsure),
        "free_then": _between(*(max(0.0, slots - after.present) for after in (many, usual, few))),
        "waiting_then": _between(*(max(0.0, after.present - slots) for after in (few, usual, many))),
    }


def _between(low: float, expected: float, high: float) -> Estimate:
    return Estimate(expected=round(expected, 1), low=math.floor(low), high=math.ceil(high))
