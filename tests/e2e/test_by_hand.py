"""Everything by hand: lives driven by raw signals alone, and workflows reset by an operator."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest, SignalWorkflowExecutionRequest
from temporalio.client import WorkflowExecutionStatus

from domain.ids import LeadId, workflow_id
from tests.check.clinic import faults, lives_of
from tests.db.databases import APPLICATION, OWNER, PASSWORD, Database, run_script
from tests.support.eventually import assert_eventually
from tests.support.people import People, populate
from tests.support.postgres import PostgresServer
from tests.support.world import World, open_world
from workflows.messages import ClaimSignal, ContactSignal, LeadResult

_SENDER = "temporal-cli:somebody"


@dataclass(frozen=True)
class Step:
    """What one person does, and the state it leads to. In `body` a person is named by part, as in `who`."""

    verb: str
    who: str
    state: str
    body: Mapping[str, Any]


_CLAIM = Step("claim", "holder", "claimed", {})
LIVES = {
    "claim, contact, outcome": (
        _CLAIM,
        Step("contact", "holder", "attempting", {"result": "no_answer", "channel": "sms"}),
        Step("contact", "holder", "contacted", {"result": "connected", "external_id": "call-1"}),
        Step("outcome", "holder", "closed", {"result": "won", "quality": 80, "value": 120.5, "cross_sell": True}),
    ),
    "manual reassignment": (
        _CLAIM,
        Step("reassign", "manager", "claimed", {"to_agent": "other"}),
        Step("contact", "other", "contacted", {"result": "connected"}),
        Step("outcome", "other", "closed", {"result": "lost", "reason": "price"}),
    ),
}


@pytest.mark.parametrize("life", LIVES)
async def test_signals_alone_leave_the_rows_that_the_api_leaves(
    life: str, database: Database, postgres: PostgresServer, temporal: str
) -> None:
    people = await populate(database, agents=2)
    async with _twin(database, postgres) as twin:
        async with open_world(database, temporal) as world:
            cast = await _begin(world, people)
            for step in LIVES[life]:
                answer = await world.command(cast.lead, step.verb, cast.parts[step.who], **cast.named(step.body))
                assert answer.status_code == 200, answer.text
            through_api = await _rows(world, cast)
        async with open_world(twin, temporal) as world:
            cast = await _begin(world, people)
            await world.api.aclose()
            for step in LIVES[life]:
                seq = (await world.lead(cast.lead)).seq
                actor = str(cast.parts[step.who])
                await _signal(world, cast.lead, step.verb, {"actor": actor, **cast.named(step.body)})
                await _applied(world, cast.lead, seq, step.state)
            by_hand = await _rows(world, cast)
            await _assert_only_ours(world, cast.lead, [step.verb for step in LIVES[life]])
            assert await faults(world) == set()
            await world.replay(cast.lead)
    for table in sorted({*through_api, *by_hand}):
        assert by_hand.get(table) == through_api.get(table), table
    assert len(through_api["lead_transitions"]) == len(LIVES[life]) + 3
    assert ("crm_lead_reassignments" in by_hand) == (life == "manual reassignment")


async def test_a_reset_of_a_claimed_lead_loses_nothing(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    await world.command(lead_id, "claim", agent)
    await world.settle()
    claimed, before = await world.lead(lead_id), await lives_of(world)
    await _reset(world, lead_id)
    await world.settle()
    assert await lives_of(world) == before
    assert await faults(world) == set()

    assert claimed.contact_expires_at is not None
    await world.advance(claimed.contact_expires_at - world.clock.now() + timedelta(seconds=1))
    breaches = await world.sql("SELECT due_at, at - due_at FROM lead_transitions WHERE kind = 'breach'")
    assert [due_at for due_at, _ in breaches] == [claimed.contact_expires_at], "the window is missed once"
    assert timedelta(0) <= breaches[0][1] < timedelta(seconds=5)
    assert await faults(world) == set()
    await world.replay(lead_id)


async def test_a_reset_of_a_closed_lead_ends_again(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    for verb, body in (("claim", {}), ("contact", {"result": "connected"}), ("outcome", {"result": "won"})):
        await world.command(lead_id, verb, agent, **body)
    await world.handle(lead_id).result()
    before = await lives_of(world)
    await _reset(world, lead_id)
    ended: LeadResult = await world.handle(lead_id).result()
    assert ended.end == "closed"
    assert await lives_of(world) == before
    assert await faults(world) == set()


@pytest.mark.parametrize("ids", [{"claim": "c", "contact": "k"}, {}], ids=["with ids", "without ids"])
async def test_a_reset_delivers_signals_again_and_they_count_once(world: World, ids: dict[str, str]) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    handle = world.handle(lead_id)
    await handle.signal("claim", ClaimSignal(actor=agent, command_id=ids.get("claim")))
    await handle.signal("contact", ContactSignal(actor=agent, command_id=ids.get("contact")))
    await world.until(lead_id, "contacted")
    await world.settle()
    before = await lives_of(world)
    await _reset(world, lead_id)
    await world.settle()
    assert await lives_of(world) == before
    assert await world.sql("SELECT count(*) FROM contact_attempts") == [(1,)]
    assert await world.sql("SELECT count(*) FROM command_results WHERE code <> 'applied'") == [(0,)]
    await world.replay(lead_id)


@dataclass(frozen=True, kw_only=True)
class Cast:
    """A lead and the people of its life by their parts."""

    lead: LeadId
    parts: Mapping[str, UUID]

    def named(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body with the ids of the people it names."""
        return {
            name: str(self.parts.get(value, value)) if name == "to_agent" else value for name, value in body.items()
        }


