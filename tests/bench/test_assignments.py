"""The bench of assignments: what it counts, and that it measures what production does."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import event

from bench.assignments import RESERVATION, compare, pool_for, verdict
from bench.crowd import Assign, Run, assign_all
from bench.orm_least import LeastOrmPath
from bench.orm_path import OrmPath
from bench.pgbench import tps_of
from bench.pool import Pool, fill, free_slots, hold, judge
from db.repositories.loads import Room, change_load
from db.session import Engines, write_transaction
from domain.ids import AgentId, LeadId
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import Route
from services.applied import Applied
from services.clock import SystemClock
from services.configurations import Configurations
from services.lifecycle import Lifecycle
from tests.db.databases import Database

if TYPE_CHECKING:
    Owner = asyncpg.Connection[asyncpg.Record]

_SAME = frozenset(
    (
        *("lifecycle_state", "status", "assigned_agent_id", "assignment_method", "agent_id", "agentId", "epoch", "seq"),
        *("kind", "state", "actor", "config_version", "routingStrategy", "assignedAgentId", "eventType", "offer_step"),
    )
)
FIRST_AGENT = AgentId(UUID("00000000-0000-4000-8000-000000000001"))


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[Owner]:
    """The owner's connection."""
    connection = await asyncpg.connect(database.owner)
    yield connection
    await connection.close()


async def test_the_reservation_script_says_what_production_says(owner: Owner, engines: Engines) -> None:
    await fill(owner, Pool(agents=1, capacity=1), 1)
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(engines.service.sync_engine, "before_cursor_execute", note)
    async with write_transaction(engines.service) as connection:
        assert await change_load(connection, FIRST_AGENT, 1, datetime.now(UTC), room=Room.ROUTABLE)

    script = [line for line in RESERVATION.read_text().splitlines() if line.startswith("UPDATE")]
    assert [_plain(line) for line in script] == [_plain(statement) for statement in sent]


def _plain(statement: str) -> str:
    """Without what the two must write differently: values, their types, line ends."""
    one_line = " ".join(statement.split())
    valueless = re.sub(r"\$\d+::[A-Z]+( WITH TIME ZONE)?", "?", one_line.rstrip(";"))
    return re.sub(r"\('0000[^)]*\)(, 12[^)]*\))?\)::uuid|now\(\)|(?<=\+ )1(?=\))|'Available'", "?", valueless)


def _route(lead_id: LeadId) -> Route:
    return Route(command_id=f"{lead_id}:{uuid4()}", actor=SYSTEM, received_at=datetime.now(UTC), only_offer=True)


def _by_orm(engines: Engines) -> Assign:
    path = OrmPath(engines.service, SystemClock(), Configurations())
    return lambda lead_id: path.assign(lead_id, _route(lead_id))


def _by_least_orm(engines: Engines) -> Assign:
    return LeastOrmPath(engines.service).assign


@pytest.mark.parametrize("path", [_by_orm, _by_least_orm])
async def test_the_orms_write_one_assignment(owner: Owner, engines: Engines, path: Callable[[Engines], Assign]) -> None:
    lead_id, *others = await fill(owner, Pool(agents=2, capacity=1), 3)
    assign = path(engines)
    assert await assign(lead_id)
    assert not await assign(lead_id)
    rows = {
        table: await owner.fetchval(f"SELECT count(*) FROM {table} t WHERE {column} = $1", lead_id)
        for table, column in (
            ('"LeadRoutingHistory"', '"leadId"'),
            ("lead_offers", "lead_id"),
            ("lead_transitions", "lead_id"),
            ('"RoutingEvent"', '"leadId"'),
            ("decision_inputs", "lead_id"),
            ('"AssignmentQueue"', '"leadId"'),
        )
    }
    assert list(rows.values()) == [1, 1, 2, 1, 1, 0]
    assert [await assign(other) for other in others] == [True, False]
    found = await judge(owner)
    assert (found.assigned, found.twice, found.overfilled, found.wrong_loads) == (2, 0, 0, 0)


async def test_the_orm_path_decides_and_records_what_production_does(owner: Owner, engines: Engines) -> None:
    """Two equal offices: the rows that follow from the decision are the same but for ids and instants."""
    written = []
    lifecycle = Lifecycle(engines.service, SystemClock(), Configurations())

    async def by_production(lead_id: LeadId) -> bool:
        answer = await lifecycle.apply(lead_id, _route(lead_id))
        return isinstance(answer, Applied) and answer.changed

    for assign in (by_production, _by_orm(engines)):
        lead_id, *_ = await fill(owner, Pool(agents=5, capacity=3), 1)
        assert await assign(lead_id)
        written.append(await _written(owner))
    assert written[0] == written[1]


