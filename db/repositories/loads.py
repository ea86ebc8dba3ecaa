"""AgentAvailability.currentLoad: the live slots of agents, changed only in the transaction that changes the lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, case, cast, func, select, update

from db.session import WriteConnection
from db.tables import agent_availability, agents, leads
from db.tables.leads import OPEN
from domain.ids import AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """An agent's room at this instant, read under the lock of its row."""

    agent_id: AgentId
    is_active: bool
    accepts_new_leads: bool
    status: str
    load: int
    capacity: int
    held: int
    max_held: int

    @property
    def free(self) -> bool:
        """True while both caps allow one more lead."""
        return self.load < self.capacity and self.held < self.max_held

    @property
    def routable(self) -> bool:
        """True when routing may give the agent one more lead now."""
        return self.free and self.is_active and self.accepts_new_leads and self.status == "Available"


async def lock_slots(connection: WriteConnection, agent_ids: Iterable[AgentId]) -> dict[AgentId, Slot]:
    """Lock the agents' availability rows in the order of their ids, so that two transactions cannot deadlock.

    Agents without an availability row are missing from the answer: they have no live cap.
    """
    availability = agent_availability.c
    held = (
        select(func.count())
        .select_from(leads)
        .where(OPEN, leads.c.assigned_agent_id == availability.agent_id)
        .correlate(agent_availability)
        .scalar_subquery()
    )
    statement = (
        select(
            availability.agent_id,
            availability.status,
            availability.current_load,
            availability.max_capacity,
            agents.c.is_active,
            agents.c.accepts_new_leads,
            agents.c.max_active_leads,
            held.label("held"),
        )
        .join_from(agent_availability, agents, agents.c.id == availability.agent_id)
        .where(availability.agent_id.in_(list(agent_ids)))
        .order_by(availability.agent_id)
        .with_for_update(of=agent_availability)
    )
    return {
        AgentId(row.agent_id): Slot(
            agent_id=AgentId(row.agent_id),
            is_active=row.is_active,
            accepts_new_leads=row.accepts_new_leads,
            status=row.status,
            load=row.current_load,
            capacity=row.max_capacity,
            held=row.held,
            max_held=row.max_active_leads,
        )
        for row in await connection.execute(statement)
    }


async def change_loads(connection: WriteConnection, changes: Mapping[AgentId, int], at: datetime) -> None:
    """Add to the live loads of locked agents, in one statement."""
    availability = agent_availability.c
    delta = case(*((availability.agent_id == agent, change) for agent, change in changes.items()), else_=0)
    await connection.execute(
        update(agent_availability)
        .where(availability.agent_id.in_(list(changes)))
        .values(current_load=availability.current_load + cast(delta, Integer), last_updated=at, updated_at=at)
    )
