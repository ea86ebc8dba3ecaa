"""A Baton whose every part is a process that may die: worker, API, Temporal, Postgres. Time is the machine's own."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from api.auth import issue_token
from db.repositories.configurations import publish_configuration
from db.session import admin_transaction, create_engines
from domain.ids import LeadId, workflow_id
from services.invariants import check_invariants
from tests.db.databases import Database
from tests.support.baton_process import BatonProcess
from tests.support.eventually import assert_eventually
from tests.support.people import People, populate
from tests.support.phones import fresh_phone
from tests.support.servers import Servers
from workers.worker import make_replayer
from workflows.names import LEAD_SEQ

_SECRET = "a secret that only the tests know, 32+"
_PATIENCE = 90.0
_LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    # What a statement gets whose connection is ending at this moment.
    asyncpg.InternalClientError,
)


@dataclass(kw_only=True)
class House:
    """One Baton on servers that the test breaks. Requests insist, as a sender who was promised an answer does."""

    servers: Servers
    database: Database
    people: People
    client: Client
    http: httpx.AsyncClient
    environment: dict[str, str]
    processes: list[BatonProcess] = field(default_factory=list)
    accepted: dict[str, LeadId] = field(default_factory=dict)
    observer: asyncpg.Connection[asyncpg.Record] | None = None
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def start(self, name: str, *, crash_at: str = "") -> BatonProcess:
        """Start `worker` or `api`."""
        process = BatonProcess(name, self.environment, self.servers.log / f"{name}.log", crash_at=crash_at)
        self.processes.append(process)
        return process

    async def start_api(self, *, crash_at: str = "") -> BatonProcess:
        """Start the API and wait until it serves."""
        process = self.start("api", crash_at=crash_at)

        async def serves() -> bool:
            assert process.runs, f"the API ended: {(self.servers.log / 'api.log').read_text()[-2000:]}"
            answer = await self._ask("GET", "/readyz", None)
            return answer is not None and answer.status_code == 200

        await assert_eventually(serves, _PATIENCE, what="the API serves")
        return process

    async def sql(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """All rows of a query, past every policy; waits while the server is away."""

        async def answered() -> tuple[list[asyncpg.Record]] | None:
            try:
                if self.observer is None or self.observer.is_closed():
                    self.observer = await asyncpg.connect(self.database.superuser)
                return (await self.observer.fetch(query, *arguments),)
            except _LOST:
                self.observer = None
                return None

        async with self.looking:
            (rows,) = await assert_eventually(answered, _PATIENCE, what="Postgres answers")
        return [tuple(row.values()) for row in rows]

    async def receive(self, external_id: str, *, seconds: float = _PATIENCE) -> LeadId:
        """Send a lead in, again and again until it is accepted."""
        body = {"source": "website", "phone": fresh_phone(), "insurance_type": "Auto", "external_id": external_id}

        async def answered() -> httpx.Response | None:
            return await self._answer("/v1/leads", body, None, key=None)

        answer = await assert_eventually(answered, seconds, what=f"an answer for lead {external_id}")
        assert answer.status_code in (200, 202), answer.text
        self.accepted[external_id] = LeadId(UUID(answer.json()["id"]))
        return self.accepted[external_id]

    async def command(self, lead_id: LeadId, verb: str, person: UUID, *, key: str, **body: Any) -> httpx.Response:
        """A person's command, repeated with its key until there is an answer."""

        async def answered() -> httpx.Response | None:
            return await self._answer(f"/v1/leads/{lead_id}/{verb}", body, person, key=key)

        return await assert_eventually(answered, _PATIENCE, what=f"an answer to {verb}")

    async def once(self, lead_id: LeadId, verb: str, person: UUID, *, key: str, **body: Any) -> httpx.Response | None:
        """A person's command, sent once; None when nobody answered."""
        return await self._ask("POST", f"/v1/leads/{lead_id}/{verb}", person, body=body, key=key)

    async def until(self, lead_id: LeadId, *states: str, seconds: float = _PATIENCE) -> tuple[UUID | None, int]:
        """Wait until the lead is in one of the states; its agent and epoch."""

        async def arrived() -> tuple[UUID | None, int] | None:
            query = "SELECT lifecycle_state, assigned_agent_id, epoch FROM crm_leads WHERE id = $1"
            state, agent, epoch = (await self.sql(query, lead_id))[0]
            return (agent, epoch) if state in states else None

        return await assert_eventually(arrived, seconds, what=f"lead {lead_id} in {states}")

    async def offered(self, lead_id: LeadId) -> tuple[UUID, int]:
        """Wait until the lead is offered; the agent and the epoch."""
        agent, epoch = await self.until(lead_id, "offered")
        assert agent is not None
        return agent, epoch

    async def settled(self, seconds: float = _PATIENCE) -> None:
        """Wait until every workflow knows its row and everything is told; ended ones belong to closed leads."""

        unaware: list[LeadId] = []

        async def at_rest() -> bool:
            leads = await self.sql("SELECT id, lifecycle_state, seq FROM crm_leads")
            knowing = await asyncio.gather(*(self._knows(LeadId(i), state, seq) for i, state, seq in leads))
            untold = await self.sql("SELECT DISTINCT lead_id FROM lead_transitions WHERE told_at IS NULL")
            unaware[:] = [lead[0] for lead, known in zip(leads, knowing, strict=True) if not known]
            unaware.extend(lead_id for (lead_id,) in untold)
            return not unaware

        try:
            await assert_eventually(at_rest, seconds, what="every workflow knows its row")
        except AssertionError as error:
            log = (self.servers.log / "worker.log").read_text()
            raise AssertionError(f"{error}; not so {unaware}; the workers said: {log[-3000:]}") from error

    async def finish(self, lead_id: LeadId) -> None:
        """Play the lead to its end: whoever has it claims, reaches the customer and wins."""
        query = "SELECT lifecycle_state, assigned_agent_id, epoch FROM crm_leads WHERE id = $1"

        async def closed() -> bool:
            state, agent, epoch = (await self.sql(query, lead_id))[0]
            steps: dict[str, tuple[str, dict[str, Any]]] = {
                "offered": ("claim", {"epoch": epoch}),
                "claimed": ("contact", {"epoch": epoch, "result": "connected"}),
                "contacted": ("outcome", {"result": "won"}),
            }
            if agent is not None and state in steps:
                verb, body = steps[state]
                await self.command(lead_id, verb, agent, key=f"{verb}-{epoch}-{lead_id}", **body)
            return bool(state == "closed")

        await assert_eventually(closed, _PATIENCE, what=f"lead {lead_id} closed")

    async def finish_all(self) -> None:
        """Play every accepted lead to its end, a few at a time."""
        few = asyncio.Semaphore(8)

        async def one(lead_id: LeadId) -> None:
            async with few:
                await self.finish(lead_id)

        await asyncio.gather(*(one(lead_id) for lead_id in self.accepted.values()))

    async def prove(self) -> None:
        """Nothing lost, nothing doubled, nothing early; every history replays. Call it when all has settled."""
        engines = create_engines(self.database.application, pool_size=2, application_name="proof")
        try:
            report = await check_invariants(engines.service)
        finally:
            await engines.dispose()
        assert report.holds, report.violations
        rows = await self.sql("SELECT external_id, id FROM crm_leads")
        assert Counter(rows) == Counter(self.accepted.items()), "each accepted lead is one row, and there are no others"
        for lead_id in self.accepted.values():
            await self.replay(lead_id)

    async def replay(self, lead_id: LeadId) -> None:
        """Replay the lead's history on today's code; raises when it would act differently."""
        handle = self.client.get_workflow_handle(workflow_id(lead_id))
        await make_replayer().replay_workflow(await handle.fetch_history())

    async def _knows(self, lead_id: LeadId, state: str, seq: int) -> bool:
        try:
            described = await self.client.get_workflow_handle(workflow_id(lead_id)).describe()
        except RPCError:
            return False
        if state == "closed":
            return described.status is WorkflowExecutionStatus.COMPLETED
        known = described.typed_search_attributes.get(LEAD_SEQ)
        return described.status is WorkflowExecutionStatus.RUNNING and known is not None and known >= seq

    async def _answer(
        self, path: str, body: dict[str, Any], person: UUID | None, *, key: str | None
    ) -> httpx.Response | None:
        """The answer, unless it says to come again: then None, after the time that it names."""
        answer = await self._ask("POST", path, person, body=body, key=key)
        if answer is None:
            return None
        if answer.status_code == 503:
            await asyncio.sleep(float(answer.headers["Retry-After"]))
            return None
        assert answer.status_code < 500, answer.text
        return answer

    async def _ask(
        self, method: str, path: str, person: UUID | None, *, body: dict[str, Any] | None = None, key: str | None = None
    ) -> httpx.Response | None:
        token = issue_token(_SECRET, person or uuid4(), service=person is None, lifetime=timedelta(days=1))
        headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key is not None else {})}
        try:
            return await self.http.request(method, path, json=body, headers=headers)
        except httpx.TransportError:
            return None


