"""The report of a run: what Postgres holds of it, as one document."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories import demo_report as queries
from db.repositories.invariants import read_only
from db.session import write_transaction
from services.invariants import InvariantReport
from workers.demo.figures import percentile
from workers.demo.pulse import SETTLED, Pulse
from workers.demo.temporal_view import TemporalView

_RECENT = 6


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True)


class Spread(_Document):
    """Percentiles of `n` samples; None without samples."""

    n: int
    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None

    @classmethod
    def of(cls, samples: Sequence[float], digits: int = 3) -> Spread:
        """The spread of samples, rounded."""

        def at(share: float) -> float | None:
            found = percentile(samples, share)
            return round(found, digits) if found is not None else None

        return cls(n=len(samples), p50=at(0.5), p95=at(0.95), p99=at(0.99), max=at(1.0))


class Lateness(Spread):
    """Milliseconds from a deadline to its breach in the database; `early` counts breaches before the deadline."""

    early: int = 0

    @classmethod
    def of(cls, samples: Sequence[float], digits: int = 1) -> Lateness:
        """The spread of the samples, and how many are negative."""
        return cls(**vars(Spread.of(samples, digits)), early=sum(sample < 0 for sample in samples))


class DemoReport(_Document):
    """Numbers of one run. Only `answer_ms`, `refusals` and `seconds` come from the player, not from Postgres.

    `settled_share` is the share of leads that are contacted or closed. Times are in seconds: arrival to first
    offer, offer to claim, claim to first attempt, arrival until the customer was reached.
    """

    run: str
    leads: int
    window_seconds: float
    seconds: float
    finished: bool
    first_routed_seconds: float | None
    states: dict[str, int]
    settled_share: float
    closings: dict[str, int]
    windows: dict[str, int]
    breaches: dict[str, int]
    reassignments: dict[str, int]
    escalations: int
    transitions: dict[str, int]
    attempts: dict[str, int]
    strategies: dict[str, int]
    times_seconds: dict[str, Spread]
    lateness_ms: Lateness
    answer_ms: Spread
    refusals: dict[str, int]
    invariants: InvariantReport
    temporal: TemporalView
    samples_seconds: dict[str, list[float]]

    @property
    def good(self) -> bool:
        """True when the run was played to its end and nothing is wrong with what it left behind."""
        return (
            self.finished
            and self.invariants.holds
            and self.lateness_ms.early == 0
            and sum(self.states.values()) == self.leads
            and not self.temporal.differing
        )

    def faults(self) -> list[str]:
        """What is wrong, in words; empty for a good run."""
        lost = self.leads - sum(self.states.values())
        found = {
            "the time limit came before every lead was settled": not self.finished,
            f"{len(self.invariants.violations)} violations of invariants": not self.invariants.holds,
            f"{self.lateness_ms.early} breaches before their deadline": self.lateness_ms.early > 0,
            f"{lost} leads are not in the database": lost != 0,
            f"Temporal shows {len(self.temporal.differing)} leads differently": bool(self.temporal.differing),
        }
        return [fault for fault, is_so in found.items() if is_so]


class Played(_Document):
    """What only the player knows of a run."""

    run: str
    leads: int
    window: float
    seconds: float
    finished: bool
    first_routed_seconds: float | None
    answers_ms: tuple[float, ...]
    refusals: dict[str, int]


async def read_pulse(engine: AsyncEngine, prefix: str) -> Pulse:
    """The state of the run now. Raises the errors of db.errors."""
    async with write_transaction(engine) as connection:
        await read_only(connection)
        return Pulse(
            counts=await queries.read_counts(connection, prefix),
            lateness=tuple(await queries.read_lateness(connection, prefix)),
            recent=tuple(await queries.read_recent(connection, prefix, _RECENT)),
        )


async def read_leads(engine: AsyncEngine, prefix: str) -> list[queries.LeadNow]:
    """Every lead of the run with its state."""
    async with write_transaction(engine) as connection:
        await read_only(connection)
        return await queries.read_leads(connection, prefix)


async def read_report(
    engine: AsyncEngine, prefix: str, played: Played, invariants: InvariantReport, temporal: TemporalView
) -> DemoReport:
    """The report of the run whose leads' external ids begin with `prefix`. Raises the errors of db.errors."""
    async with write_transaction(engine) as connection:
        await read_only(connection)
        counts = await queries.read_counts(connection, prefix)
        lateness = await queries.read_lateness(connection, prefix)
        times = await queries.read_times(connection, prefix)
        attempts = await queries.read_attempts(connection, prefix)
        strategies = await queries.read_strategies(connection, prefix)
    settled = sum(count for state, count in counts.states.items() if state in SETTLED)
    return DemoReport(
        run=played.run,
        leads=played.leads,
        window_seconds=played.window,
        seconds=played.seconds,
        finished=played.finished,
        first_routed_seconds=played.first_routed_seconds,
        states=counts.states,
        settled_share=round(settled / max(1, played.leads), 4),
        closings=counts.closings,
        windows=counts.windows,
        breaches=counts.breaches,
        reassignments=counts.reassignments,
        escalations=counts.escalations,
        transitions=counts.kinds,
        attempts=attempts,
        strategies=strategies,
        times_seconds={name: Spread.of(samples) for name, samples in times.items()},
        lateness_ms=Lateness.of(lateness),
        answer_ms=Spread.of(played.answers_ms, 1),
        refusals=played.refusals,
        invariants=invariants,
        temporal=temporal,
        samples_seconds={name: [round(sample, 3) for sample in samples] for name, samples in times.items()},
    )
