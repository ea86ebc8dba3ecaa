"""Every door leads to the same room: raw signals, updates, repeats, and tellings that never arrive."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain.ids import LeadId
from tests.support.eventually import assert_eventually
from tests.support.people import populate
from tests.support.world import World
from workflows.messages import ClaimSignal, CommandResult, ContactSignal, OutcomeSignal


async def _rows(world: World, lead_id: LeadId) -> dict[str, list[tuple[Any, ...]]]:
    """What a life leaves behind, without ids and instants."""
    return {
        "transitions": await world.sql(
            "SELECT seq, kind, state, epoch FROM lead_transitions WHERE lead_id = $1 ORDER BY seq", lead_id
        ),
        "events": await world.sql(
            'SELECT "eventType" FROM "RoutingEvent" WHERE "leadId" = $1 ORDER BY timestamp, 1', lead_id
        ),
        "offers": await world.sql("SELECT epoch, status, kind FROM lead_offers WHERE lead_id = $1", lead_id),
        "attempts": await world.sql("SELECT channel, result FROM contact_attempts WHERE lead_id = $1", lead_id),
        "outcomes": await world.sql("SELECT result, quality FROM lead_outcomes WHERE lead_id = $1", lead_id),
        "history": await world.sql(
            'SELECT "conversionOutcome", "assignmentQualityScore" FROM "LeadRoutingHistory" WHERE "leadId" = $1',
            lead_id,
        ),
        "lead": await world.sql(
            "SELECT status, lead_claimed, close_reason, reassignment_count FROM crm_leads WHERE id = $1", lead_id
        ),
    }


async def test_raw_signals_leave_the_rows_that_the_api_leaves(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    through_api = await world.receive()
    await world.until(through_api, "offered")
    await world.command(through_api, "claim", agent)
    await world.command(through_api, "contact", agent, result="connected")
    await world.command(through_api, "outcome", agent, result="won", quality=80)
    await world.handle(through_api).result()

    raw = await world.receive(phone="+12025550124")
    await world.until(raw, "offered")
    handle = world.handle(raw)
    await handle.signal("claim", ClaimSignal(actor=agent))
    await handle.signal("contact", ContactSignal(actor=agent))
    await handle.signal("outcome", OutcomeSignal.model_validate({"actor": agent, "result": "won", "quality": 80}))
    await handle.result()

    assert await _rows(world, raw) == await _rows(world, through_api)
    actors = await world.sql("SELECT actor FROM lead_transitions WHERE lead_id = $1 AND kind = 'claim'", raw)
    assert actors == [(f"temporal:agent:{agent}",)]
    await world.replay(raw)


async def test_updates_answer_and_refuse(world: World) -> None:
    agent, other = (await populate(world.database, agents=2)).agents
    lead_id = await world.receive()
    offered = await world.until(lead_id, "offered")
    holder, loser = (agent, other) if offered.agent == agent else (other, agent)
    handle = world.handle(lead_id)

    answer: CommandResult = await handle.execute_update(
        "claim", ClaimSignal(actor=holder, command_id="u1"), result_type=CommandResult
    )
    assert (answer.code, answer.snapshot and answer.snapshot.state) == ("applied", "claimed")
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await handle.execute_update("claim", ClaimSignal(actor=loser, command_id="u2"), result_type=CommandResult)
    cause = refused.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == "AlreadyClaimed"
    assert cause.details[0]["claimed_by"] == str(holder)
    kept = await world.sql("SELECT code, actor FROM command_results WHERE command_id LIKE '%:u2'")
    assert kept == [("AlreadyClaimed", f"temporal:{loser}")]
    await world.replay(lead_id)


async def test_a_message_delivered_twice_counts_once(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    lead_id = await world.receive(external_id="42")
    assert await world.receive(external_id="42") == lead_id
    await world.until(lead_id, "offered")
    handle = world.handle(lead_id)
    for _ in range(2):
        await handle.signal("claim", ClaimSignal(actor=agent, command_id="c"))
    for _ in range(2):
        await handle.signal("contact", ContactSignal(actor=agent, command_id="k"))
    outcome = OutcomeSignal.model_validate({"actor": agent, "command_id": "o", "result": "lost"})
    for _ in range(2):
        await handle.signal("outcome", outcome)
    await handle.result()
    kinds = await world.sql("SELECT kind FROM lead_transitions WHERE lead_id = $1 ORDER BY seq", lead_id)
    assert [kind for (kind,) in kinds] == ["receive", "score", "route", "claim", "contact", "outcome"]
    assert await world.sql("SELECT count(*) FROM contact_attempts WHERE lead_id = $1", lead_id) == [(1,)]


async def test_a_repeat_over_http_gets_the_first_answer(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    headers = {**world.token(agent), "Idempotency-Key": "click-1"}
    first = await world.api.post(f"/v1/leads/{lead_id}/claim", json={}, headers=headers)
    again = await world.api.post(f"/v1/leads/{lead_id}/claim", json={}, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() | {"changed": False} == again.json()
    other = await world.api.post(f"/v1/leads/{lead_id}/contact", json={"result": "connected"}, headers=headers)
    assert (other.status_code, other.json()["title"]) == (409, "Conflict")


async def test_what_was_never_told_is_told_by_the_relay(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    await world.settle()
    from domain.lifecycle.actor import Actor, Role
    from domain.lifecycle.commands import Claim

    # Committed at the edge, and the process died before it could tell.
    await world.services.lifecycle.apply(
        lead_id,
        Claim(command_id="silent", actor=Actor(role=Role.AGENT, id=agent), received_at=world.clock.now()),
    )

    async def told() -> bool:
        await world.services.relay.run_once()
        rows = await world.sql("SELECT count(*) FROM lead_transitions WHERE lead_id = $1 AND told_at IS NULL", lead_id)
        return rows == [(0,)]

    await assert_eventually(told)
    await world.settle()
    assert await world.sql("SELECT kind FROM lead_transitions WHERE lead_id = $1 ORDER BY seq DESC LIMIT 1", lead_id)
    await world.replay(lead_id)


async def test_a_terminated_workflow_is_started_again(world: World) -> None:
    await populate(world.database, agents=2)
    lead_id = await world.receive()
    offered = await world.until(lead_id, "offered")
    await world.settle()
    await world.handle(lead_id).terminate("somebody pressed the button")
    world.pass_unattended(timedelta(seconds=340))
    await world.services.relay.run_once()
    await world.until(lead_id, "offered")

    async def passed_on() -> bool:
        return (await world.lead(lead_id)).epoch == offered.epoch + 1

    await assert_eventually(passed_on)


async def test_updates_in_flight_when_a_lead_closes_all_get_their_answer(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    handle = world.handle(lead_id)
    answers: list[CommandResult | BaseException] = await asyncio.gather(
        handle.execute_update("claim", ClaimSignal(actor=agent, command_id="1"), result_type=CommandResult),
        handle.execute_update(
            "outcome",
            OutcomeSignal.model_validate({"actor": agent, "command_id": "2", "result": "won"}),
            result_type=CommandResult,
        ),
        handle.execute_update("contact", ContactSignal(actor=agent, command_id="3"), result_type=CommandResult),
        return_exceptions=True,
    )
    # They may be applied in any order; what matters is that each sender learns what became of its command.
    assert len(answers) == 3
    for answer in answers:
        assert isinstance(answer, CommandResult | WorkflowUpdateFailedError), answer
    await world.replay(lead_id)
