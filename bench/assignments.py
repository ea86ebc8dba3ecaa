"""`make bench-assignments`: concurrent assignments, the reservation against TPC-B, the whole path against an ORM.

Writes bench/results/assignments.json; the keys are documented in bench/README.md. Exit code 1 when an invariant is
broken or a ratio is missed.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.assignments_view import show
from bench.crowd import Assign, Run, assign_all
from bench.figures import machine
from bench.orm_least import LeastOrmPath
from bench.orm_path import OrmPath
from bench.pgbench import Pgbench
from bench.pool import Pool, configure, fill, free_slots, hold, judge
from bench.run import leave, record, recorded, stack_place
from db.errors import DatabaseBusyError
from db.session import DatabaseRole, make_engine
from domain.ids import LeadId
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import Route
from services.applied import Applied
from services.clock import SystemClock
from services.configurations import Configurations
from services.lifecycle import Lifecycle
from workers.memory import settle_memory
from workers.stack import EmbeddedStack, Part
from workers.stack.postgres_home import settle

RESERVATION = Path(__file__).with_name("reservation.sql")
RESERVATION_RATIO = 1.0
PATH_RATIO = 3.0
PARTS = ("assignments", "ratios")
_COMPARED_AGENTS = 100
_HELD_EACH = 5
_ROUNDS = 3
# One agent may get this many in a minute: it is slots that run out here.
_UNLIMITED = {"queues": {"drain_per_minute": 1_000_000}}
_SCALE = 20
_FILE_WIDTH = 120

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much is done. `leads` for each number of agents; `compared` for each of the two paths; pgbench's length."""

    leads: int = 50_000
    agents: tuple[int, ...] = (10, 100, 1_000)
    clients: int = 16
    compared: int = 2_000
    pgbench_clients: int = 8
    pgbench_seconds: int = 10


