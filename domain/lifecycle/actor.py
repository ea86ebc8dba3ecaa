"""Who gives a command."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.ids import SYSTEM_AGENT, AgentId


class Role(StrEnum):
    """Role of a caller. `service` is another system with a token; `system` is Baton itself."""

    AGENT = "agent"
    MANAGER = "manager"
    ADMIN = "admin"
    SERVICE = "service"
    SYSTEM = "system"


SUPERVISORS = frozenset({Role.MANAGER, Role.ADMIN})
"""Roles that may act on leads they do not hold."""


PEOPLE = frozenset({Role.AGENT, Role.MANAGER, Role.ADMIN})
"""Roles that have a row in crm_agents and can hold a lead."""


class Actor(BaseModel):
    """A caller: its role, its id, and the door it came through (`temporal` for raw signals, else none)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    role: Role
    id: UUID
    via: str | None = None

    @property
    def agent_id(self) -> AgentId:
        """The caller's row in crm_agents; other systems act as the system agent."""
        return AgentId(self.id) if self.role is not Role.SERVICE else SYSTEM_AGENT

    @property
    def supervises(self) -> bool:
        """True for managers and admins."""
        return self.role in SUPERVISORS

    def __str__(self) -> str:
        name = f"{self.role}:{self.id}"
        return f"{self.via}:{name}" if self.via else name


SYSTEM = Actor(role=Role.SYSTEM, id=SYSTEM_AGENT)
"""Baton itself: time, routing, repair."""
