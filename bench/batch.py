"""`make bench-batch`: how long a batch of waiting leads takes, from the choices to the last commit.

On an embedded Postgres of its own, without Temporal: nobody is told. Writes bench/results/batch.json. Exit code 1 when
it takes 5 s or longer, loading the solver included, or not every lead is assigned.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg

from bench.figures import machine
from bench.pool import Pool, configure, fill, judge
from bench.run import leave, record, stack_place
from db.repositories.queue import waiting_leads
from db.session import DatabaseRole, make_engine, single_statements
from domain.ids import LeadId
from services.batch import Batches
from services.clock import SystemClock
from services.configurations import Configurations
from services.edge import Edge
from services.lifecycle import Lifecycle
from services.telling import Teller
from workers.stack import EmbeddedStack, Part

LIMIT_SECONDS = 5.0
# One agent may get this many in a minute, so that the limit is not what is measured.
_BODY = {"strategy": {"name": "optimal", "batch_seconds": 1}, "queues": {"drain_per_minute": 1_000}}


class _NobodyTold(Teller):
    def __init__(self) -> None:
        """Knows no Temporal."""

    async def tell(self, lead_id: LeadId) -> bool:
        """Tell nobody."""
        return True


async def measure(place: Path, leads: int, agents: int) -> dict[str, Any]:
    """One batch of `leads` over `agents` with room for twice as many."""
    async with EmbeddedStack(place, parts=(Part.POSTGRES, Part.MIGRATE)) as stack:
        url, owner_url = stack.endpoints.database_url, stack.endpoints.database_owner_url
        assert url is not None
        assert owner_url is not None
        owner = await asyncpg.connect(owner_url)
        engine = make_engine(url, DatabaseRole.SERVICE, pool_size=2)
        try:
            await fill(owner, Pool(agents=agents, capacity=max(1, 2 * leads // agents)), leads)
            await configure(owner, _BODY)
            clock, configurations = SystemClock(), Configurations()
            lifecycle = Lifecycle(engine, clock, configurations)
            batches = Batches(lifecycle, Edge(lifecycle, _NobodyTold()), engine, clock, configurations)
            async with single_statements(engine) as connection:
                waiting = await waiting_leads(connection, clock.now(), leads)
            began = time.perf_counter()
            # What the first batch of a process pays, and no other one.
            await asyncio.to_thread(import_module, "scipy.optimize")
            loaded = time.perf_counter()
            result = await batches.run(waiting)
            ended = time.perf_counter()
            found = await judge(owner)
            return {
                "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "machine": machine(),
                "leads": leads,
                "agents": agents,
                "assigned": result.moved,
                "seconds": round(ended - loaded, 2),
                "loading_the_solver_seconds": round(loaded - began, 2),
                "wanted_seconds": LIMIT_SECONDS,
                "holds": ended - began < LIMIT_SECONDS
                and result.moved == found.assigned == leads
                and not any((found.twice, found.overfilled, found.wrong_loads)),
            }
        finally:
            await engine.dispose()
            await owner.close()


def main() -> None:
    """Run and show."""
    parser = argparse.ArgumentParser(prog="python -m bench.batch", description=__doc__)
    parser.add_argument("--leads", type=int, default=100)
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON on standard output")
    given = parser.parse_args()
    with stack_place() as place:
        figures = asyncio.run(measure(place, given.leads, given.agents))
    record("batch", figures, as_json=given.json)
    if not given.json:
        print(
            f"{figures['assigned']} of {figures['leads']} leads assigned to {figures['agents']} agents in"
            f" {figures['seconds']} s, and {figures['loading_the_solver_seconds']} s once for the solver"
        )
    leave(holds=figures["holds"])


if __name__ == "__main__":
    main()
