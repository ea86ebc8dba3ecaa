"""What the manager does: takes escalated leads, places those nobody can be found for, completes and takes over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from workers.demo.agent import Agents
from workers.demo.api_client import Answer, ApiClient
from workers.demo.crew import Crew
from workers.demo.fate import is_restarted
from workers.demo.new_leads import phone_number
from workers.demo.open_lead import OpenLead
from workers.demo.temper import Temper


class Manager:
    """Acts for the manager of the team. `restarted` holds the leads that got a second chance."""

    def __init__(self, api: ApiClient, crew: Crew, temper: Temper, agents: Agents) -> None:
        self._api = api
        self._crew = crew
        self._temper = temper
        self._agents = agents
        self.restarted: set[UUID] = set()

    async def take_escalated(self, index: int, lead: OpenLead) -> None:
        """Claim and close an escalated lead; every second one is restarted the first time."""
        await asyncio.sleep(self._temper.moment(index, lead.epoch, "escalated"))
        if is_restarted(index) and lead.id not in self.restarted:
            self.restarted.add(lead.id)
            await self._give(lead, "restart", {})
            return
        answer = await self._give(lead, "claim", {"epoch": lead.epoch})
        if answer.accepted:
            plan = self._temper.for_manager(index, lead.epoch)
            await self._agents.carry_out(lead.after_command(answer.body), self._crew.manager, plan)

    async def complete(self, index: int, lead: OpenLead) -> None:
        """Add the phone number that was missing."""
        await asyncio.sleep(self._temper.moment(index, lead.epoch, "complete"))
        await self._give(lead, "complete", {"phone": phone_number(index)})

    async def place(self, lead: OpenLead) -> None:
        """Give the lead to the agent with most room; it waits on while nobody has any."""
        agent = self._most_room(await self._api.get("/v1/agents", self._crew.admin), lead.assigned_agent_id)
        if agent is not None:
            await self._give(lead, "reassign", {"to_agent": str(agent), "force": True})

    async def take_over(self, index: int, lead: OpenLead) -> None:
        """Give a claimed lead to somebody else."""
        await asyncio.sleep(self._temper.moment(index, lead.epoch, "take_over") / 4)
        await self.place(lead)

    def _most_room(self, listed: Iterable[dict[str, Any]], besides: UUID | None) -> UUID | None:
        rooms = [
            (person["max_capacity"] - person["current_load"], person["id"])
            for person in listed
            if person["status"] == "Available" and person["role"] == "agent" and UUID(person["id"]) != besides
        ]
        room, agent = max(rooms, default=(0, ""))
        return UUID(agent) if room > 0 else None

    async def _give(self, lead: OpenLead, verb: str, body: Mapping[str, object]) -> Answer:
        key = f"{lead.id}:{lead.epoch}:manager:{verb}"
        return await self._api.command(f"/v1/leads/{lead.id}/{verb}", self._crew.manager, body, key)
