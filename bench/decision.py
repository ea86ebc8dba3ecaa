"""`make bench-decision`: the time that one routing decision takes, from reading the lead to the commit of the offer.

Writes bench/results/decision.json; the keys are documented in bench/README.md. Exit code 1 when the target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import pstats
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import psutil
from rich.console import Console
from sqlalchemy import func, select

from bench.figures import machine, percentile
from bench.office import arrive, staff
from bench.run import leave, record, stack_place
from db.session import DatabaseRole, make_engine, single_statements
from domain.ids import LeadId
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import Route
from domain.lifecycle.state import LifecycleState
from services.applied import Applied
from services.clock import SystemClock
from services.configurations import Configurations
from services.lifecycle import Lifecycle
from workers.memory import settle_memory
from workers.stack import EmbeddedStack, Part

WANTED_MS = 25.0
WANTED_AGENTS = 1_000
_WARM_UP = 40
_RECORD_BYTES = "SELECT coalesce(avg(length(payload)), 0)::int FROM decision_inputs"

Say = Callable[[str], None]


async def decide_all(lifecycle: Lifecycle, leads: list[LeadId], server: psutil.Process) -> dict[str, Any]:
    """Route each lead, one after the other; the times in milliseconds, and how many found an agent.

    Time on the processor is that of this process and of `server`, which serves its one connection.
    """
    times: list[float] = []
    offered = 0
    before = (_cpu(psutil.Process()), _cpu(server))
    for lead_id in leads:
        command = Route(command_id=f"{lead_id}:bench", actor=SYSTEM, received_at=datetime.now(UTC))
        began = time.perf_counter()
        answer = await lifecycle.apply(lead_id, command)
        times.append((time.perf_counter() - began) * 1000)
        assert isinstance(answer, Applied)
        offered += answer.lead.state is LifecycleState.OFFERED
    return {
        "decisions": len(leads),
        "offered": offered,
        "cpu_ms": {
            "caller": round((_cpu(psutil.Process()) - before[0]) / len(leads), 1),
            "postgres": round((_cpu(server) - before[1]) / len(leads), 1),
        },
        "ms": {name: round(percentile(times, share), 1) for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1))},
    }


def _cpu(process: psutil.Process) -> float:
    used = process.cpu_times()
    return 1000 * (used.user + used.system)


async def measure(place: Path, agents: tuple[int, ...], leads: int, profile: bool, say: Say) -> dict[str, Any]:
    """One office after the other on a Postgres of its own."""
    async with EmbeddedStack(place, parts=(Part.POSTGRES, Part.MIGRATE)) as stack:
        url, owner_url = stack.endpoints.database_url, stack.endpoints.database_owner_url
        assert url is not None
        assert owner_url is not None
        owner = await asyncpg.connect(owner_url)
        engine = make_engine(url, DatabaseRole.SERVICE, pool_size=1, max_overflow=0)
        async with single_statements(engine) as connection:
            server = psutil.Process((await connection.execute(select(func.pg_backend_pid()))).scalar_one())
        results = []
        try:
            for number in agents:
                say(f"{leads} decisions among {number} agents")
                await staff(owner, number)
                waiting = await arrive(owner, leads + _WARM_UP)
                lifecycle = Lifecycle(engine, SystemClock(), Configurations())
                await decide_all(lifecycle, waiting[:_WARM_UP], server)
                settle_memory()
                if profile:
                    with cProfile.Profile() as profiler:
                        await decide_all(lifecycle, waiting[_WARM_UP : _WARM_UP + leads // 2], server)
                    pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(25)
                    waiting = waiting[leads // 2 :]
                found = await decide_all(lifecycle, waiting[_WARM_UP:], server)
                results.append({"agents": number, **found, "record_bytes": await owner.fetchval(_RECORD_BYTES)})
        finally:
            await engine.dispose()
            await owner.close()
    judged = [one["ms"]["p99"] <= WANTED_MS for one in results if one["agents"] <= WANTED_AGENTS]
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "wanted_p99_ms": WANTED_MS,
        "decisions": results,
        "holds": all(judged),
    }


def main() -> None:
    """Run, write, show."""
    parser = argparse.ArgumentParser(prog="python -m bench.decision", description=__doc__)
    parser.add_argument("--agents", default="10,100,1000", help="numbers of agents, with commas")
    parser.add_argument("--leads", type=int, default=400, help="decisions for each number of agents")
    parser.add_argument("--profile", action="store_true", help="also show where the time of half as many goes")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON on standard output")
    given = parser.parse_args()
    console = Console(stderr=True, highlight=False)
    agents = tuple(int(number) for number in given.agents.split(","))
    with stack_place() as place:
        figures = asyncio.run(
            measure(place, agents, given.leads, given.profile, lambda text: console.print(f"[dim]…[/] {text}"))
        )
    record("decision", figures, as_json=given.json)
    for one in figures["decisions"]:
        ms, cpu = one["ms"], one["cpu_ms"]
        console.print(
            f"{one['agents']:5} agents: p50 {ms['p50']} ms, p99 {ms['p99']} ms, {ms['max']} ms at most; processor"
            f" {cpu['caller']} + {cpu['postgres']} ms; {one['offered']} of {one['decisions']} offered,"
            f" {one['record_bytes']} bytes kept of each"
        )
    leave(holds=figures["holds"])


if __name__ == "__main__":
    main()
