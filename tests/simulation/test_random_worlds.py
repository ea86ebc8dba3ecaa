"""Random lives through everything: API, signals, workflows, workers that come and go, and time.

Each run follows a script that its seed makes; `BATON_SEED=…` runs another one. Temporal decides the order within a
step, so a seed repeats what is done, not every interleaving of it.
"""

from __future__ import annotations

import os
import random
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import UUID

import pytest
from temporalio.service import RPCError, RPCStatusCode

from domain.ids import LeadId
from services.invariants import check_invariants
from tests.db.databases import Database
from tests.support.people import People, populate
from tests.support.world import World, open_world
from workers.worker import make_worker
from workflows.messages import ClaimSignal, ContactSignal, DeclineSignal, OutcomeSignal, PersonSignal

_LEADS = 15
_STEPS = 24
_SEEDS = [int(os.environ["BATON_SEED"])] if "BATON_SEED" in os.environ else [1, 2]
_PAUSES = [timedelta(seconds=seconds) for seconds in (20, 120, 301)]
_SIGNALS: list[tuple[str, type[PersonSignal], dict[str, str]]] = [
    ("claim", ClaimSignal, {}),
    ("decline", DeclineSignal, {}),
    ("contact", ContactSignal, {"result": "connected"}),
    ("outcome", OutcomeSignal, {"result": "won"}),
]
_VERBS: list[tuple[str, dict[str, str]]] = [
    ("claim", {}),
    ("claim", {}),
    ("decline", {"code": "busy"}),
    ("contact", {"result": "no_answer"}),
    ("contact", {"result": "connected"}),
    ("release", {"code": "busy"}),
    ("outcome", {"result": "won"}),
    ("reassign", {}),
    ("restart", {}),
    ("pause", {"code": "later"}),
    ("resume", {}),
    ("withdraw", {"code": "duplicate"}),
]


class _Story:
    """One random story in one world."""

    def __init__(self, world: World, people: People, seed: int) -> None:
        self._world = world
        self._people = people
        self._dice = random.Random(seed)
        self._worker = AsyncExitStack()
        self.leads: list[LeadId] = []

    async def start_worker(self) -> None:
        """A new worker, which remembers nothing."""
        worker = make_worker(self._world.client, self._world.services, task_queue=self._world.task_queue)
        await self._worker.enter_async_context(worker)

    async def stop_worker(self) -> None:
        """The worker goes; its leads sleep on in the server."""
        await self._worker.aclose()

    async def run(self) -> None:
        """Leads come in while others live; now and then nobody works, and once in a while time passes."""
        await self.start_worker()
        for number in range(_STEPS):
            while len(self.leads) < min(_LEADS, 4 + number):
                self.leads.append(await self._world.receive(external_id=str(len(self.leads))))
            away = self._dice.random() < 0.25
            if away:
                await self.stop_worker()
            for _ in range(self._dice.randrange(1, 8)):
                await self._act(self._dice.choice(self.leads))
            if away:
                await self.start_worker()
            await self._world.settle(seconds=40)
            await self._world.services.drain.run_once()
            if self._dice.random() < 0.3:
                await self._world.advance(self._dice.choice(_PAUSES))

    async def end(self) -> None:
        """Close what is still open, and see every workflow end."""
        for lead_id in self.leads:
            await self._command(lead_id, "withdraw", self._people.admin, {"code": "over"})
        for lead_id in self.leads:
            result = await self._world.handle(lead_id).result()
            assert (result.end, result.seq) == ("closed", (await self._world.lead(lead_id)).seq)

    async def _act(self, lead_id: LeadId) -> None:
        lead = await self._world.lead(lead_id)
        somebody = lead.agent if lead.agent and self._dice.random() < 0.7 else self._dice.choice(self._people.agents)
        if self._dice.random() < 0.3:
            await self._signal(lead_id, somebody)
            return
        verb, body = self._dice.choice(_VERBS)
        if verb == "reassign":
            body = {"to_agent": str(self._dice.choice(self._people.agents))}
        supervised = verb in ("reassign", "restart", "withdraw", "pause", "resume")
        await self._command(lead_id, verb, self._people.manager if supervised else somebody, body)

    async def _command(self, lead_id: LeadId, verb: str, person: UUID, body: dict[str, str]) -> None:
        answer = await self._world.command(lead_id, verb, person, **body)
        assert answer.status_code in (200, 403, 409), answer.text

    async def _signal(self, lead_id: LeadId, person: UUID) -> None:
        verb, kind, body = self._dice.choice(_SIGNALS)
        message = kind.model_validate({**body, "actor": person, "at": self._world.clock.now()})
        try:
            await self._world.handle(lead_id).signal(verb, message)
        except RPCError as error:
            # The workflow of a closed lead has ended.
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", _SEEDS)
async def test_random_lives_in_a_whole_world(database: Database, temporal: str, seed: int) -> None:
    async with open_world(database, temporal, working=False) as world:
        story = _Story(world, await populate(database, agents=5, capacity=3), seed)
        try:
            await story.run()
            await world.services.relay.run_once()
            assert (await check_invariants(world.engines.service)).violations == ()
            await story.end()
        finally:
            await story.stop_worker()
        assert (await check_invariants(world.engines.service)).violations == ()
        assert await world.sql('SELECT sum("currentLoad") FROM "AgentAvailability"') == [(0,)]
        for lead_id in story.leads:
            await world.replay(lead_id)
