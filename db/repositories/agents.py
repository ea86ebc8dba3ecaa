"""crm_agents and their availability: who somebody is, and whether they are there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, insert, or_, select, update

from db.session import AdminConnection, AnyConnection
from db.tables import agent_availability, agent_state_log, agents, team_members, teams
from domain.ids import AgentId
from domain.lifecycle.actor import Role
from domain.routing.agent import AgentStatus


async def read_role(connection: AnyConnection, agent_id: AgentId) -> Role | None:
    """The role of an active agent; None for nobody, the inactive, and the system agent."""
    statement = select(agents.c.role).where(agents.c.id == agent_id, agents.c.is_active)
    role = (await connection.execute(statement)).scalar_one_or_none()
    return Role(role) if role is not None and role != Role.SYSTEM else None


def members_led_by(manager: AgentId) -> Select[tuple[UUID]]:
    """The ids of everybody in the active teams that the manager manages, himself included."""
    now = team_members.c.left_at.is_(None)
    led = select(team_members.c.team_id).where(
        now, team_members.c.agent_id == manager, team_members.c.role == "manager"
    )
    return (
        select(team_members.c.agent_id)
        .join(teams, teams.c.id == team_members.c.team_id)
        .where(now, teams.c.is_active, team_members.c.team_id.in_(led))
    )


async def manages(connection: AnyConnection, manager: AgentId, agent: AgentId) -> bool:
    """True when the manager manages a team that the agent belongs to."""
    led = members_led_by(manager).where(team_members.c.agent_id == agent).subquery()
    statement = select(func.count()).select_from(led)
    return bool((await connection.execute(statement)).scalar_one())


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentListing:
    """An agent as lists show it; status and loads are None without an availability row."""

    id: UUID
    first_name: str | None
    last_name: str | None
    role: str
    is_active: bool
    status: str | None
    current_load: int | None
    max_capacity: int | None


async def list_agents(connection: AnyConnection, *, led_by: AgentId | None = None) -> list[AgentListing]:
    """Everybody with role, status and load, by name; with `led_by` that manager and the members of his teams.

    The system agent is not listed.
    """
    availability = agent_availability.c
    statement = (
        select(
            agents.c.id,
            agents.c.first_name,
            agents.c.last_name,
            agents.c.role,
            agents.c.is_active,
            availability.status,
            availability.current_load.label("current_load"),
            availability.max_capacity.label("max_capacity"),
        )
        .outerjoin(agent_availability, availability.agent_id == agents.c.id)
        .where(agents.c.role != Role.SYSTEM)
        .order_by(agents.c.last_name, agents.c.first_name, agents.c.id)
    )
    if led_by is not None:
        statement = statement.where(or_(agents.c.id == led_by, agents.c.id.in_(members_led_by(led_by))))
    return [AgentListing(**row._mapping) for row in await connection.execute(statement)]


async def set_status(
    connection: AdminConnection, agent_id: AgentId, status: AgentStatus, *, actor: UUID, at: datetime
) -> bool:
    """Change an agent's presence and log the change; False when the agent has no availability row.

    Setting the status it already has changes nothing and logs nothing.
    """
    availability = agent_availability.c
    locked = select(availability.status).where(availability.agent_id == agent_id).with_for_update()
    old = (await connection.execute(locked)).scalar_one_or_none()
    if old is None:
        return False
    if old == status:
        return True
    await connection.execute(
        update(agent_availability)
        .where(availability.agent_id == agent_id)
        .values(status=status, last_updated=at, updated_at=at)
    )
    await connection.execute(
        insert(agent_state_log).values(
            agent_id=agent_id, at=at, actor=str(actor), field="status", old=old, new=status.value
        )
    )
    return True