def pool_for(leads: int, agents: int) -> tuple[Pool, int]:
    """A pool that takes about `leads` leads, and how many to send: 1 % more than fit, so that some must wait."""
    pool = Pool(agents=agents, capacity=max(1, leads // agents))
    return pool, pool.slots + max(1, pool.slots // 100)


def verdict(run: Run, pool: Pool, leads: int, found: dict[str, int]) -> dict[str, Any]:
    """One line of the result: what the callers saw and what the database says."""
    return {
        "agents": pool.agents,
        "slots": pool.slots,
        "leads": leads,
        **found,
        "false_misses": run.false_misses,
        "stranded": run.stranded,
        "per_s": round(run.per_s, 1),
        "answer_ms": {"p50": round(run.ms(0.50), 1), "p99": round(run.ms(0.99), 1)},
        "holds": found["assigned"] == run.assigned == min(pool.slots, leads)
        and not any((found["twice"], found["overfilled"], found["wrong_loads"], run.false_misses, run.stranded)),
    }


def compare(ours: Sequence[float], theirs: Sequence[float], wanted: float | None = None) -> dict[str, Any]:
    """Medians per second of runs that took turns, and whether the ratio is reached if one is wanted."""
    ratio = median(ours) / median(theirs)
    rates = {"ours_per_s": round(median(ours), 1), "theirs_per_s": round(median(theirs), 1), "ratio": round(ratio, 2)}
    return rates if wanted is None else {**rates, "wanted": wanted, "holds": ratio >= wanted}


class Bench:
    """The measurements on one server."""

    def __init__(
        self,
        *,
        owner: asyncpg.Connection[asyncpg.Record],
        url: str,
        engine: AsyncEngine,
        patient: AsyncEngine,
        pgbench: Pgbench,
        load: Load,
    ) -> None:
        self._owner = owner
        self._url = url
        self._engine = engine
        self._patient = patient
        self._load = load
        self._pgbench = pgbench
        self._clock = SystemClock()

    async def run(self, parts: Sequence[str], say: Say) -> dict[str, Any]:
        """The wanted parts, one after the other."""
        found: dict[str, Any] = {
            "machine": machine(),
            "postgres": await self._owner.fetchval("SHOW server_version"),
            "synchronous_commit": await self._owner.fetchval("SHOW synchronous_commit"),
        }
        if "assignments" in parts:
            found["assignments"] = {"measured_at": _now(), "leads": self._load.leads, "pools": await self._pools(say)}
        if "ratios" in parts:
            found["ratios"] = {"measured_at": _now(), **await self._ratios(say)}
        return found

    async def _pools(self, say: Say) -> list[dict[str, Any]]:
        pools = []
        for agents in self._load.agents:
            pool, leads = pool_for(self._load.leads, agents)
            say(f"{leads} leads for {agents} agents with {pool.slots} slots")
            pools.append(found := await self._assign(self._production(), pool, leads))
            say(f"{found['assigned']} assigned, {found['per_s']} per s, {'holds' if found['holds'] else found}")
        return pools

    async def _ratios(self, say: Say) -> dict[str, Any]:
        say("the whole path and the ORM's, in turns")
        path, least = await self._compare_paths()
        say(f"the reservation and TPC-B, in turns, {2 * _ROUNDS * self._load.pgbench_seconds} s")
        return {
            "leads": self._load.compared,
            "reservation_against_tpcb": await self._compare_reservation(),
            "path_against_orm": path,
            "path_against_least_orm": least,
        }

    async def _assign(self, assign: Assign, pool: Pool, leads: int) -> dict[str, Any]:
        waiting = await fill(self._owner, pool, leads)
        await configure(self._owner, _UNLIMITED)
        run = await assign_all(assign, waiting, lambda: free_slots(self._owner), clients=self._load.clients)
        return verdict(run, pool, leads, asdict(await judge(self._owner)))

    async def _compare_paths(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Against the ORM's version of the same path, and against the least that an ORM could do."""
        # Room for all with anybody, so that it is the work that is compared and not the luck with the last slots.
        leads = self._load.compared
        pool = Pool(agents=_COMPARED_AGENTS, capacity=leads)
        rates: dict[str, list[float]] = {"ours": [], "orm": [], "least": []}
        for _ in range(_ROUNDS):
            paths = {"orm": self._orm(), "ours": self._production(), "least": LeastOrmPath(self._patient).assign}
            for name, assign in paths.items():
                rates[name].append((await self._assign(assign, pool, leads))["per_s"])
        return (
            {"agents": pool.agents, **compare(rates["ours"], rates["orm"], PATH_RATIO)},
            {"agents": pool.agents, **compare(rates["ours"], rates["least"])},
        )

    async def _compare_reservation(self) -> dict[str, Any]:
        pool = Pool(agents=_COMPARED_AGENTS, capacity=1_000_000)
        await fill(self._owner, pool, _COMPARED_AGENTS * _HELD_EACH)
        await hold(self._owner, _HELD_EACH)
        await asyncio.to_thread(self._pgbench.fill, self._url, _SCALE)
        ours, theirs = [], []
        for _ in range(_ROUNDS):
            theirs.append(await asyncio.to_thread(self._pgbench.tpcb, self._url))
            ours.append(
                await asyncio.to_thread(self._pgbench.script, self._url, RESERVATION, {"agents": _COMPARED_AGENTS})
            )
        return {"agents": pool.agents, **compare(ours, theirs, RESERVATION_RATIO)}

    def _production(self) -> Assign:
        lifecycle = Lifecycle(self._engine, self._clock, Configurations())

        async def apply(lead_id: LeadId, command: Route) -> bool:
            while True:
                try:
                    answer = await lifecycle.apply(lead_id, command)
                except DatabaseBusyError:
                    # As the retries of the activity do.
                    continue
                return isinstance(answer, Applied) and answer.changed

        return self._commanded(apply)

    def _orm(self) -> Assign:
        return self._commanded(OrmPath(self._patient, self._clock, Configurations()).assign)

    def _commanded(self, apply: Callable[[LeadId, Route], Awaitable[bool]]) -> Assign:
        """Give each try a command of its own, as the drain does."""
        tries = iter(range(10**9))

        async def assign(lead_id: LeadId) -> bool:
            command_id = f"{lead_id}:bench:{next(tries)}"
            command = Route(command_id=command_id, actor=SYSTEM, received_at=self._clock.now(), only_offer=True)
            return await apply(lead_id, command)

        return assign


def holds(figures: Mapping[str, Any]) -> bool:
    """True when no invariant is broken and no ratio is missed, in whatever parts there are."""
    pools = figures.get("assignments", {}).get("pools", ())
    ratios = (one for one in figures.get("ratios", {}).values() if isinstance(one, Mapping))
    return all(one.get("holds", True) for one in (*pools, *ratios))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


async def measure(load: Load, place: Path, parts: Sequence[str], say: Say) -> dict[str, Any]:
    """One run on a Postgres of its own."""
    async with EmbeddedStack(place, parts=(Part.POSTGRES, Part.MIGRATE)) as stack:
        url, owner_url = stack.endpoints.database_url, stack.endpoints.database_owner_url
        assert url is not None
        assert owner_url is not None
        owner = await asyncpg.connect(owner_url)
        engine = make_engine(url, DatabaseRole.SERVICE, pool_size=load.clients, max_overflow=load.clients)
        # The ORM's callers queue for one agent longer than Baton lets anybody wait; they are not to fail for that.
        patient = make_engine(url, DatabaseRole.SERVICE, pool_size=load.clients, lock_timeout_ms=15_000)
        try:
            bench = Bench(
                owner=owner,
                url=owner_url,
                engine=engine,
                patient=patient,
                pgbench=Pgbench(
                    program=settle(place).programs / "pgbench",
                    clients=load.pgbench_clients,
                    seconds=load.pgbench_seconds,
                ),
                load=load,
            )
            settle_memory()
            return await bench.run(parts, say)
        finally:
            await engine.dispose()
            await patient.dispose()
            await owner.close()


def main() -> None:
    """Run, write, show."""
    usual = Load()
    parser = argparse.ArgumentParser(prog="python -m bench.assignments", description=__doc__)
    parser.add_argument("--leads", type=int, default=usual.leads, help="for each number of agents")
    parser.add_argument("--agents", default=",".join(map(str, usual.agents)), help="numbers of agents, with commas")
    parser.add_argument("--clients", type=int, default=usual.clients, help="callers at once")
    parser.add_argument("--compared", type=int, default=usual.compared, help="leads for each of the two paths")
    parser.add_argument("--seconds", type=int, default=usual.pgbench_seconds, help="length of each run of pgbench")
    parser.add_argument("--only", choices=PARTS, help="measure one part; the other stays in the file as it is")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON on standard output")
    given = parser.parse_args()
    load = Load(
        leads=given.leads,
        agents=tuple(int(number) for number in given.agents.split(",")),
        clients=given.clients,
        compared=given.compared,
        pgbench_seconds=given.seconds,
    )
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        console.width = _FILE_WIDTH
    parts = PARTS if given.only is None else (given.only,)
    with stack_place() as place:
        found = asyncio.run(measure(load, place, parts, lambda text: console.print(f"[dim]…[/] {text}")))
    figures = {**(recorded("assignments") if given.only else {}), **found}
    figures["holds"] = holds(figures)
    record("assignments", figures, as_json=given.json)
    if not given.json:
        show(figures, console)
    leave(holds=figures["holds"])


if __name__ == "__main__":
    main()
