"""Every recorded decision, made again from nothing but its record, is the same decision."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections import Counter
from typing import Any

import asyncpg
import pytest

from db.repositories.decision_records import newest_decisions
from db.session import Engines, single_statements
from domain.ids import LeadId
from domain.lifecycle.commands import Route
from domain.routing.decision import decide_route
from domain.routing.decision_record import dropped_in, inputs_from_plain, inputs_to_plain
from services.configurations import Configurations
from services.decisions import decision_fault
from tests.db.databases import Database, fetch, run_script
from tests.demo.lives import Hand, live
from tests.support.eventually import assert_eventually
from tests.support.people import populate

STRATEGIES: tuple[dict[str, Any], ...] = (
    {"name": "greedy"},
    {"name": "least_loaded"},
    {"name": "round_robin"},
    {"name": "weighted", "pool": "shares"},
    {"name": "reinforcement"},
)


async def _decided_again(database: Database, engines: Engines) -> int:
    """Compare every record with what comes out of it today; returns how many there are."""
    configurations = Configurations()
    async with single_statements(engines.service) as connection:
        records = await newest_decisions(connection, 10_000)
        versions = {
            record.config_version: await configurations.get(connection, record.config_version) for record in records
        }
    for record in records:
        configuration = versions[record.config_version]
        assert decision_fault(record, configuration) is None
        assert record.inputs is not None
        inputs = inputs_from_plain(LeadId(record.lead_id), record.inputs)
        again = inputs_to_plain(
            inputs, decide_route(inputs.request, inputs.agents, configuration, inputs.facts, filtered=inputs.filtered)
        )
        # Written and read once more, because JSON knows no tuples.
        again = json.loads(json.dumps(again))
        assert again == {name: record.inputs[name] for name in again}
    stored = await fetch(
        database.superuser,
        """SELECT d.payload, h."assignmentReason" FROM decision_inputs d
             JOIN "LeadRoutingHistory" h ON h.id = d.history_id WHERE h."routingStrategy" <> 'manual'""",
    )
    for payload, reason in stored:
        told, inputs_kept = json.loads(reason), json.loads(zlib.decompress(payload))
        assert [one["agent"] for one in told["candidates"]] == inputs_kept["ranked"][:20]
        assert told["dropped"] == Counter(dropped_in(inputs_kept).values())
        assert (told["tieBreak"], told["lost"]) == (inputs_kept["tieBreak"], inputs_kept["lost"])
    return len(records)


async def test_every_decision_of_the_lives_is_made_again(database: Database, engines: Engines) -> None:
    await live(database, engines)
    decided = await fetch(
        database.superuser,
        "SELECT count(*) FROM lead_transitions WHERE kind IN ('route', 'breach', 'decline')",
    )
    assert [(await _decided_again(database, engines),)] == decided


@pytest.mark.parametrize("settings", STRATEGIES, ids=lambda settings: settings["name"])
async def test_by_every_strategy(settings: dict[str, Any], database: Database, engines: Engines) -> None:
    people = await populate(database, agents=4, capacity=9)
    weights = {str(people.agents[0]): 3.5, str(people.agents[1]): 0} if settings["name"] == "weighted" else {}
    body = {"strategy": {**settings, **({"weights": weights} if weights else {})}}
    await run_script(
        database.owner, f"INSERT INTO configuration_versions (version, body) VALUES (2, '{json.dumps(body)}')"
    )
    hand = Hand(engines)
    for language in ("en", "en", "fi", "en", None, "en"):
        await hand.offered(language=language)
    assert await _decided_again(database, engines) == 6


async def test_slots_lost_in_the_reservation_are_part_of_the_record(database: Database, engines: Engines) -> None:
    """Four leads choose the same agent before any of them is committed; one of them gets it."""
    await populate(database, agents=4, capacity=1)
    hand = Hand(engines)
    leads = [await hand.receive() for _ in range(4)]
    holding = await asyncpg.connect(database.superuser)
    try:
        async with holding.transaction():
            await holding.execute('SELECT FROM "AgentAvailability" FOR UPDATE')
            routing = asyncio.gather(*(hand.give(lead_id, Route) for lead_id in leads))

            async def all_wait() -> bool:
                waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = $1"
                return await fetch(database.superuser, waiting, database.name) == [(4,)]

            await assert_eventually(all_wait, 1.5, what="four leads at one agent")
        await routing
    finally:
        await holding.close()
    assert await _decided_again(database, engines) == 4
    async with single_statements(engines.service) as connection:
        lost = [len((record.inputs or {})["lost"]) for record in await newest_decisions(connection, 10)]
    assert sum(lost) >= 3, "whoever came second lost the first agent"
    assert await fetch(
        database.superuser, 'SELECT count(DISTINCT "assignedAgentId"), count(*) FROM "LeadRoutingHistory"'
    ) == [(4, 4)]
