"""Calls that a telephony system reports: once each, in whatever order, and undone when they were somebody else's."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api.signature import sign
from tests.support.people import populate
from tests.support.world import WEBHOOK_SECRET, World

CUSTOMER = "+12025550142"


def _call(world: World, agent: UUID | None, **more: Any) -> dict[str, Any]:
    call = {
        "provider": "pbx",
        "external_id": str(uuid4()),
        "started_at": world.clock.now().isoformat(),
        "direction": "outbound",
        "from_number": "+12025550100",
        "to_number": "(202) 555-0142",
        "result": "no_answer",
        "agent": str(agent) if agent else None,
        **more,
    }
    return {name: value for name, value in call.items() if value is not None}


async def _report(world: World, call: dict[str, Any]) -> dict[str, Any]:
    answer = await world.api.post("/v1/telephony/calls", json=call, headers=world.token(None))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_holders_call_is_an_attempt_and_counts_once(world: World) -> None:
    (agent,) = (await populate(world.database, agents=1)).agents
    lead_id = await world.receive(phone=CUSTOMER)
    await world.until(lead_id, "offered")
    await world.command(lead_id, "claim", agent)
    call = _call(world, None, agent_email=f"{agent}@EXAMPLE.com")
    for _ in range(2):
        told = await _report(world, call)
        assert (told["state"], told["lead_id"], told["number_tail"]) == ("applied", str(lead_id), "0142")
        assert "number_key" not in told
    assert (await world.lead(lead_id)).contact_attempts == 1
    await world.until(lead_id, "attempting")

    inbound = _call(
        world, None, direction="inbound", from_number=CUSTOMER, to_number="+12025550100", result="connected"
    )
    assert (await _report(world, inbound))["state"] == "applied"
    await world.until(lead_id, "contacted")
    kept = await world.sql("SELECT number_key FROM call_events WHERE state = 'applied'")
    assert kept == [(None,), (None,)]
    await world.replay(lead_id)


async def test_a_call_before_the_claim_waits_for_it(world: World) -> None:
    (agent,) = (await populate(world.database, agents=1)).agents
    lead_id = await world.receive(phone=CUSTOMER)
    await world.until(lead_id, "offered")
    call = _call(world, agent, result="connected")
    assert (await _report(world, call))["state"] == "waiting"
    assert await world.services.telephony.settle_pending() == 0
    assert (await world.lead(lead_id)).state == "offered"

    await world.command(lead_id, "claim", agent)
    assert await world.services.telephony.settle_pending() == 1
    assert (await world.until(lead_id, "contacted")).contact_attempts == 1
    assert (await _report(world, call))["state"] == "applied"
    assert await world.services.telephony.settle_pending() == 0
    await world.settle()
    await world.replay(lead_id)


async def test_a_call_that_is_reported_after_the_breach_is_its_makers(world: World) -> None:
    people = await populate(world.database, agents=2)
    lead_id = await world.receive(phone=CUSTOMER)
    first = (await world.until(lead_id, "offered")).agent
    assert first is not None
    await world.command(lead_id, "claim", first)
    call = _call(world, first)
    await world.advance(timedelta(seconds=301))
    second = (await world.until(lead_id, "offered")).agent
    assert {first, second} == set(people.agents)
    assert (await _report(world, call))["state"] == "applied"
    attempts = await world.sql("SELECT agent_id, epoch FROM contact_attempts WHERE lead_id = $1", lead_id)
    assert attempts == [(first, 1)]
    assert (await world.lead(lead_id)).state == "offered"
    await world.settle()
    await world.replay(lead_id)


async def test_what_was_cut_off_is_finished_later(world: World) -> None:
    (agent,) = (await populate(world.database, agents=1)).agents
    lead_id = await world.receive(phone=CUSTOMER)
    await world.until(lead_id, "offered")
    await world.command(lead_id, "claim", agent)
    told = await _report(world, _call(world, agent))
    await world.sql(
        f"UPDATE call_events SET state = 'received', settled_at = NULL, number_key = '{CUSTOMER}'"
        f" WHERE id = '{told['id']}'"
    )
    assert await world.services.telephony.settle_pending() == 1
    assert (await world.lead(lead_id)).contact_attempts == 1


async def test_a_wrong_match_is_undone_by_whom_it_concerns(world: World) -> None:
    people = await populate(world.database, agents=1)
    stranger = await populate(world.database, agents=1, line="Life")
    (agent,) = people.agents
    lead_id = await world.receive(phone=CUSTOMER)
    await world.until(lead_id, "offered")
    await world.command(lead_id, "claim", agent)
    told = await _report(world, _call(world, agent))

    async def undo(person: UUID) -> httpx.Response:
        path = f"/v1/telephony/calls/{told['id']}/undo"
        return await world.api.post(path, json={"code": "other_customer"}, headers=world.token(person))

    for other in (agent, stranger.manager):
        assert (await undo(other)).status_code == 403
    for _ in range(2):
        answer = await undo(people.manager)
        assert (answer.status_code, answer.json()["state"]) == (200, "undone")
    corrections = await world.sql("SELECT lead_id, corrected_by, code FROM contact_corrections")
    assert corrections == [(lead_id, people.manager, "other_customer")]
    assert await world.sql("SELECT count(*) FROM admin_audit WHERE kind = 'undo_call'") == [(1,)]
    timeline = (await world.api.get(f"/v1/leads/{lead_id}/timeline", headers=world.token(people.admin))).json()
    assert [entry["kind"] for entry in timeline if entry["what"] == "correction"] == ["other_customer"]


async def test_unmatched_calls_are_listed_with_the_reason(world: World) -> None:
    people = await populate(world.database, agents=1)
    (agent,) = people.agents
    assert (await _report(world, _call(world, agent)))["reason"] == "no_open_lead"
    listed = await world.api.get("/v1/telephony/calls?state=unmatched", headers=world.token(people.admin))
    assert [(call["reason"], call["number_tail"]) for call in listed.json()] == [("no_open_lead", "0142")]
    assert (await world.api.get("/v1/telephony/calls", headers=world.token(agent))).status_code == 403
    none = await world.api.get("/v1/telephony/calls", headers=world.token(people.manager))
    assert none.json() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"to_number": "12"}, "phone: "),
        ({"agent": None, "agent_email": "nobody@example.com"}, "agent_email: no active agent has it"),
        ({"result": "sold"}, "result"),
    ],
)
async def test_bad_calls_are_refused_by_field(world: World, change: dict[str, Any], words: str) -> None:
    call = _call(world, None, agent_email="x@example.com") | change
    call = {name: value for name, value in call.items() if value is not None}
    answer = await world.api.post("/v1/telephony/calls", json=call, headers=world.token(None))
    assert answer.status_code == 422
    assert words in answer.text


async def test_a_signature_stands_for_a_token(world: World) -> None:
    (agent,) = (await populate(world.database, agents=1)).agents
    body = json.dumps(_call(world, agent)).encode()
    now = int(world.clock.now().timestamp())

    async def send(secret: str, at: int, sent: bytes = body) -> int:
        headers = {
            "content-type": "application/json",
            "webhook-id": "m1",
            "webhook-timestamp": str(at),
            "webhook-signature": f"v1,bm90IGl0 {sign(secret, 'm1', at, body)}",
        }
        return (await world.api.post("/v1/telephony/calls", content=sent, headers=headers)).status_code

    assert await send(WEBHOOK_SECRET, now) == 200
    assert await send("another secret of twenty-four", now) == 401
    assert await send(WEBHOOK_SECRET, now - 400) == 401
    assert await send(WEBHOOK_SECRET, now + 400) == 401
    assert await send(WEBHOOK_SECRET, now, body.replace(b"no_answer", b"connected")) == 401
    person = await world.api.post("/v1/telephony/calls", content=body, headers=world.token(agent))
    assert person.status_code == 401
