"""A life that is longer than one history: the next run goes on with everything, also with an answer it still owes."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from domain.ids import LeadId
from tests.db.databases import Database
from tests.support.eventually import assert_eventually
from tests.support.people import populate
from tests.support.world import World, open_world
from workers.stack import EmbeddedStack, Part
from workers.stack.temporal_options import TemporalOptions
from workflows.messages import ClaimSignal, CommandResult, DeclineSignal

_EVENTS = 60


@pytest.fixture(scope="module")
def impatient() -> Iterator[str]:
    """The address of a server that suggests a new run after a few events instead of thousands."""
    options = TemporalOptions(dynamic_config={"limit.historyCount.suggestContinueAsNew": _EVENTS})
    with tempfile.TemporaryDirectory(prefix="baton-temporal-") as place:
        stack = EmbeddedStack(Path(place), processes=False, parts=(Part.TEMPORAL,), temporal=options)
        stack.start()
        try:
            assert stack.endpoints.temporal_address is not None
            yield stack.endpoints.temporal_address
        finally:
            stack.stop()


async def _runs(world: World, lead_id: LeadId) -> list[str]:
    query = f'WorkflowId = "lead-{lead_id}"'
    return [run.run_id async for run in world.client.list_workflows(query)]


async def test_a_new_run_goes_on_where_the_old_one_was(database: Database, impatient: str) -> None:
    async with open_world(database, impatient) as world:
        agent = (await populate(database, agents=1)).agents[0]
        lead_id = await world.receive()
        offered = await world.until(lead_id, "offered")
        first_run = (await world.handle(lead_id).describe()).run_id

        for _ in range(_EVENTS // 4):
            # Each is refused and leaves its events behind.
            await world.handle(lead_id).signal("decline", DeclineSignal(command_id=uuid4().hex, actor=uuid4()))

        claim = asyncio.create_task(_claims(world, lead_id, agent))

        async def another_run() -> bool:
            return (await world.handle(lead_id).describe()).run_id != first_run

        await assert_eventually(another_run, 30, what="a new run")
        assert (await claim).code == "applied", "whichever run gave the answer"
        assert (await world.lead(lead_id)).seq == offered.seq + 1, "a new run is no transition"
        assert (await _claims(world, lead_id, agent)).code == "unchanged"

        await world.advance(timedelta(seconds=240))
        assert [data["window"] for _, data in await world.events(lead_id, "sla_warning")] == ["contact"]

        assert (await world.command(lead_id, "contact", agent, result="connected")).status_code == 200
        assert (await world.command(lead_id, "outcome", agent, result="won")).status_code == 200
        result = await world.handle(lead_id).result()
        assert (result.end, result.seq) == ("closed", (await world.lead(lead_id)).seq)

        async def listed() -> bool:
            return len(await _runs(world, lead_id)) >= 2

        await assert_eventually(listed, 10, what="every run in the list")
        for run in enumerate(reversed(await _runs(world, lead_id)), start=1):
            await world.replay(lead_id, run=run)


async def _claims(world: World, lead_id: LeadId, agent: object) -> CommandResult:
    signal = ClaimSignal.model_validate({"command_id": uuid4().hex, "actor": agent})
    answer: CommandResult = await world.handle(lead_id).execute_update("claim", signal, result_type=CommandResult)
    return answer
