"""Who sees what, and that nothing personal leaves Postgres."""

from __future__ import annotations

import base64
import json

from temporalio.api.common.v1 import Payload

from tests.db.databases import run_script
from tests.support.people import populate
from tests.support.world import World

CANARY = {"first_name": "Canaria", "last_name": "Birdsong", "phone": "+12025550177", "email": "canaria@example.com"}


async def test_phone_and_email_are_hidden_until_the_claim(world: World) -> None:
    people = await populate(world.database, agents=2)
    lead_id = await world.receive(**CANARY)
    offered = await world.until(lead_id, "offered")
    holder = offered.agent
    assert holder is not None
    other = next(agent for agent in people.agents if agent != holder)
    path = f"/v1/leads/{lead_id}"

    before = (await world.api.get(path, headers=world.token(holder))).json()
    assert before["lifecycle_state"] == "offered"
    assert [before[name] for name in CANARY] == [None] * 4
    assert (await world.api.get(path, headers=world.token(other))).status_code == 404
    assert (await world.command(lead_id, "claim", holder)).status_code == 200
    after = (await world.api.get(path, headers=world.token(holder))).json()
    assert {name: after[name] for name in CANARY} == CANARY


async def test_nothing_personal_reaches_temporal(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    lead_id = await world.receive(**CANARY)
    await world.until(lead_id, "offered")
    await world.command(lead_id, "claim", agent)
    await world.command(lead_id, "contact", agent, result="connected")
    await world.command(lead_id, "outcome", agent, result="won")
    await world.handle(lead_id).result()
    history = (await world.handle(lead_id).fetch_history()).to_json()
    payloads = " ".join(_decoded(json.loads(history)))
    for value in CANARY.values():
        assert value not in history
        assert value not in payloads


def _decoded(node: object) -> list[str]:
    """Every payload's text: histories carry it in base64."""
    found: list[str] = []
    if isinstance(node, dict):
        if isinstance(node.get("data"), str) and "metadata" in node:
            found.append(Payload(data=base64.b64decode(node["data"])).data.decode())
        for value in node.values():
            found += _decoded(value)
    elif isinstance(node, list):
        for value in node:
            found += _decoded(value)
    return found


async def test_callers_without_a_valid_token_get_nothing(world: World) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        answer = await world.api.get("/v1/leads", headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


async def test_managers_act_within_their_teams_only(world: World) -> None:
    own = await populate(world.database, agents=1)
    others = await populate(world.database, agents=1, line="Home")
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    foreign = await world.command(lead_id, "reassign", others.manager, to_agent=str(others.agents[0]))
    assert (foreign.status_code, foreign.json()["title"]) == (403, "Forbidden")
    nobody = await world.command(lead_id, "reassign", own.manager, to_agent=str(lead_id))
    assert nobody.status_code == 403
    unfit = await world.command(lead_id, "reassign", own.admin, to_agent=str(others.agents[0]))
    assert (unfit.status_code, unfit.json()["title"]) == (403, "NotEligible")
    given = await world.command(lead_id, "reassign", own.admin, to_agent=str(others.agents[0]), force=True)
    assert (given.status_code, given.json()["agent"]) == (200, str(others.agents[0]))


async def test_bad_input_names_field_problem_and_remedy(world: World) -> None:
    headers = world.token(None)
    for body, field in (
        ({"source": "web", "phone": "12"}, "phone"),
        ({"source": "web", "email": "nobody"}, "email"),
        ({"source": "web", "insurance_type": "Boat"}, "insurance_type"),
        ({"phone": "+12025550123"}, "source"),
    ):
        answer = await world.api.post("/v1/leads", json=body, headers=headers)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await world.sql("SELECT count(*) FROM crm_leads") == [(0,)]


async def test_a_lead_without_phone_and_email_waits_for_them(world: World) -> None:
    people = await populate(world.database, agents=1)
    lead_id = await world.receive(phone=None)
    incomplete = await world.lead(lead_id)
    assert (incomplete.state, incomplete.claim_expires_at) == ("incomplete", None)
    answer = await world.command(lead_id, "complete", people.admin, phone="202-555-0144")
    assert answer.json()["state"] == "received", answer.text
    offered = await world.until(lead_id, "offered")
    assert offered.agent == people.agents[0]
    stored = await world.sql("SELECT phone FROM lead_contact_details WHERE lead_id = $1", lead_id)
    assert stored == [("+12025550144",)]


async def test_a_team_that_was_given_up_shows_its_manager_nothing(world: World) -> None:
    team = await populate(world.database, agents=1)
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    headers = world.token(team.manager)
    assert (await world.api.get(f"/v1/leads/{lead_id}", headers=headers)).status_code == 200
    await run_script(world.database.owner, "UPDATE teams SET is_active = false")
    assert (await world.api.get(f"/v1/leads/{lead_id}", headers=headers)).status_code == 404
    assert (await world.api.get("/v1/leads", headers=headers)).json() in ([], {"leads": []})