async def _begin(world: World, people: People) -> Cast:
    """A lead that came in and is offered, its workflow asleep."""
    lead_id = await world.receive(phone="+12025550123")
    holder = (await world.until(lead_id, "offered")).agent
    assert holder is not None
    other = next(agent for agent in people.agents if agent != holder)
    await world.settle()
    return Cast(
        lead=lead_id, parts={"holder": holder, "other": other, "manager": people.manager, "admin": people.admin}
    )


async def _signal(world: World, lead_id: LeadId, name: str, payload: Mapping[str, Any]) -> None:
    """The request that `temporal workflow signal --input` sends: a name and one plain JSON object."""
    await world.client.workflow_service.signal_workflow_execution(
        SignalWorkflowExecutionRequest(
            namespace=world.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id(lead_id)),
            signal_name=name,
            identity=_SENDER,
            request_id=str(uuid4()),
            input=Payloads(payloads=[Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(payload).encode())]),
        )
    )


async def _applied(world: World, lead_id: LeadId, seq: int, state: str) -> None:
    async def applied() -> bool:
        lead = await world.lead(lead_id)
        return lead.seq == seq + 1 and lead.state == state

    await assert_eventually(applied, what=f"one transition to {state}")


async def _assert_only_ours(world: World, lead_id: LeadId, verbs: Sequence[str]) -> None:
    """Nobody else told the workflow anything: every signal in its history is one of ours."""
    events = (await world.handle(lead_id).fetch_history()).events
    told = [
        event.workflow_execution_signaled_event_attributes
        for event in events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    ]
    assert [(signal.signal_name, signal.identity) for signal in told] == [(verb, _SENDER) for verb in verbs]


async def _reset(world: World, lead_id: LeadId) -> None:
    """Reset to the end of the first workflow task, as the Temporal UI does; whatever was signalled comes again."""
    handle = world.handle(lead_id)
    old = await handle.describe()
    first = next(
        event.event_id
        for event in (await handle.fetch_history()).events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    )
    answer = await world.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=world.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id(lead_id), run_id=old.run_id),
            reason="somebody pressed the button",
            workflow_task_finish_event_id=first,
            request_id=str(uuid4()),
        )
    )
    was = await world.client.get_workflow_handle(workflow_id(lead_id), run_id=old.run_id).describe()
    ended = {WorkflowExecutionStatus.TERMINATED, WorkflowExecutionStatus.COMPLETED}
    assert was.status in ended
    assert (await handle.describe()).run_id == answer.run_id != old.run_id


@asynccontextmanager
async def _twin(database: Database, postgres: PostgresServer) -> AsyncIterator[Database]:
    """A second database with the same people."""
    name = f"{database.name}_twin"
    await run_script(
        postgres.url(), f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {database.name} STRATEGY file_copy"
    )
    try:
        yield Database(
            name=name,
            owner=postgres.url(OWNER, name, PASSWORD),
            application=postgres.url(APPLICATION, name, PASSWORD),
            superuser=postgres.url(database=name),
        )
    finally:
        await run_script(postgres.url(), f"DROP DATABASE {name} WITH (FORCE)")


_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[0-9.:+Z]*")
_COMMAND = re.compile(r"^by:([^:]+):.*")
# How long something took, and what follows from the lead's id: numbers that differ from lead to lead.
_MEASURED = frozenset({"assignmentDurationHours", "seed", "size"})


async def _rows(world: World, cast: Cast) -> dict[str, list[str]]:
    """All rows of all tables once the life is over: no ids but those of the cast, no instants, no actor's door."""
    await world.handle(cast.lead).result()

    async def told() -> bool:
        return not await world.sql("SELECT FROM lead_transitions WHERE told_at IS NULL")

    await assert_eventually(told, what="every transition told")
    names = {str(cast.lead): "lead", **{str(person): part for part, person in cast.parts.items()}}
    tables = await world.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found: dict[str, list[str]] = {}
    for (table,) in tables:
        rows = [json.loads(row) for (row,) in await world.sql(f'SELECT to_jsonb(t)::text FROM "{table}" t')]
        if rows:
            found[table] = sorted(json.dumps(_plain(row, names), sort_keys=True) for row in rows)
    return found


def _plain(value: Any, names: Mapping[str, str], field: str = "") -> Any:
    if isinstance(value, dict):
        return {_plain(key, names): _plain(inner, names, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, names) for inner in value]
    if value is not None and field in _MEASURED:
        return "measured"
    if not isinstance(value, str):
        return value
    if field == "payload":
        return _plain(json.loads(zlib.decompress(bytes.fromhex(value.removeprefix("\\x")))), names)
    if field == "actor":
        value = value.removeprefix("temporal:")
    value = _INSTANT.sub("instant", _ID.sub(lambda found: names.get(found[0], "id"), value))
    return _COMMAND.sub(r"by:\1", value)