async def _written(owner: Owner) -> list[Any]:
    """What an assignment leaves, without ids and instants, which differ between any two."""
    found: list[Any] = []
    for table in ("crm_leads", "lead_offers", "lead_transitions", '"LeadRoutingHistory"', '"RoutingEvent"'):
        rows = await owner.fetch(f"SELECT to_jsonb(t) AS row FROM {table} t ORDER BY 1")
        found += [{name: value for name, value in json.loads(row["row"]).items() if name in _SAME} for row in rows]
    reason = json.loads(await owner.fetchval("""SELECT "assignmentReason" FROM "LeadRoutingHistory" """))
    kept = json.loads(zlib.decompress(await owner.fetchval("SELECT payload FROM decision_inputs")))
    return [*found, {**reason, "seed": None}, kept["ranked"], sorted(kept["agents"], key=itemgetter("id"))]


async def test_the_judge_sees_what_is_wrong(owner: Owner) -> None:
    lead_id, _ = await fill(owner, Pool(agents=2, capacity=3), 2)
    assert await free_slots(owner) == 6
    await owner.execute("""UPDATE "AgentAvailability" SET "currentLoad" = 4 WHERE "agentId" = $1""", FIRST_AGENT)
    for epoch in (1, 2):
        await owner.execute(
            """INSERT INTO lead_offers (lead_id, epoch, agent_id, kind, status, offered_at, config_version)
               VALUES ($1, $2, $3, 'single', 'open', now(), 1)""",
            lead_id,
            epoch,
            FIRST_AGENT,
        )
    found = await judge(owner)
    assert (found.assigned, found.twice, found.overfilled, found.wrong_loads) == (0, 1, 1, 1)
    assert await free_slots(owner) == 3


async def test_held_leads_take_no_slot(owner: Owner) -> None:
    await fill(owner, Pool(agents=2, capacity=1), 4)
    await hold(owner, 2)
    held = "SELECT count(*) FROM crm_leads WHERE lifecycle_state = 'contacted' GROUP BY assigned_agent_id"
    assert [row[0] for row in await owner.fetch(held)] == [2, 2]
    assert (await judge(owner)).wrong_loads == 0


async def test_a_miss_is_false_while_a_slot_is_free() -> None:
    """Two slots; the second lead is turned away once though one is free, the third rightly."""
    first, second, third = (LeadId(uuid4()) for _ in range(3))
    answers = {first: [True], second: [False, True], third: [False]}
    free = 2

    async def assign(lead_id: LeadId) -> bool:
        nonlocal free
        found = answers[lead_id].pop(0)
        free -= found
        return found

    async def left() -> int:
        return free

    run = await assign_all(assign, [first, second, third], left, clients=1)
    assert (run.assigned, run.false_misses, run.missed, run.stranded) == (2, 1, 1, 0)
    assert len(run.answers_ms) == 4


async def test_a_lead_that_is_always_turned_away_is_stranded() -> None:
    async def no(_: LeadId) -> bool:
        return False

    async def one() -> int:
        return 1

    run = await assign_all(no, [LeadId(uuid4())], one, clients=4)
    assert (run.assigned, run.missed, run.stranded) == (0, 0, 1)


GOOD = {"assigned": 10, "twice": 0, "overfilled": 0, "wrong_loads": 0}


@pytest.mark.parametrize(
    ("run", "found", "holds"),
    [
        (Run(assigned=10), GOOD, True),
        (Run(assigned=9), GOOD, False),
        (Run(assigned=9), {**GOOD, "assigned": 9}, False),
        (Run(assigned=10, false_misses=1), GOOD, False),
        (Run(assigned=10), {**GOOD, "overfilled": 1}, False),
        (Run(assigned=10), {**GOOD, "wrong_loads": 1}, False),
        (Run(assigned=10), {**GOOD, "twice": 1}, False),
    ],
)
def test_every_broken_invariant_is_a_verdict(run: Run, found: dict[str, int], holds: bool) -> None:
    assert verdict(run, Pool(agents=2, capacity=5), 11, found)["holds"] is holds


def test_ratios_are_of_medians_and_exactly_the_wanted_one_is_enough() -> None:
    found = compare([300.0, 1.0, 330.0], [100.0, 110.0, 1000.0], 2.7)
    assert (found["ours_per_s"], found["theirs_per_s"], found["ratio"], found["holds"]) == (300.0, 110.0, 2.73, True)
    assert compare([3.0], [1.0], 3.0)["holds"]
    assert "holds" not in compare([3.0], [1.0])
    assert not compare([2.9], [1.0], 3.0)["holds"]


def test_more_leads_are_sent_than_fit() -> None:
    assert [pool_for(50_000, agents) for agents in (10, 1_000)] == [
        (Pool(agents=10, capacity=5_000), 50_500),
        (Pool(agents=1_000, capacity=50), 50_500),
    ]
    assert pool_for(5, 10) == (Pool(agents=10, capacity=1), 11)


def test_the_figure_in_pgbenchs_report() -> None:
    report = (
        "latency average = 3.4 ms\ninitial connection time = 9 ms\ntps = 2349.125 (without initial connection time)\n"
    )
    assert tps_of(report) == 2349.125
    with pytest.raises(RuntimeError, match="no tps"):
        tps_of("pgbench (15.18)")
