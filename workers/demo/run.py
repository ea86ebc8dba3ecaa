"""One run from the first arrival to the report, on a stack that is up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from db.session import Engines, create_engines
from domain.errors import ConfigurationError
from domain.routing.strategy_settings import StrategySettings
from services.invariants import check_invariants
from services.new_lead import NewLead
from workers.demo.api_client import ApiClient
from workers.demo.board import Frame
from workers.demo.crew import Crew
from workers.demo.new_leads import of_run
from workers.demo.pace import Pace
from workers.demo.player import Player
from workers.demo.pulse import Pulse
from workers.demo.report import DemoReport, Played, read_leads, read_pulse, read_report
from workers.demo.stage import run_name, set_stage
from workers.demo.temporal_view import look_at_temporal
from workers.settings import Settings
from workers.stack import Endpoints
from workers.temporal_client import connect_temporal


@dataclass(frozen=True, kw_only=True)
class Run:
    """What is to be played, and where. `secret` signs the tokens of everybody who plays.

    Without a `strategy` the leads are routed by the one that is configured.
    """

    endpoints: Endpoints
    secret: str
    leads: Sequence[NewLead]
    pace: Pace
    agents: int
    namespace: str = "default"
    strategy: StrategySettings | None = None


async def play_run(
    run: Run, show: Callable[[Frame], None], stopping: Callable[[], bool], *, begun: float
) -> DemoReport | None:
    """Play the run and report on it; None when `stopping` came first. `begun` is time.monotonic() of the start.

    Raises ConfigurationError for a stack without API, database or Temporal, and what the player and the database
    raise.
    """
    known = run.endpoints
    if known.api_url is None or known.database_url is None or known.temporal_address is None:
        raise ConfigurationError("the demo needs a stack with database, Temporal and API")
    engines = create_engines(known.database_url, pool_size=2, max_overflow=2, application_name="baton-demo")
    try:
        async with ApiClient(known.api_url, run.secret) as api:
            return await _play(run, engines, api, show, stopping, begun=begun)
    finally:
        await engines.dispose()


async def _play(
    run: Run,
    engines: Engines,
    api: ApiClient,
    show: Callable[[Frame], None],
    stopping: Callable[[], bool],
    *,
    begun: float,
) -> DemoReport | None:
    now, started = datetime.now(UTC), time.monotonic()
    strategy = run.strategy.model_dump(mode="json", exclude_defaults=True) if run.strategy is not None else None
    admin = await set_stage(engines, agents=run.agents, window=run.pace.window, at=now, strategy=strategy)
    crew = await Crew.assemble(api, admin)
    name = run_name(now)
    prefix = f"{name}-"
    player = Player(api, crew, of_run(run.leads, prefix), run.pace, lambda: read_pulse(engines.service, prefix))

    def show_pulse(pulse: Pulse) -> None:
        show(
            Frame(
                pulse=pulse,
                leads=len(run.leads),
                seconds=time.monotonic() - started,
                window=run.pace.window,
                answers=tuple(api.round_trips),
                agents=len(crew.agents),
                away=len(crew.away),
            )
        )

    settled = await player.play(show_pulse, stopping)
    if stopping():
        return None
    played = Played(
        run=name,
        leads=len(run.leads),
        window=run.pace.window,
        seconds=round(time.monotonic() - started, 1),
        finished=settled,
        first_routed_seconds=round(player.first_routed_at - begun, 1) if player.first_routed_at else None,
        answers_ms=tuple(api.round_trips),
        refusals=dict(api.refusals),
    )
    overrides = {"database_url": run.endpoints.database_url, "temporal_address": run.endpoints.temporal_address}
    client = await connect_temporal(Settings.load({**overrides, "temporal_namespace": run.namespace}))
    leads = await read_leads(engines.service, prefix)
    temporal, invariants = await asyncio.gather(look_at_temporal(client, leads), check_invariants(engines.service))
    return await read_report(engines.service, prefix, played, invariants, temporal)
