"""A policy on its calendar: every deadline and reminder of a lead's windows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.hours.hours import Hours
from domain.ids import LeadId
from domain.sla.policy import SlaPolicy

_NIGHT = timedelta(hours=4)
"""A closure at least as long separates two days; a shorter one is a break."""

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)

_TIME_TO_ACT = timedelta(seconds=2)
"""A warning that leaves less is not given: nobody could act on it, and Temporal may round the timer between the two,
like every timer under a second, up to one second; the window's end would come late for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaClock:
    """Absolute instants from working time. `hours` are the business's, `contact_hours` also the customer's own."""

    policy: SlaPolicy
    hours: Hours
    contact_hours: Hours

    def claim_deadline(self, started_at: datetime) -> datetime:
        """Last instant at which a claim of an offer made at `started_at` is in time."""
        return self.hours.add(started_at, timedelta(seconds=self.policy.claim_seconds))

    def contact_deadline(self, started_at: datetime) -> datetime:
        """Last instant at which a first attempt after a claim at `started_at` is in time."""
        return self.contact_hours.add(started_at, timedelta(seconds=self.policy.contact_seconds))

    def claim_warnings(self, deadline: datetime) -> tuple[datetime, ...]:
        """When the agent is warned of the end of a claim window; counted from its end, which pauses move."""
        return _warnings(self.hours, deadline, self.policy.claim_seconds, self.policy.warnings)

    def contact_warnings(self, deadline: datetime) -> tuple[datetime, ...]:
        """When the agent is warned of the end of a contact window; counted from its end, which pauses move."""
        return _warnings(self.contact_hours, deadline, self.policy.contact_seconds, self.policy.warnings)

    def queue_warnings(self, created_at: datetime, deadline: datetime) -> tuple[datetime, ...]:
        """When a lead that waits is about to wait too long, put off to the opening; queues run on wall-clock time."""
        return tuple(
            self.hours.next_open(created_at + fraction * (deadline - created_at)) for fraction in self.policy.warnings
        )

    def escalation_deadline(self, started_at: datetime, level: int) -> datetime:
        """When an unclaimed escalated lead is raised again: by working time, the next day after the last level."""
        if level >= self.policy.escalation_levels:
            return self.hours.next_open(started_at + timedelta(days=1))
        return self.hours.add(started_at, timedelta(seconds=self.policy.escalation_seconds))

    def outcome_deadline(self, started_at: datetime) -> datetime:
        """When a lead without an outcome is closed as expired."""
        return started_at + timedelta(days=self.policy.outcome_days)

    def opening(self, at: datetime) -> datetime | None:
        """When the calendar opens next; None while it is open."""
        return None if self.hours.is_open(at) else self.hours.next_open(at)

    def spread(self, opening: datetime, lead_id: LeadId) -> datetime:
        """The lead's own instant after the opening, so that those who waited do not come all at once."""
        # The last byte: a version-7 id begins with the time and leads of one second would come together.
        return opening + timedelta(seconds=self.policy.opening_spread_seconds * (lead_id.bytes[-1] / 256))

    def follow_up(self, attempted_at: datetime, attempts: int) -> datetime:
        """When a customer who did not answer attempt number `attempts` is to be tried again."""
        step = self.policy.follow_ups.step_after(attempts)
        again = attempted_at + timedelta(minutes=step) if step != "next_morning" else self._next_morning(attempted_at)
        return self.contact_hours.next_open(again)

    def moved(self, deadline: datetime, stopped_at: datetime, at: datetime, *, contact: bool = False) -> datetime:
        """The deadline of a window that stood still from `stopped_at` until `at`: the working time left, from `at`."""
        hours = self.contact_hours if contact else self.hours
        return hours.add(at, max(hours.between(stopped_at, deadline), timedelta()))

    def _next_morning(self, at: datetime) -> datetime:
        # The office's day first: the customer's hours do not shorten it. Where it has no night, theirs do for a day.
        for limit in (_DAY, _WEEK):
            for hours in (self.hours, self.contact_hours):
                opens = _next_morning(hours, at, limit)
                if opens is not None:
                    return opens
        # Where it never closes for a night, the next morning is a day later.
        return at + _DAY


def _warnings(hours: Hours, deadline: datetime, seconds: int, fractions: Iterable[float]) -> tuple[datetime, ...]:
    left = (timedelta(seconds=seconds * (1 - fraction)) for fraction in fractions)
    # What is left may begin exactly at an opening: nobody is warned at the closing before it.
    return tuple(hours.next_open(hours.subtract(deadline, time)) for time in left if time >= _TIME_TO_ACT)


def _next_morning(hours: Hours, at: datetime, limit: timedelta) -> datetime | None:
    """The opening after the night in which `at` lies, or after the one that begins next; None when none does soon."""
    closes = hours.next_close(at) if hours.is_open(at) else next(iter(hours.before(at))).ends_at
    while closes is not None and closes - at < limit:
        opens = hours.next_open(closes)
        if opens - closes >= _NIGHT:
            return opens
        closes = hours.next_close(opens)
    return None
