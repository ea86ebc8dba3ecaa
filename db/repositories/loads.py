"""AgentAvailability.currentLoad: the live slots of agents, changed only in the transaction that changes the lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, bindparam, func, select, update

from db.session import WriteConnection
from db.tables import agent_availability, agents, leads
from db.tables.leads import OPEN
from domain.ids import AgentId

_AVAILABILITY = agent_availability.c
_HELD = (
    select(func.count())
    .select_from(leads)
    .where(OPEN, leads.c.assigned_agent_id == _AVAILABILITY.agent_id)
    .correlate(agent_availability)
    .scalar_subquery()
)
_LOCK = (
    select(
        _AVAILABILITY.agent_id.label("agent_id"),
        _AVAILABILITY.status,
        _AVAILABILITY.current_load.label("load"),
        _AVAILABILITY.max_capacity.label("capacity"),
        agents.c.is_active,
        agents.c.accepts_new_leads,
        agents.c.max_active_leads.label("max_held"),
        _HELD.label("held"),
    )
    .join_from(agent_availability, agents, agents.c.id == _AVAILABILITY.agent_id)
    .where(_AVAILABILITY.agent_id.in_(bindparam("wanted", expanding=True)))
    .order_by(_AVAILABILITY.agent_id)
    .with_for_update(of=agent_availability)
)
_CHANGE = (
    update(agent_availability)
    .where(_AVAILABILITY.agent_id == bindparam("of_agent"))
    .values(
        current_load=_AVAILABILITY.current_load + bindparam("delta", type_=Integer),
        last_updated=bindparam("changed_at"),
        updated_at=bindparam("changed_at"),
    )
)


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
    found = await connection.execute(_LOCK, {"wanted": list(agent_ids)})
    return {AgentId(row.agent_id): Slot(**row._mapping) for row in found}


async def change_loads(connection: WriteConnection, changes: Mapping[AgentId, int], at: datetime) -> None:
    """Add to the live loads of locked agents."""
    changed = [{"of_agent": agent, "delta": delta, "changed_at": at} for agent, delta in changes.items()]
    await connection.execute(_CHANGE, changed)
