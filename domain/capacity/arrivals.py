"""When leads arrive: a rate for every hour of the week, learned from counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.capacity.local_hours import LocalHour, local_hours

Counts = Mapping[tuple[date, int], int]
"""Arrivals by local day and local hour; what is absent is 0."""

_PRIOR_WEEKS = 2.0
_WEEK = 7
_DAY = 24
_DAYS_TO_COMPARE = 14
_WeekHour = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Leads per hour, and the variance that few weeks of counts leave in that figure."""

    mean: float
    variance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalRates:
    """A rate for each (weekday, hour), Monday 0. `dispersion` >= 1: variance between days, 1 is pure chance."""

    by_hour: Mapping[_WeekHour, Rate]
    dispersion: float

    def at(self, hour: LocalHour) -> Rate:
        """The rate in that hour."""
        return self.by_hour[_week_hour(hour)]

    def mean(self, hours: Iterable[LocalHour]) -> float:
        """Expected arrivals in these hours."""
        return sum(self.at(hour).mean * hour.length for hour in hours)

    def variance(self, hours: Sequence[LocalHour]) -> float:
        """Variance of the arrivals in these hours: of the days, and of the rates themselves."""
        unsure = sum(self.at(hour).variance * hour.length**2 for hour in hours)
        return self.dispersion * self.mean(hours) + unsure


def learn_rates(counts: Counts, start: datetime, end: datetime, zone: ZoneInfo) -> ArrivalRates:
    """Rates from the counts between `start` and `end`, which must not be the same instant.

    Gamma-Poisson: an hour of the week that was seen k times is believed with weight k / (k + 2). The rest is what
    the time of day and the day of the week let expect, each of which counts one average day as seen already.
    """
    hours = list(local_hours(start, end, zone))
    seen: defaultdict[_WeekHour, float] = defaultdict(float)
    arrived: defaultdict[_WeekHour, int] = defaultdict(int)
    for hour in hours:
        seen[_week_hour(hour)] += hour.length
    for (day, at), count in counts.items():
        arrived[day.weekday(), at] += count
    overall = sum(arrived.values()) / sum(seen.values())

    def factor(cells: list[_WeekHour], prior_hours: float) -> float:
        """How much busier these hours are than the average one."""
        expected = overall * (sum(seen[cell] for cell in cells) + prior_hours)
        return (sum(arrived[cell] for cell in cells) + overall * prior_hours) / expected if expected else 1.0

    of_day = [factor([(weekday, at) for at in range(_DAY)], prior_hours=_DAY) for weekday in range(_WEEK)]
    of_hour = [factor([(weekday, at) for weekday in range(_WEEK)], prior_hours=1) for at in range(_DAY)]
    by_hour = {}
    for weekday in range(_WEEK):
        for at in range(_DAY):
            weeks = seen[weekday, at] + _PRIOR_WEEKS
            prior = overall * of_day[weekday] * of_hour[at]
            mean = (arrived[weekday, at] + _PRIOR_WEEKS * prior) / weeks
            by_hour[weekday, at] = Rate(mean=mean, variance=mean / weeks)
    rates = ArrivalRates(by_hour=by_hour, dispersion=1.0)
    return ArrivalRates(by_hour=by_hour, dispersion=_dispersion(rates, hours, counts))


def _dispersion(rates: ArrivalRates, hours: Sequence[LocalHour], counts: Counts) -> float:
    """Pearson's chi-square of the days' totals per degree of freedom; 1 where days of a kind were hardly repeated."""
    days: defaultdict[date, float] = defaultdict(float)
    for hour in hours:
        days[hour.day] += rates.at(hour).mean * hour.length
    if len(days) < _DAYS_TO_COMPARE:
        return 1.0
    totals: defaultdict[date, int] = defaultdict(int)
    for (day, _), count in counts.items():
        totals[day] += count
    chi_square = sum((totals[day] - mean) ** 2 / mean for day, mean in days.items() if mean > 0)
    return max(1.0, chi_square / (len(days) - _WEEK))


def _week_hour(hour: LocalHour) -> _WeekHour:
    return hour.day.weekday(), hour.hour
