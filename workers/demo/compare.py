"""The same leads under one strategy after the other, and what became of them under each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from statistics import fmean

from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories import demo_report as queries
from db.repositories.invariants import read_only
from db.session import create_engines, write_transaction
from domain.errors import ConfigurationError, InvalidInputError
from domain.lifecycle.state import LifecycleState
from domain.routing.strategy_settings import StrategyName, StrategySettings
from services.invariants import Violation
from workers.demo.api_client import ApiClient
from workers.demo.board import Frame
from workers.demo.report import DemoReport
from workers.demo.run import Run, play_run
from workers.demo.stage import read_strategy, set_stage

# Nobody is named who could place every lead by hand, and the players answer an offer to one agent only.
_NOT_PLAYED = frozenset({StrategyName.MANUAL, StrategyName.BROADCAST})
_MILLISECONDS = 1000


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True)


class TimeToAssign(_Document):
    """Milliseconds from a lead's arrival to its first offer; None when no lead had one."""

    p50: float | None
    p95: float | None


class StrategyResult(_Document):
    """What became of the leads under one strategy.

    `mean_fitness` is the mean of the total fitness (0..100) recorded with each assignment that the strategy made,
    None when it made none; `fairness` is Jain's index of their number per agent; `contacted` counts leads whose
    customer was reached.
    """

    run: str
    leads: int
    contacted: int
    mean_fitness: float | None
    fairness: float
    breaches: int
    violations: tuple[Violation, ...]
    time_to_assign_ms: TimeToAssign


class Comparison(_Document):
    """One result per strategy in the order in which they were played, and the full report of each run."""

    leads: int
    window_seconds: float
    compare: dict[str, StrategyResult]
    runs: dict[str, DemoReport]

    @property
    def good(self) -> bool:
        """True when every run was good."""
        return all(report.good for report in self.runs.values())

    def faults(self) -> list[str]:
        """What is wrong, in words, with the strategy it happened under; empty when all is well."""
        return [f"{name}: {fault}" for name, report in self.runs.items() for fault in report.faults()]


def strategies_named(names: str) -> tuple[StrategyName, ...]:
    """The strategies of a list with commas, each once. Raises InvalidInputError for one that cannot be played."""
    playable = [name for name in StrategyName if name not in _NOT_PLAYED]
    named = dict.fromkeys(name.strip() for name in names.split(",") if name.strip())
    unknown = [name for name in named if name not in playable]
    if unknown or not named:
        raise InvalidInputError("compare", f"{', '.join(unknown) or 'nothing'}: name some of {', '.join(playable)}")
    return tuple(StrategyName(name) for name in named)


def jain_index(counts: Sequence[int]) -> float:
    """How evenly things are shared out: 1 when all have the same, 1/n when one of n has everything; 1 for nothing.

    (Σx)² / (n Σx²). Source: R. Jain, D. Chiu, W. Hawe, "A Quantitative Measure of Fairness and Discrimination for
    Resource Allocation in Shared Computer Systems", DEC-TR-301, 1984.
    """
    squares = sum(count * count for count in counts)
    return sum(counts) ** 2 / (len(counts) * squares) if squares else 1.0


async def compare_strategies(
    run: Run,
    strategies: Sequence[StrategyName],
    show: Callable[[Frame], None],
    say: Callable[[str], None],
    stopping: Callable[[], bool],
    *,
    begun: float,
) -> Comparison | None:
    """Play the run once per strategy; None when `stopping` came first. `say` gets a line before each.

    Before the next strategy begins, what is left of the leads is withdrawn, so that every strategy finds the agents
    without leads, and turns are counted in a pool of their own. The strategy that was configured before is
    configured again at the end. Raises what `play_run` raises.
    """
    known = run.endpoints
    if known.api_url is None or known.database_url is None:
        raise ConfigurationError("the demo needs a stack with database, Temporal and API")
    engines = create_engines(known.database_url, pool_size=1, max_overflow=1, application_name="baton-demo")
    before = await read_strategy(engines)
    reports: dict[str, DemoReport] = {}
    results: dict[str, StrategyResult] = {}
    try:
        for number, name in enumerate(strategies, start=1):
            say(f"{name}, {number} of {len(strategies)}")
            report = await play_run(
                replace(run, strategy=settings_of(name, run.pace.window)), show, stopping, begun=begun
            )
            if report is None:
                return None
            reports[name] = report
            results[name] = await _result(engines.service, report)
            async with ApiClient(known.api_url, run.secret) as api:
                await _withdraw_all(engines.service, api, f"{report.run}-")
    finally:
        await set_stage(engines, agents=run.agents, window=run.pace.window, at=datetime.now(UTC), strategy=before or {})
        await engines.dispose()
    return Comparison(leads=len(run.leads), window_seconds=run.pace.window, compare=results, runs=reports)


def settings_of(name: StrategyName, window: float) -> StrategySettings:
    """The strategy as it is played: leads are gathered for a quarter of the window, so that waiting breaks nothing.

    Turns count in a pool that only this comparison uses.
    """
    pool = f"demo-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    return StrategySettings(name=name, pool=pool, batch_seconds=max(1, round(window / 4)))


async def _result(engine: AsyncEngine, report: DemoReport) -> StrategyResult:
    prefix = f"{report.run}-"
    async with write_transaction(engine) as connection:
        await read_only(connection)
        fitness = await queries.read_fitness(connection, prefix)
        shares = await queries.read_shares(connection, prefix)
    assign = report.times_seconds["assign"]
    return StrategyResult(
        run=report.run,
        leads=report.leads,
        contacted=report.times_seconds["connection"].n,
        mean_fitness=round(fmean(fitness), 2) if fitness else None,
        fairness=round(jain_index(list(shares.values())), 4),
        breaches=sum(report.breaches.values()),
        violations=report.invariants.violations,
        time_to_assign_ms=TimeToAssign(p50=_ms(assign.p50), p95=_ms(assign.p95)),
    )


async def _withdraw_all(engine: AsyncEngine, api: ApiClient, prefix: str) -> None:
    async with write_transaction(engine) as connection:
        await read_only(connection)
        leads = await queries.read_leads(connection, prefix)
    for lead in leads:
        if lead.state != LifecycleState.CLOSED:
            await api.command(f"/v1/leads/{lead.id}/withdraw", None, {"code": "compared"}, f"{lead.id}:compared")


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * _MILLISECONDS, 1)
