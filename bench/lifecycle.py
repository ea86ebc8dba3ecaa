"""The life of a lead under load: throughput at the limit, answers and timer lateness at a third of it.

Everything runs on this machine: Postgres, Temporal, one worker process, and this process as the edge. Lateness is
the database's clock when the breach was recorded, less the deadline stored in the row.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from bench.counts import count_life
from bench.cpu import CpuUse
from bench.figures import machine, percentile
from bench.offers import watched_offers
from bench.player import Player
from db.repositories.configurations import publish_configuration
from db.session import admin_transaction, create_engines
from domain.ids import LeadId
from services.clock import SystemClock
from services.seed import seed
from services.service_set import Services
from workers.settings import Settings
from workers.stack import Endpoints
from workers.temporal_client import connect_temporal
from workers.wiring import wire

WINDOW_SECONDS = 10
_CAPACITY = 1000


@dataclass(frozen=True)
class Load:
    """How much is played."""

    leads: int = 300
    in_flight: int = 50
    agents: int = 20
    paced_seconds: float = 40.0


async def measure(
    endpoints: Endpoints, parts: Mapping[str, int], load: Load, say: Callable[[str], None]
) -> dict[str, Any]:
    """All figures of one run; the keys are documented in bench/README.md."""
    assert endpoints.database_url is not None
    assert endpoints.temporal_address is not None
    engines = create_engines(endpoints.database_url, pool_size=20, application_name="bench")
    settings = Settings.load({"database_url": endpoints.database_url, "temporal_address": endpoints.temporal_address})
    client = await connect_temporal(settings)
    services = wire(engines, client, SystemClock(), task_queue=settings.task_queue)
    await _prepare(services, endpoints, load)
    owner = endpoints.database_owner_url or endpoints.database_url
    async with services.telling, watched_offers(owner) as offers:
        player = Player(services, client, offers)
        say("warm up")
        await _closed_loop(player, 30, 10)
        say(f"{load.leads} lives, {load.in_flight} at once")
        use = CpuUse(parts)
        began = time.perf_counter()
        await _closed_loop(player, load.leads, load.in_flight)
        seconds = time.perf_counter() - began
        cpu = use.ms_per(load.leads)
        rate = load.leads / seconds
        player.answers_ms.clear()
        say(f"{load.paced_seconds:.0f} s at a third of {rate:.1f} leads/s")
        await _paced(player, rate / 3, load.paced_seconds)
        lateness = await _lateness(owner)
        say("count one life")
        counts = await count_life(engines, client, offers)
    await engines.dispose()
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "load": vars(load),
        "leads_per_s": round(rate, 1),
        "cpu_ms_per_lead": cpu["worker"],
        "cpu_ms_per_lead_by_part": cpu,
        "answer_ms": {name: round(percentile(player.answers_ms, share), 1) for name, share in _P50_P99},
        "lateness_ms": {
            **_spread([late for window in lateness.values() for late in window]),
            **{name: _spread(found) for name, found in lateness.items()},
        },
        "statements_per_lead": counts.statements,
        "workflow_tasks_per_lead": counts.workflow_tasks,
        "events_per_lead": counts.events,
    }


_P50_P99 = (("p50", 0.50), ("p99", 0.99))


def _spread(lateness: Sequence[float]) -> dict[str, float]:
    return {
        **{name: round(percentile(lateness, share), 1) for name, share in _P50_P99},
        "max": round(max(lateness, default=0.0), 1),
        "early": sum(late < 0 for late in lateness),
        "windows": len(lateness),
    }


async def _prepare(services: Services, endpoints: Endpoints, load: Load) -> None:
    """Agents with room for all, and windows short enough to be missed within the run."""
    await seed(services.engines.admin, at=services.clock.now(), demo_agents=load.agents)
    async with admin_transaction(services.engines.admin) as connection:
        body = {
            "sla": {"claim_seconds": WINDOW_SECONDS, "contact_seconds": WINDOW_SECONDS, "max_reassignments": 1},
            # Leads are ignored on purpose here; nobody is to be set to Break for it.
            "presence": {"ignored_offers": 0},
        }
        await publish_configuration(connection, body, "benchmark", None)
    owner = await asyncpg.connect(endpoints.database_owner_url or endpoints.database_url)
    await owner.execute(f"""UPDATE "AgentAvailability" SET "maxCapacity" = {_CAPACITY}, status = 'Available'""")
    await owner.execute("UPDATE crm_agents SET max_active_leads = 100000")
    await owner.execute(f'UPDATE "AgentSpecialization" SET "maxConcurrentLeads" = {_CAPACITY}')
    await owner.close()


async def _closed_loop(player: Player, leads: int, in_flight: int) -> None:
    slots = asyncio.Semaphore(in_flight)

    async def one() -> None:
        async with slots:
            await player.life()

    await asyncio.gather(*(one() for _ in range(leads)))


async def _paced(player: Player, rate: float, seconds: float) -> None:
    """Arrivals at a fixed rate whatever the answers take.

    Of four leads one is ignored until it is escalated, and one is claimed and then ignored.
    """
    began = time.perf_counter()
    lives: list[asyncio.Task[LeadId]] = []
    number = 0
    while (due := number / rate) < seconds:
        await asyncio.sleep(max(0.0, began + due - time.perf_counter()))
        if number % 4 == 3:
            await player.arrive()
        elif number % 4 == 1:
            lives.append(asyncio.create_task(player.claimed(pause=0.3)))
        else:
            lives.append(asyncio.create_task(player.life(pause=0.3)))
        number += 1
    await asyncio.gather(*lives)
    await asyncio.sleep(2 * WINDOW_SECONDS + 2)


_LATENESS = """
SELECT e."eventData" ->> 'window' AS missed, extract(epoch FROM t.recorded_at - t.due_at) * 1000 AS late
  FROM lead_transitions t
  JOIN "RoutingEvent" e ON e."leadId" = t.lead_id AND e.timestamp = t.at AND e."eventType" = 'sla_breached'
 WHERE t.kind = 'breach'
"""


async def _lateness(url: str) -> dict[str, list[float]]:
    """Milliseconds after the deadline, of claim and of contact windows."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(_LATENESS)
    await connection.close()
    return {window: [float(row["late"]) for row in rows if row["missed"] == window] for window in ("claim", "contact")}
