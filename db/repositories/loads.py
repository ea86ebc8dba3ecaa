"""AgentAvailability.currentLoad: the live slots of agents, changed only in the transaction that changes the lead."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Integer, Update, bindparam, exists, false, func, select, true, update

from db.session import WriteConnection
from db.tables import agent_availability, agents
from domain.ids import AgentId

_AVAILABILITY = agent_availability.c


class Room(StrEnum):
    """What an agent has to have for one more lead.

    `free`: the agent is active and both caps allow it. `routable`: also it is there and takes leads. `any`: nothing,
    people overrule.
    """

    FREE = "free"
    ROUTABLE = "routable"
    ANY = "any"


def _change(*conditions: ColumnElement[bool]) -> Update:
    return (
        update(agent_availability)
        .where(_AVAILABILITY.agent_id == bindparam("of_agent"), *conditions)
        .values(
            current_load=_AVAILABILITY.current_load + bindparam("delta", type_=Integer),
            last_updated=bindparam("changed_at"),
            updated_at=bindparam("changed_at"),
        )
    )


# What is asked of crm_agents is asked by a function: a statement that waited for the row would judge by the agent as it
# was when the statement began.
_HAS_SLOT = _AVAILABILITY.current_load < _AVAILABILITY.max_capacity
_CHANGES = {
    Room.ANY: _change(),
    Room.FREE: _change(_HAS_SLOT, func.has_room(_AVAILABILITY.agent_id, false())),
    Room.ROUTABLE: _change(
        _HAS_SLOT, _AVAILABILITY.status == "Available", func.has_room(_AVAILABILITY.agent_id, true())
    ),
}
_LOCK = select(_AVAILABILITY.agent_id).where(_AVAILABILITY.agent_id == bindparam("of_agent")).with_for_update()
_COUNTS_NONE = select(agents.c.is_active & ~exists().where(_AVAILABILITY.agent_id == agents.c.id)).where(
    agents.c.id == bindparam("of_agent")
)


async def lock_load(connection: WriteConnection, agent: AgentId) -> None:
    """Wait until nobody else can change the agent's load."""
    await connection.execute(_LOCK, {"of_agent": agent})


async def change_load(connection: WriteConnection, agent: AgentId, delta: int, at: datetime, *, room: Room) -> bool:
    """Add to an agent's live load, in one statement; False when there is no `room` for it, and nothing changes.

    An agent without an availability row has no live cap and counts none. After False the agent's row may stay locked
    until the transaction ends, so whoever goes on to another agent has to end it first. Two agents are to be changed
    in the order of their ids: two transactions then cannot wait for each other.
    """
    changed = await connection.execute(_CHANGES[room], {"of_agent": agent, "delta": delta, "changed_at": at})
    if changed.rowcount or room is Room.ANY:
        return True
    return room is Room.FREE and bool((await connection.execute(_COUNTS_NONE, {"of_agent": agent})).scalar())
