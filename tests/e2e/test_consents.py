"""What customers said about being contacted is kept with the lead, and shown to who would contact them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx

from domain.ids import LeadId
from tests.support.people import populate
from tests.support.world import World

MARCH = datetime(2026, 3, 2, 9, tzinfo=UTC).isoformat()
APRIL = datetime(2026, 4, 2, 9, tzinfo=UTC).isoformat()
YES = {"kind": "sms", "answer": "granted", "text_version": "v3", "at": MARCH, "source": "the customer's web form"}
LISTED = {"at": MARCH, "source": "the national list"}


async def _permission(world: World, lead_id: LeadId, person: UUID) -> dict[str, Any]:
    lead = (await world.api.get(f"/v1/leads/{lead_id}", headers=world.token(person))).json()
    found: dict[str, Any] = lead["permission"]
    return found


async def _say(world: World, lead_id: LeadId, person: UUID | None, **said: Any) -> httpx.Response:
    return await world.api.post(f"/v1/leads/{lead_id}/consents", json=said, headers=world.token(person))


async def test_what_came_with_the_lead_and_what_is_said_later_count_together(world: World) -> None:
    people = await populate(world.database, agents=1)
    stranger = await populate(world.database, agents=1, line="Life")
    (agent,) = people.agents
    lead_id = await world.receive(consents=[YES], do_not_call=[LISTED])
    await world.until(lead_id, "offered")
    assert (await _say(world, lead_id, agent, consents=[YES])).status_code == 403
    await world.command(lead_id, "claim", agent)

    before = await _permission(world, lead_id, agent)
    assert before["allowed"] == ["email", "whatsapp"]
    assert [(one["kind"], one["reason"]) for one in before["forbidden"]] == [
        ("call", "do_not_call"),
        ("sms", "do_not_call"),
    ]
    assert before["forbidden"][0]["sentence"] == (
        "Do not call: put on the do-not-call list on 2 March 2026 by the national list"
    )

    grant = {"kind": "call", "answer": "granted", "at": APRIL, "source": "the customer on the phone"}
    for _ in range(2):
        answer = await _say(world, lead_id, agent, consents=[grant])
        assert answer.status_code == 200, answer.text
        assert "call" in answer.json()["permission"]["allowed"]
    kept = await world.sql("SELECT kind, answer FROM lead_consents WHERE lead_id = $1 ORDER BY at, kind", lead_id)
    assert kept == [("do_not_call", "revoked"), ("sms", "granted"), ("call", "granted")]
    assert (await _say(world, lead_id, stranger.manager, consents=[grant])).status_code == 403
    assert (await _say(world, LeadId(uuid4()), None, consents=[grant])).status_code == 404
    late = {**grant, "at": "2126-01-01T00:00:00Z"}
    assert "at: is still to come" in (await _say(world, lead_id, agent, consents=[late])).text
    # Evidence of what was done is kept all the same.
    assert (await world.command(lead_id, "contact", agent, result="no_answer")).status_code == 200


async def test_a_policy_may_require_consent(world: World) -> None:
    (agent,) = (await populate(world.database, agents=1)).agents
    await world.configure(sla={"require_consent": ["whatsapp"]})
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    (forbidden,) = (await _permission(world, lead_id, agent))["forbidden"]
    assert (forbidden["kind"], forbidden["reason"]) == ("whatsapp", "no_consent")


async def test_a_second_arrival_brings_its_answers_to_the_open_lead(world: World) -> None:
    people = await populate(world.database, agents=1)
    lead_id = await world.receive(phone="+12025550155")
    await world.until(lead_id, "offered")
    again = {"source": "website", "phone": "+12025550155", "do_not_call": [LISTED]}
    answer = await world.api.post("/v1/leads", json=again, headers=world.token(None))
    assert answer.json()["joined"] is True
    assert {one["kind"] for one in (await _permission(world, lead_id, people.admin))["forbidden"]} == {"call", "sms"}


async def test_a_phone_that_arrives_later_says_where_the_customer_is(world: World) -> None:
    people = await populate(world.database, agents=1)
    incomplete = {"source": "website", "first_name": "Pat", "external_id": str(uuid4())}
    lead_id = (await world.api.post("/v1/leads", json=incomplete, headers=world.token(None))).json()["id"]
    body = {"phone": "+16025550142"}
    answer = await world.api.post(f"/v1/leads/{lead_id}/complete", json=body, headers=world.token(people.admin))
    assert answer.status_code == 200, answer.text
    assert (await world.lead(LeadId(UUID(lead_id)))).customer_zones == ("America/Phoenix",)
