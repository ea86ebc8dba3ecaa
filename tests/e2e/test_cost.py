"""What a life costs, in counts that do not depend on the machine."""

from __future__ import annotations

from collections import Counter

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Claim
from tests.support.people import populate
from tests.support.statements import statements
from tests.support.world import World


def counts(history: WorkflowHistory) -> Counter[str]:
    """How many events of each type."""
    return Counter(EventType.Name(entry.event_type).removeprefix("EVENT_TYPE_") for entry in history.events)


async def test_a_happy_life_takes_seven_workflow_tasks_and_46_events_at_most(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    for verb, body in (("claim", {}), ("contact", {"result": "connected"}), ("outcome", {"result": "won"})):
        await world.settle()
        assert (await world.command(lead_id, verb, agent, **body)).status_code == 200
    await world.handle(lead_id).result()
    seen = counts(await world.handle(lead_id).fetch_history())
    assert seen["WORKFLOW_TASK_COMPLETED"] <= 7, seen
    assert sum(seen.values()) <= 46, seen
    assert seen["ACTIVITY_TASK_SCHEDULED"] == 3


async def test_a_claim_takes_five_statements_at_most(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    await world.settle()
    command = Claim(command_id="c", actor=Actor(role=Role.AGENT, id=agent), received_at=world.clock.now())
    with statements(world.engines.service) as sent:
        await world.services.lifecycle.apply(lead_id, command)
    assert len(sent) <= 5, sent
