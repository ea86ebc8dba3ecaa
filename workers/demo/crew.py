"""Who plays: the agents, the manager who helps out, the admin who looks on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from domain.errors import ConfigurationError
from workers.demo.api_client import ApiClient


@dataclass(kw_only=True)
class Crew:
    """Everybody by id. Who is away changes while the leads are played."""

    agents: tuple[UUID, ...]
    manager: UUID
    admin: UUID
    _back: dict[UUID, asyncio.Event] = field(default_factory=dict)

    @property
    def away(self) -> frozenset[UUID]:
        """Agents who are not Available now."""
        return frozenset(self._back)

    @classmethod
    async def assemble(cls, api: ApiClient, admin: UUID) -> Crew:
        """Everybody active, with all agents made Available. Raises ConfigurationError without a manager or agents."""
        listed = [person for person in await api.get("/v1/agents", admin) if person["is_active"]]
        by_role: dict[str, list[UUID]] = {}
        for person in listed:
            by_role.setdefault(person["role"], []).append(UUID(person["id"]))
        agents = [UUID(person["id"]) for person in listed if person["role"] == "agent" and person["status"]]
        if not agents or "manager" not in by_role:
            raise ConfigurationError("the demo needs active agents and a manager; use a fresh --data-dir")
        crew = cls(agents=tuple(agents), manager=by_role["manager"][0], admin=admin)
        for person in listed:
            if person["role"] == "agent" and person["status"] not in (None, "Available"):
                await crew.set_status(api, UUID(person["id"]), "Available")
        return crew

    async def set_status(self, api: ApiClient, agent: UUID, status: str) -> None:
        """The agent says whether it is there; whoever is not Available does nothing with offers and leads."""
        await api.put(f"/v1/agents/{agent}/status", agent, {"status": status})
        if status != "Available":
            self._back.setdefault(agent, asyncio.Event())
        elif (back := self._back.pop(agent, None)) is not None:
            back.set()

    async def presence(self, agent: UUID) -> None:
        """Return when the agent is there, at once if it is."""
        while (back := self._back.get(agent)) is not None:
            await back.wait()

    async def call_back(self, api: ApiClient) -> None:
        """Make everybody Available again."""
        for agent in self.away:
            await self.set_status(api, agent, "Available")
