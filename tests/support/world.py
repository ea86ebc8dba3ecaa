"""A whole Baton in one process, on a real Postgres and a real Temporal server, with a clock that the test moves.

Windows keep their real five minutes: `World.advance` skips the time of every open workflow and moves the clock of
every service with it.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.testing._timeskipping import FastForwardConfig
from temporalio.worker import Replayer, Worker

from api.app import make_app
from api.auth import issue_token
from db.repositories.configurations import publish_configuration
from db.session import Engines, admin_transaction, create_engines
from domain.ids import LeadId, workflow_id
from domain.lifecycle.lead import Lead
from services.new_lead import NewLead
from services.service_set import Services
from tests.db.databases import Database
from tests.replay.histories import record
from tests.support.clock import MovableClock
from tests.support.eventually import assert_eventually
from tests.support.phones import fresh_phone
from workers.wiring import wire
from workers.worker import make_replayer, make_worker
from workflows.messages import LeadResult
from workflows.names import LEAD_SEQ

SECRET = "a secret that only the tests know, 32+"
WEBHOOK_SECRET = "the tests sign calls with this"
_RESOLUTION = timedelta(milliseconds=5)


@dataclass(kw_only=True)
class World:
    """Services, API, worker and time of one test."""

    database: Database
    engines: Engines
    client: Client
    skipper: TimeSkipper
    services: Services
    clock: MovableClock
    api: httpx.AsyncClient
    observer: asyncpg.Connection[asyncpg.Record]
    task_queue: str
    worker: Worker | None = None

    async def sql(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """All rows of a query, past every policy."""
        return [tuple(row.values()) for row in await self.observer.fetch(query, *arguments)]

    async def configure(self, **body: Any) -> None:
        """Publish a configuration for the leads that come from now on."""
        async with admin_transaction(self.engines.admin) as connection:
            await publish_configuration(connection, body, "a test", None)

    async def events(self, lead_id: LeadId, *types: str) -> list[tuple[str, dict[str, Any]]]:
        """The lead's events of these types, oldest first."""
        rows = await self.sql(
            'SELECT "eventType", "eventData" FROM "RoutingEvent" WHERE "leadId" = $1 AND "eventType" = ANY($2)'
            " ORDER BY timestamp",
            lead_id,
            list(types),
        )
        return [(kind, json.loads(data)) for kind, data in rows]

    async def receive(self, **facts: Any) -> LeadId:
        """Send a lead in through the API, as another system does; returns its id."""
        body = {"source": "website", "phone": fresh_phone(), "insurance_type": "Auto", **facts}
        answer = await self.api.post("/v1/leads", json=body, headers=self.token(None))
        assert answer.status_code in (200, 202), answer.text
        return LeadId(UUID(answer.json()["id"]))

    async def accept(self, new: NewLead) -> Lead:
        """Take a lead in through the service."""
        lead, _ = await self.services.intake.receive(new)
        return lead

    def token(self, person: UUID | None) -> dict[str, str]:
        """The headers of a person's request; of another system's without one."""
        issued = issue_token(SECRET, person or uuid4(), service=person is None, lifetime=timedelta(days=1))
        return {"Authorization": f"Bearer {issued}"}

    async def command(self, lead_id: LeadId, verb: str, person: UUID, **body: Any) -> httpx.Response:
        """A person's command through the API."""
        return await self.api.post(f"/v1/leads/{lead_id}/{verb}", json=body, headers=self.token(person))

    async def lead(self, lead_id: LeadId) -> Lead:
        """The lead as committed."""
        lead = await self.services.lifecycle.current(lead_id)
        assert lead is not None
        return lead

    async def until(self, lead_id: LeadId, *states: str, seconds: float = 10.0) -> Lead:
        """Wait, in real time, until the lead is in one of the states."""

        async def arrived() -> Lead | None:
            lead = await self.lead(lead_id)
            return lead if lead.state in states else None

        return await assert_eventually(arrived, seconds, what=f"lead in {states}")

    def handle(self, lead_id: LeadId) -> WorkflowHandle[Any, LeadResult]:
        """The lead's workflow."""
        return self.client.get_workflow_handle(workflow_id(lead_id), result_type=LeadResult)

    async def settle(self, seconds: float = 15.0) -> None:
        """Wait until every open lead's workflow sleeps by the row as it is, and nothing is due."""

        async def settled() -> bool:
            return not [lead_id for lead_id, seq in await self._open() if not await self._sleeps(lead_id, seq)]

        await assert_eventually(settled, seconds, what="every workflow asleep")

    async def advance(self, by: timedelta) -> None:
        """Let time pass: deadline by deadline, so that each fires when it is due and not after the next one."""
        end = self.clock.now() + by
        while True:
            await self.settle()
            due = await self.sql(
                "SELECT min(due) FROM crm_leads, unnest(ARRAY[wake_at, remind_at]) AS due"
                " WHERE lifecycle_state <> 'closed' AND due > $1",
                self.clock.now(),
            )
            next_due: datetime | None = due[0][0]
            target = min(end, next_due + _RESOLUTION) if next_due is not None else end
            # The machine's own time passes too, so the target may be behind us already.
            await self._jump(max(target - self.clock.now(), _RESOLUTION))
            if target >= end:
                break
        await self.settle()

    async def catch_up(self, by: timedelta) -> None:
        """Let the open workflows have the time that has passed for the services without them."""
        handles = [self.handle(lead_id) for lead_id, _ in await self._open()]
        await asyncio.gather(*(self.skipper.fast_forward(handle, by) for handle in handles))

    def pass_unattended(self, by: timedelta) -> None:
        """Let time pass for the services alone, as while no workflow runs."""
        self.clock.move(by)
        # A workflow started from now on begins in the world's present, not in the machine's.
        self.skipper.config = TimeSkippingConfig(
            fast_forward_config=FastForwardConfig(id=uuid4().hex, duration=self.clock.offset)
        )

    async def replay(self, lead_id: LeadId, *, run: tuple[int, str] | None = None) -> None:
        """Replay the lead's history on today's code; raises when it would act differently.

        `run` is one of several runs of the lead, by number and id. With BATON_RECORD set the history is added to the
        corpus, under the name of the test.
        """
        number, run_id = run or (None, None)
        history = await self.client.get_workflow_handle(workflow_id(lead_id), run_id=run_id).fetch_history()
        if "BATON_RECORD" in os.environ:
            name = os.environ["PYTEST_CURRENT_TEST"].split("::test_")[-1].removesuffix(" (call)")
            record(name if number is None else f"{name}_run_{number}", history)
        replayer: Replayer = make_replayer()
        await replayer.replay_workflow(history)

    async def _open(self) -> list[tuple[LeadId, int]]:
        rows = await self.sql("SELECT id, seq FROM crm_leads WHERE lifecycle_state <> 'closed'")
        return [(LeadId(lead_id), seq) for lead_id, seq in rows]

    async def _sleeps(self, lead_id: LeadId, seq: int) -> bool:
        rows = await self.sql("SELECT least(wake_at, remind_at) FROM crm_leads WHERE id = $1", lead_id)
        if rows[0][0] is not None and rows[0][0] <= self.clock.now():
            return False
        try:
            described = await self.handle(lead_id).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        known = described.typed_search_attributes.get(LEAD_SEQ)
        return described.status is WorkflowExecutionStatus.RUNNING and known is not None and known >= seq

    async def _jump(self, by: timedelta) -> None:
        handles = [self.handle(lead_id) for lead_id, _ in await self._open()]
        self.pass_unattended(by)
        await asyncio.gather(*(self.skipper.fast_forward(handle, by) for handle in handles))


