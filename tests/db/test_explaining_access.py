"""Who may read which explanation, and how much of it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from db.session import Engines
from domain.ids import AgentId, LeadId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Decline, Route
from domain.lifecycle.transition import RefusalCode
from domain.routing.explanation import Verdict
from tests.db.databases import Database
from tests.db.desk import Desk, make_desk, refused, rule
from tests.support.people import populate


@pytest.fixture
async def desk(database: Database, engines: Engines) -> Desk:
    return await make_desk(database, engines)


async def test_agents_read_their_own_part_and_nobody_elses(desk: Desk) -> None:
    secret = rule("not to Bob", "reroute", exclude=[str(uuid4())])
    await desk.configure(strategy={"name": "weighted", "weights": {str(desk.people.agents[1]): 2}}, rules=[secret])
    lead_id = await desk.hand.offered()
    holder = Actor(role=Role.AGENT, id=await desk.hand.holder(lead_id))
    others = [agent for agent in desk.people.agents if agent != holder.id]
    seen = await desk.told(lead_id, holder)
    text = seen.model_dump_json()
    assert not [agent for agent in others if str(agent) in text]
    assert "Bob" not in text
    assert [one.agent for one in seen.candidates] == [holder.id]
    assert (seen.rank, seen.ranked, seen.considered, seen.agent) == (1, 3, 3, holder.id)
    assert seen.answer is not None
    assert (seen.answer.verdict, seen.answer.agent) == (Verdict.CHOSEN, holder.id)
    assert refused(await desk.why(lead_id, holder, agent=AgentId(others[0]))) is RefusalCode.FORBIDDEN
    assert refused(await desk.why(lead_id, Actor(role=Role.AGENT, id=others[0]))) is RefusalCode.NOT_FOUND

    await desk.hand.by_holder(lead_id, Decline)
    next_holder = await desk.hand.holder(lead_id)
    later = await desk.told(lead_id, holder)
    text = later.model_dump_json()
    assert (later.agent, str(next_holder) in text) == (None, False)
    assert later.answer is not None
    assert (later.answer.verdict, later.answer.reason) == (Verdict.DROPPED, "barred")
    first = await desk.told(lead_id, Actor(role=Role.AGENT, id=next_holder), seq=seen.seq)
    assert first.answer is not None
    assert first.answer.verdict is Verdict.RANKED
    assert first.answer.winner is None
    assert "against" not in " ".join((*first.sentences, *first.answer.sentences))
    assert str(holder.id) not in first.model_dump_json()


async def test_an_escalated_lead_explains_itself_to_agents_who_had_it_only(desk: Desk) -> None:
    await desk.configure(rules=[rule("to the managers", "escalate")])
    lead_id = await desk.hand.offered()
    assert refused(await desk.why(lead_id, desk.agent(0))) is RefusalCode.NOT_FOUND


async def test_managers_read_their_teams_leads_in_full(desk: Desk) -> None:
    strangers = await populate(desk.database, agents=1, line="Home")
    lead_id = await desk.hand.offered()
    own = Actor(role=Role.MANAGER, id=desk.people.manager)
    assert await desk.told(lead_id, own) == await desk.told(lead_id)
    other = Actor(role=Role.MANAGER, id=strangers.manager)
    assert refused(await desk.why(lead_id, other)) is RefusalCode.NOT_FOUND


async def test_what_is_not_there(desk: Desk) -> None:
    lead_id = await desk.hand.receive()
    assert refused(await desk.why(lead_id)) is RefusalCode.NOT_FOUND
    await desk.hand.give(lead_id, Route)
    assert refused(await desk.why(lead_id, seq=1)) is RefusalCode.NOT_FOUND
    assert refused(await desk.why(lead_id, agent=AgentId(uuid4()))) is RefusalCode.NOT_FOUND
    assert refused(await desk.why(LeadId(uuid4()))) is RefusalCode.NOT_FOUND
