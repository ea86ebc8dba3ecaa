"""The state of a run while it is played, as read from Postgres once a second."""

from __future__ import annotations

from dataclasses import dataclass

from db.repositories.demo_report import Counts, Happening
from domain.lifecycle.state import LifecycleState

SETTLED = frozenset({LifecycleState.CONTACTED, LifecycleState.CLOSED})
"""Nobody has to hurry any more: the customer was talked to, or the life is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What has happened so far. `lateness` is in milliseconds, one for each missed window."""

    counts: Counts
    lateness: tuple[float, ...]
    recent: tuple[Happening, ...]

    @property
    def total(self) -> int:
        """Leads that have arrived."""
        return sum(self.counts.states.values())

    @property
    def settled(self) -> bool:
        """True when every lead that has arrived is contacted or closed."""
        return all(state in SETTLED for state in self.counts.states)
