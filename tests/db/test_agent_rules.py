"""Rules about agents and about the team, in routing as it is committed, explained and tried."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from db.session import Engines, reader_transaction
from domain.ids import AgentId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Decline, RecordScore
from domain.lifecycle.state import LifecycleState
from domain.routing.explanation import Explanation
from domain.tier import Tier
from services.explaining import Explaining
from services.intake import Intake
from services.new_lead import NewLead
from services.rule_trial import Trial, try_on_lead
from tests.db.databases import Database, fetch
from tests.db.office import Office
from tests.support.people import populate

NO_JUNIORS = {
    "name": "not for juniors",
    "condition": {
        "and": [
            {"field": "lead.line", "operator": "eq", "value": "Auto"},
            {"field": "agent.tier", "operator": "eq", "value": "Junior"},
        ]
    },
    "action": "reroute",
}


@pytest.fixture
async def office(database: Database, engines: Engines) -> Office:
    return Office(database, engines, await populate(database, 2))


async def _rate(office: Office, agent: UUID, rating: float) -> None:
    await fetch(office.database.superuser, "UPDATE crm_agents SET rating = $1 WHERE id = $2", rating, agent)


async def test_juniors_do_not_get_it_and_the_explanation_names_the_rule(office: Office, engines: Engines) -> None:
    junior, other = office.people.agents
    await _rate(office, junior, 0.2)
    await office.apply(rules=[NO_JUNIORS])
    leads = [await office.receive() for _ in range(3)]
    assert {lead.agent for lead in leads} == {other}

    async with reader_transaction(engines.reader, office.people.admin) as connection:
        explained = await Explaining(office.configurations).explain(
            connection, leads[0].id, office.admin, agent=AgentId(junior)
        )
    assert isinstance(explained, Explanation)
    assert [(rule.effect, rule.name) for rule in explained.rules] == [("agents", "not for juniors")]
    assert explained.answer is not None
    assert (explained.answer.verdict, explained.answer.reason) == ("dropped", "rule")
    await _rate(office, junior, 0.9)
    assert (await office.receive()).agent == junior


async def test_when_everybody_is_taken_out_it_waits(office: Office) -> None:
    for agent in office.people.agents:
        await _rate(office, agent, 0.2)
    await office.apply(rules=[NO_JUNIORS])
    assert (await office.receive()).state is LifecycleState.QUEUED


async def test_a_rule_looks_at_the_team_of_the_strategy(office: Office) -> None:
    full = {"field": "team.utilization", "operator": "gte", "value": 10}
    rules = [{"name": "full", "condition": full, "action": {"type": "escalate", "params": {"code": "team_full"}}}]
    await office.apply(rules=rules)
    assert (await office.receive()).state is LifecycleState.OFFERED, "no team, no such fields"
    (team,) = (await fetch(office.database.superuser, "SELECT name FROM teams"))[0]
    await office.apply(rules=rules, strategy={"name": "greedy", "team": team})
    await fetch(office.database.superuser, """UPDATE "AgentAvailability" SET "maxCapacity" = 5""")
    assert (await office.receive()).state is LifecycleState.ESCALATED, "one of ten slots is taken"


class TestTrial:
    async def test_whom_a_rule_about_agents_takes_out(self, office: Office) -> None:
        await _rate(office, office.people.agents[0], 0.2)
        lead = await self._unrouted(office)
        trial = await self._try(office, lead, [NO_JUNIORS])
        assert [(tried.matches, tried.counts_for, tried.takes_out) for tried in trial.rules] == [(True, "agents", 1)]
        assert trial.becomes is not None
        assert (trial.becomes.state, trial.becomes.agent) == (LifecycleState.OFFERED, office.people.agents[1])

    async def test_a_lead_that_would_wait(self, office: Office) -> None:
        lead = await self._unrouted(office)
        move = {"name": "later", "condition": {"and": []}, "action": {"type": "move_queue", "params": {"queue": "hot"}}}
        trial = await self._try(office, lead, [move])
        assert (trial.becomes.state if trial.becomes else None, trial.queue) == (LifecycleState.QUEUED, "hot")

    async def test_a_waiting_lead_is_judged_as_the_drain_judges_it(self, office: Office) -> None:
        """Not sent back into the queue it waits in, and not offered again to whoever gave it back."""
        first, other = office.people.agents
        await fetch(office.database.superuser, "UPDATE crm_agents SET accepts_new_leads = false WHERE id = $1", other)
        lead = await office.receive()
        waiting = await office.give(lead.id, Decline, Actor(role=Role.AGENT, id=first))
        assert waiting.state is LifecycleState.QUEUED
        move = {"name": "later", "condition": {"and": []}, "action": {"type": "move_queue", "params": {"queue": "hot"}}}
        alone = await self._try(office, waiting.id, [move])
        assert alone.choice.agent_ids == ()
        await fetch(office.database.superuser, "UPDATE crm_agents SET accepts_new_leads = true WHERE id = $1", other)
        tried = await self._try(office, waiting.id, [move])
        assert tried.becomes is not None
        assert tried.becomes.agent == other

    async def test_a_lead_that_somebody_has(self, office: Office) -> None:
        lead = await office.receive()
        assert (await self._try(office, lead.id, [])).becomes is None

    async def _unrouted(self, office: Office) -> Any:
        intake = Intake(office.engines.service, office.clock, office.configurations, None)
        lead, _ = await intake.receive(NewLead(source="website", phone="+12025550199", insurance_type="Auto"))
        await office.give(lead.id, RecordScore, score=60, tier=Tier.TIER3)
        return lead.id

    async def _try(self, office: Office, lead_id: Any, rules: list[Any]) -> Trial:
        await office.drafts.save({"rules": rules}, office.admin)
        drafted = await office.drafts.plan()
        published = await office.publishing.published()
        configuration = drafted.wanted.configuration if drafted is not None else published.configuration
        return await try_on_lead(
            office.engines.reader, lead_id, configuration, caller=office.people.admin, now=office.clock.now()
        )
