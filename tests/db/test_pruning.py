"""Old inputs of decisions are let go of, and explanations say so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.repositories.decision_records import prune_decision_inputs
from db.session import Engines, single_statements
from domain.ids import AgentId
from domain.routing.explanation import Outcome, Verdict
from tests.db.databases import Database, fetch
from tests.db.desk import Desk, make_desk


@pytest.fixture
async def desk(database: Database, engines: Engines) -> Desk:
    return await make_desk(database, engines)


async def test_pruned_inputs_leave_what_the_history_kept(desk: Desk) -> None:
    await desk.run(f'DELETE FROM "AgentSpecialization" WHERE "agentId" = \'{desk.people.agents[2]}\'')
    offered, waiting = await desk.hand.offered(), await desk.hand.offered(language="fi")
    full, queued = await desk.told(offered), await desk.told(waiting)
    assert await desk.prune() == 0
    desk.hand.clock.move(timedelta(days=91))
    fresh = await desk.hand.offered()
    assert await desk.prune() == 2
    assert (await desk.told(fresh)).inputs_kept

    told = await desk.told(offered)
    assert not told.inputs_kept
    assert told.sentences == (
        *full.sentences,
        "What the decision looked at is not kept any more; this is what the routing history keeps.",
    )
    same = {"candidates", "dropped", "considered", "eligible", "score", "rules", "rank", "ranked", "agent", "at"}
    assert told.model_dump(include=same) == full.model_dump(include=same)
    answer = (await desk.told(offered, agent=AgentId(desk.people.agents[2]))).answer
    assert answer is not None
    assert answer.verdict is Verdict.NOT_KEPT

    told = await desk.told(waiting)
    assert (told.decisions, told.outcome, told.score) == (queued.decisions, Outcome.QUEUED, queued.score)
    assert (told.considered, told.dropped) == (None, ())


async def test_one_batch_after_the_other(desk: Desk) -> None:
    leads = [await desk.hand.offered() for _ in range(5)]
    desk.hand.clock.move(timedelta(days=91))
    assert await desk.prune(batch=2) == 5
    assert await desk.prune() == 0
    assert await fetch(desk.database.superuser, "SELECT count(*) FROM decision_inputs") == [(0,)]
    assert [(await desk.told(lead_id)).outcome for lead_id in leads] == [Outcome.OFFERED] * 5


async def test_a_batch_takes_the_oldest_and_no_more_than_its_limit(desk: Desk) -> None:
    leads = [await desk.hand.offered() for _ in range(3)]
    async with single_statements(desk.engines.service) as connection:
        assert await prune_decision_inputs(connection, desk.hand.clock.now() + timedelta(seconds=1), 2) == 2
    assert [(await desk.told(lead_id)).inputs_kept for lead_id in leads] == [False, False, True]