@asynccontextmanager
async def open_world(database: Database, temporal_address: str, *, working: bool = True) -> AsyncIterator[World]:
    """A world on a database of its own. Without `working` no worker runs until the test starts one."""
    plain = await Client.connect(temporal_address, data_converter=pydantic_data_converter)
    skipper = TimeSkipper(plain, config=TimeSkippingConfig(enabled=False))
    clock = MovableClock()
    task_queue = f"test-{uuid4().hex[:12]}"
    engines = create_engines(database.application, pool_size=5, application_name="tests")
    services = wire(engines, skipper.client, clock, task_queue=task_queue)
    app = make_app(services, secret=SECRET, webhook_secret=WEBHOOK_SECRET)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(engines.dispose)
        api = await stack.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://baton.test")
        )
        observer = await asyncpg.connect(database.superuser)
        stack.push_async_callback(observer.close)
        await stack.enter_async_context(services.telling)
        world = World(
            database=database,
            engines=engines,
            client=skipper.client,
            skipper=skipper,
            services=services,
            clock=clock,
            api=api,
            observer=observer,
            task_queue=task_queue,
        )
        if working:
            world.worker = await stack.enter_async_context(make_worker(skipper.client, services, task_queue=task_queue))
        try:
            yield world
        finally:
            await _terminate_all(world)


async def _terminate_all(world: World) -> None:
    for lead_id, _ in await world._open():
        try:
            await world.handle(lead_id).terminate("the test is over")
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