@asynccontextmanager
async def open_house(servers: Servers, *, window_seconds: int, agents: int = 4, **policy: Any) -> AsyncIterator[House]:
    """A house with a database and a namespace of its own; no process runs yet. `policy` is more of the SLA policy."""
    await asyncio.to_thread(servers.ensure)
    database = await asyncio.to_thread(servers.new_database)
    namespace = await asyncio.to_thread(servers.new_namespace)
    people = await populate(database, agents=agents, capacity=1000)
    await _publish(database, window_seconds, policy)
    port = servers.ports.choose(f"api-{namespace}", 18000)
    house = House(
        servers=servers,
        database=database,
        people=people,
        client=await Client.connect(
            servers.temporal_address, namespace=namespace, data_converter=pydantic_data_converter, lazy=True
        ),
        http=httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False),
        environment={
            "DATABASE_URL": database.application,
            "TEMPORAL_ADDRESS": servers.temporal_address,
            "TEMPORAL_NAMESPACE": namespace,
            "BATON_AUTH_SECRET": _SECRET,
            "BATON_API_PORT": str(port),
            "BATON_LOG_FORMAT": "json",
        },
    )
    try:
        yield house
    finally:
        await asyncio.gather(*(asyncio.to_thread(process.stop) for process in house.processes))
        await house.http.aclose()
        if house.observer is not None:
            await house.observer.close()


async def _publish(database: Database, window_seconds: int, policy: dict[str, Any]) -> None:
    """Windows of this length, and agents enough that no lead is escalated for want of them."""
    body = {
        "sla": {
            "claim_seconds": window_seconds,
            "contact_seconds": window_seconds,
            "max_reassignments": 1000,
            "queue_retry_seconds": 2,
            "park_seconds": 2,
            **policy,
        },
        # Offers are missed here on purpose, by nobody's fault: no agent is to be taken for absent.
        "presence": {"ignored_offers": 0},
    }
    engines = create_engines(database.application, pool_size=1, application_name="tests")
    try:
        async with admin_transaction(engines.admin) as connection:
            await publish_configuration(connection, body, "short windows", None)
    finally:
        await engines.dispose()
