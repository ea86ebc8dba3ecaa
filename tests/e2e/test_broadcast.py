"""Leads that are offered to many, on real parts, with the default plan's real five minutes."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from db.repositories.decision_records import newest_decisions
from db.session import write_transaction
from domain.configuration import Configuration
from domain.ids import LeadId
from domain.lifecycle.lead import Lead
from services.configurations import Configurations
from services.decisions import decision_fault
from services.invariants import check_invariants
from tests.db.databases import run_script
from tests.support.people import People, populate
from tests.support.world import World

_MOMENT = timedelta(seconds=1)


@pytest.fixture
async def people(world: World) -> People:
    """Five agents, each a little less proficient than the one before; the last does not speak English."""
    people = await populate(world.database, agents=5)
    body = json.dumps({"strategy": {"name": "broadcast"}})
    script = [
        f"INSERT INTO configuration_versions (version, body) SELECT max(version) + 1, '{body}'"
        " FROM configuration_versions",
        *(
            f'UPDATE "AgentSpecialization" SET "proficiencyLevel" = {5 - place} WHERE "agentId" = \'{agent}\''
            for place, agent in enumerate(people.agents)
        ),
        f'UPDATE "AgentSpecialization" SET languages = \'["es"]\' WHERE "agentId" = \'{people.agents[4]}\'',
    ]
    await run_script(world.database.owner, ";".join(script))
    return people


async def _receive(world: World) -> LeadId:
    lead_id = await world.receive(language="en")
    await world.until(lead_id, "offered")
    return lead_id


async def _invited(world: World, lead_id: LeadId) -> set[UUID]:
    rows = await world.sql("SELECT agent_id FROM lead_offers WHERE lead_id = $1 AND status = 'open'", lead_id)
    return {row[0] for row in rows}


async def _step_over(world: World, lead_id: LeadId) -> Lead:
    """Let time pass until the running step has ended; returns the lead after it."""
    ends_at = (await world.lead(lead_id)).claim_expires_at
    assert ends_at is not None
    await world.advance(ends_at - world.clock.now() + _MOMENT)
    return await world.lead(lead_id)


async def _mine(world: World, agent: UUID) -> list[dict[str, Any]]:
    answer = await world.api.get("/v1/leads", params={"mine": True}, headers=world.token(agent))
    listed: list[dict[str, Any]] = answer.json()
    return listed


async def _proven(world: World) -> None:
    """Every invariant holds, and every recorded decision, made again, is the same."""
    assert (await check_invariants(world.engines.service)).violations == ()
    configurations = Configurations()
    async with write_transaction(world.engines.service) as connection:
        for record in await newest_decisions(connection, 100):
            configuration: Configuration = await configurations.get(connection, record.config_version)
            assert decision_fault(record, configuration) is None


async def test_nobody_claims_until_every_step_is_over(world: World, people: People) -> None:
    lead_id = await _receive(world)
    circles = [await _invited(world, lead_id)]
    for step in (2, 3, 4):
        lead = await _step_over(world, lead_id)
        assert (lead.state, lead.agent, lead.offer_step, lead.epoch) == ("offered", None, step, step)
        assert not lead.claim_breached
        circles.append(await _invited(world, lead_id))
    best = people.agents
    assert circles == [{best[0]}, set(best[:2]), set(best[:4]), set(best)], "only the last one needs a softened step"

    ended = await _step_over(world, lead_id)
    assert (ended.state, ended.agent, ended.claim_breached, ended.reassignment_count) == ("escalated", None, True, 0)
    events = await world.sql('SELECT "eventType", count(*) FROM "RoutingEvent" WHERE "leadId" = $1 GROUP BY 1', lead_id)
    counts = dict(events)
    assert (counts["assigned"], counts["widened"], counts["sla_breached"], counts["escalated"]) == (5, 3, 1, 1)
    last = await world.sql(
        "SELECT DISTINCT status, claim_breached, end_code FROM lead_offers WHERE lead_id = $1 AND epoch = 4", lead_id
    )
    assert last == [("missed", True, "broadcast_unclaimed")]
    assert await world.sql("SELECT count(*) FROM crm_lead_reassignments") == [(0,)]
    assert await world.sql('SELECT sum("currentLoad") FROM "AgentAvailability"') == [(0,)]
    await _proven(world)
    await world.replay(lead_id)


async def test_the_second_best_claims_in_the_second_step(world: World, people: People) -> None:
    best, second, third = people.agents[:3]
    lead_id = await _receive(world)
    first = await world.lead(lead_id)
    assert [listed["id"] for listed in await _mine(world, best)] == [str(lead_id)]
    assert await _mine(world, second) == []
    uninvited = await world.command(lead_id, "claim", second)
    assert (uninvited.status_code, uninvited.json()["title"]) == (403, "NotEligible")

    await _step_over(world, lead_id)
    (listed,) = await _mine(world, second)
    assert (listed["lifecycle_state"], listed["assigned_agent_id"], listed["offer_step"]) == ("offered", None, 2)
    claimed = await world.command(lead_id, "claim", second, epoch=listed["epoch"])
    assert claimed.status_code == 200, claimed.text
    lead = await world.lead(lead_id)
    assert (lead.state, lead.agent, lead.claim_breached) == ("claimed", second, False)

    slower = await world.command(lead_id, "claim", best, epoch=first.epoch)
    assert (slower.status_code, slower.json()["title"]) == (409, "AlreadyClaimed")
    assert lead.contact_started_at is not None
    assert slower.json()["claimed_by"] == str(second)
    assert await _mine(world, best) == []
    assert [one["id"] for one in await _mine(world, second)] == [str(lead_id)]
    assert await _invited(world, lead_id) == set()
    loads = await world.sql('SELECT "agentId" FROM "AgentAvailability" WHERE "currentLoad" > 0')
    assert loads == [(second,)]
    history = await world.sql(
        'SELECT "assignedAgentId", "routingStrategy", "assignmentReason" FROM "LeadRoutingHistory" WHERE "leadId" = $1',
        lead_id,
    )
    assert [(agent, strategy) for agent, strategy, _ in history] == [(second, "broadcast")]
    reason = json.loads(history[0][2])
    assert (reason["strategy"], reason["round"], reason["invited"]) == ("broadcast", 2, 2)
    await _proven(world)

    # The contact window is missed: whoever had it is asked again only when nobody else is there.
    await world.advance(timedelta(seconds=301))
    again = await world.lead(lead_id)
    assert (again.state, again.agent, again.offer_step) == ("offered", None, 1)
    assert await _invited(world, lead_id) == {best}
    await _step_over(world, lead_id)
    assert await _invited(world, lead_id) == {best, third}
    assert (await world.command(lead_id, "claim", third)).status_code == 200
    rows = await world.sql("SELECT from_agent_id, to_agent_id, reason FROM crm_lead_reassignments")
    assert rows == [(second, third, "no_contact")]
    assert (await world.command(lead_id, "contact", third, result="connected")).json()["state"] == "contacted"
    assert (await world.command(lead_id, "outcome", third, result="won")).json()["state"] == "closed"
    assert (await world.handle(lead_id).result()).end == "closed"
    await _proven(world)
    await world.replay(lead_id)


async def test_a_decline_by_the_only_one_asked_begins_the_next_step_at_once(world: World, people: People) -> None:
    best, second, third = people.agents[:3]
    lead_id = await _receive(world)
    declined = await world.command(lead_id, "decline", best, code="busy")
    assert declined.status_code == 200, declined.text
    assert (declined.json()["state"], declined.json()["epoch"]) == ("offered", 2)
    assert await _invited(world, lead_id) == {second, third}
    refused = await world.command(lead_id, "claim", best)
    assert (refused.status_code, refused.json()["title"]) == (403, "NotEligible")
    # The workflow sleeps by the new step's end now.
    lead = await _step_over(world, lead_id)
    assert (lead.offer_step, lead.epoch) == (3, 3)
    assert await _invited(world, lead_id) == set(people.agents[1:])
    withdrawn = await world.api.post(
        f"/v1/leads/{lead_id}/withdraw", json={"code": "spam"}, headers=world.token(people.admin)
    )
    assert withdrawn.json()["state"] == "closed", withdrawn.text
    assert await _invited(world, lead_id) == set()
    await world.handle(lead_id).result()
    await _proven(world)
    await world.replay(lead_id)
