"""Plays a run: leads arrive at a steady pace, everybody reacts to what the API lists, until every lead is settled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from random import Random
from uuid import UUID

from domain.lifecycle.state import LifecycleState
from services.new_lead import NewLead
from workers.demo.agent import Agents
from workers.demo.api_client import ApiClient
from workers.demo.crew import Crew
from workers.demo.fate import Fate, fate_of
from workers.demo.manager import Manager
from workers.demo.open_lead import OpenLead
from workers.demo.pace import Pace
from workers.demo.pulse import Pulse
from workers.demo.temper import Temper

_LOOK_EVERY = 0.25
_PULSE_EVERY = 1.0
_LISTED = 500

Look = Callable[[], Awaitable[Pulse]]
Show = Callable[[Pulse], None]


class Player:
    """One run. Agents think and act as tasks; one list of open leads per quarter second serves them all."""

    def __init__(self, api: ApiClient, crew: Crew, leads: Sequence[NewLead], pace: Pace, look: Look) -> None:
        """`look` reads the run's state from the database; the run is over when it says that all is settled."""
        self._api = api
        self._crew = crew
        self._leads = leads
        self._pace = pace
        self._look = look
        temper = Temper(pace.seed, pace.window)
        self._agents = Agents(api, crew, temper)
        self._manager = Manager(api, crew, temper, self._agents)
        self._index: dict[UUID, int] = {}
        self._seen: set[tuple[UUID, int, LifecycleState]] = set()
        self._queued_since: dict[UUID, float] = {}
        self._work: set[asyncio.Task[None]] = set()
        self._around: set[asyncio.Task[None]] = set()
        self.first_routed_at: float | None = None
        """time.monotonic() of the first time a lead was seen with an agent."""

    async def play(self, show: Show, stopping: Callable[[], bool]) -> bool:
        """Play until every lead is settled; False when `stopping` or the time limit came first.

        A mistake of a player (an answer it cannot go on with) is raised as it is, after everything has stopped.
        """
        arriving = asyncio.create_task(self._arrive())
        self._around |= {arriving, asyncio.create_task(self._rest())}
        try:
            settled = await self._watch(arriving, show, stopping)
        finally:
            tasks = self._work | self._around
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._crew.call_back(self._api)
        return settled

    async def _watch(self, arriving: asyncio.Task[None], show: Show, stopping: Callable[[], bool]) -> bool:
        end = time.monotonic() + self._pace.minutes * 60
        next_pulse = 0.0
        while time.monotonic() < end and not stopping():
            self._collect()
            for listed in await self._api.get("/v1/leads", self._crew.admin, limit=_LISTED):
                self._react(OpenLead.of(listed))
            if time.monotonic() >= next_pulse:
                next_pulse = time.monotonic() + _PULSE_EVERY
                pulse = await self._look()
                show(pulse)
                if arriving.done() and pulse.total == len(self._leads) and pulse.settled and not self._work:
                    return True
            await asyncio.sleep(_LOOK_EVERY)
        return False

    def _collect(self) -> None:
        """Forget what is done; a task that failed fails the run."""
        for tasks in (self._work, self._around):
            for task in [task for task in tasks if task.done()]:
                tasks.discard(task)
                task.result()

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        self._work.add(asyncio.create_task(work))

    async def _arrive(self) -> None:
        started = time.monotonic()
        for index, lead in enumerate(self._leads):
            await asyncio.sleep(max(0.0, started + index / self._pace.rate - time.monotonic()))
            self._begin(self._send(index, lead))

    async def _send(self, index: int, lead: NewLead) -> None:
        body = lead.model_dump(mode="json", exclude_none=True)
        answer = await self._api.command("/v1/leads", None, body, f"intake:{lead.external_id}")
        lead_id = UUID(answer.body["id"])
        self._index[lead_id] = index
        if fate_of(index) is Fate.WITHDRAWN:
            await asyncio.sleep(self._pace.window / 8)
            await self._api.command(
                f"/v1/leads/{lead_id}/withdraw", None, {"code": "bought_elsewhere"}, f"{lead_id}:withdraw"
            )

    async def _rest(self) -> None:
        """Now and then somebody goes offline for about a window, without a word about its offers."""
        random = Random(f"{self._pace.seed}/rest")
        while True:
            await asyncio.sleep(self._pace.window * random.uniform(0.4, 0.8))
            agent = random.choice(self._crew.agents)
            if agent not in self._crew.away and len(self._crew.away) * 8 < len(self._crew.agents):
                absence = self._go_away(agent, self._pace.window * random.uniform(0.6, 1.2))
                self._around.add(asyncio.create_task(absence))

    async def _go_away(self, agent: UUID, seconds: float) -> None:
        await self._crew.set_status(self._api, agent, "Offline")
        await asyncio.sleep(seconds)
        await self._crew.set_status(self._api, agent, "Available")

    def _react(self, lead: OpenLead) -> None:
        index = self._index.get(lead.id)
        if index is None:
            return
        state = lead.lifecycle_state
        if self.first_routed_at is None and lead.assigned_agent_id is not None:
            self.first_routed_at = time.monotonic()
        if state is not LifecycleState.QUEUED:
            self._queued_since.pop(lead.id, None)
        elif self._waited(lead) > 1.5 * self._pace.window:
            self._queued_since[lead.id] = time.monotonic()
            self._begin(self._manager.place(lead))
            return
        if (lead.id, lead.epoch, state) in self._seen:
            return
        self._seen.add((lead.id, lead.epoch, state))
        if state is LifecycleState.OFFERED and not self._is_ignored(index, lead):
            self._begin(self._answer(index, lead))
        elif state is LifecycleState.CLAIMED:
            self._begin(self._hold(index, lead))
        elif state is LifecycleState.ESCALATED:
            self._begin(self._manager.take_escalated(index, lead))
        elif state is LifecycleState.INCOMPLETE:
            self._begin(self._manager.complete(index, lead))

    def _is_ignored(self, index: int, lead: OpenLead) -> bool:
        return fate_of(index) is Fate.STUBBORN and lead.id not in self._manager.restarted

    def _waited(self, lead: OpenLead) -> float:
        return time.monotonic() - self._queued_since.setdefault(lead.id, time.monotonic())

    async def _answer(self, index: int, lead: OpenLead) -> None:
        claimed = await self._agents.answer_offer(index, lead)
        # The list may have shown the claim before its answer arrived: then the lead is being worked already.
        if claimed is not None and (lead.id, claimed.epoch, LifecycleState.CLAIMED) not in self._seen:
            self._seen.add((lead.id, claimed.epoch, LifecycleState.CLAIMED))
            await self._hold(index, claimed)

    async def _hold(self, index: int, lead: OpenLead) -> None:
        if lead.assigned_agent_id == self._crew.manager:
            return
        if fate_of(index) is Fate.TAKEN_OVER and lead.epoch == 1:
            await self._manager.take_over(index, lead)
            return
        await self._agents.work(index, lead)
