"""What the checker and the doctor read to compare Postgres with Temporal, and the one thing the doctor writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, text, update

from db.session import AnyConnection, WriteConnection
from db.tables import agent_availability, agent_state_log, leads
from db.tables.leads import OPEN
from domain.ids import AgentId, LeadId

_LIVE = ("offered", "claimed", "attempting")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRow:
    """A lead as committed, with the age in seconds, by the database's clock, of its first and its last transition.

    `due_at` is when time has something to do for it: its wake-up, or a warning or a try before that.
    """

    id: LeadId
    seq: int
    state: str
    age: float
    rested: float
    due_at: datetime | None

    @property
    def closed(self) -> bool:
        """True when the lead's life is over."""
        return self.state == "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongLoad:
    """An agent whose currentLoad is not the number of its live leads."""

    agent_id: AgentId
    load: int
    live: int


# A lead without a ledger is a violation of its own, and no reason to wait.
_ROWS = """
SELECT l.id, l.seq, l.lifecycle_state AS state, least(l.wake_at, l.remind_at) AS due_at,
       coalesce(extract(epoch FROM clock_timestamp() - t.first), 1e9)::float8 AS age,
       coalesce(extract(epoch FROM clock_timestamp() - t.last), 1e9)::float8 AS rested
  FROM crm_leads l CROSS JOIN LATERAL (SELECT min(recorded_at) AS first, max(recorded_at) AS last
                                         FROM lead_transitions WHERE lead_id = l.id) t"""
_OPEN = text(
    f"""{_ROWS} WHERE l.lifecycle_state IS NOT NULL AND l.lifecycle_state <> 'closed' AND l.id > :after
        ORDER BY l.id LIMIT :at_most"""
)
_LATELY_CLOSED = text(
    f"""{_ROWS} WHERE l.lifecycle_state = 'closed' AND l.closed_at > :since ORDER BY l.closed_at DESC LIMIT :at_most"""
)
_THESE = text(f"{_ROWS} WHERE l.lifecycle_state IS NOT NULL AND l.id = ANY(:wanted)")
FIRST = UUID(int=0)
"""Before every lead, for `open_rows`."""


async def open_rows(connection: AnyConnection, after: UUID, limit: int) -> Sequence[LeadRow]:
    """Open leads in the order of their ids, behind `after`: a page of them all."""
    return [LeadRow(**row._mapping) for row in await connection.execute(_OPEN, {"after": after, "at_most": limit})]


async def lately_closed_rows(connection: AnyConnection, since: datetime, limit: int) -> Sequence[LeadRow]:
    """Leads closed after `since`, newest first."""
    found = await connection.execute(_LATELY_CLOSED, {"since": since, "at_most": limit})
    return [LeadRow(**row._mapping) for row in found]


async def rows_of(connection: AnyConnection, lead_ids: Sequence[LeadId]) -> Mapping[LeadId, LeadRow]:
    """These leads as committed now; those without a row, or not adopted, are missing from the answer."""
    found = await connection.execute(_THESE, {"wanted": list(lead_ids)})
    return {LeadId(row.id): LeadRow(**row._mapping) for row in found}


async def database_clock(connection: AnyConnection) -> datetime:
    """The database's clock, to compare clocks by."""
    told: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    return told


async def agents_with_wrong_load(connection: AnyConnection) -> Sequence[WrongLoad]:
    """Agents whose currentLoad is not the number of their live leads, in the order of their ids."""
    live = (
        select(func.count())
        .select_from(leads)
        .where(OPEN, leads.c.assigned_agent_id == agent_availability.c.agent_id, leads.c.lifecycle_state.in_(_LIVE))
        .correlate(agent_availability)
        .scalar_subquery()
    )
    statement = (
        select(
            agent_availability.c.agent_id.label("agent_id"),
            agent_availability.c.current_load.label("load"),
            live.label("live"),
        )
        .where(agent_availability.c.current_load != live)
        .order_by(agent_availability.c.agent_id)
    )
    return [WrongLoad(**row._mapping) for row in await connection.execute(statement)]


async def correct_load(
    connection: WriteConnection, agent_id: AgentId, *, actor: str, at: datetime
) -> tuple[int, int] | None:
    """Count an agent's live leads under the lock of its row and set currentLoad; None when it was right.

    Returns the load before and after, which is also logged in agent_state_log. Whoever changes the agent's live
    leads holds the same lock, so nothing moves while they are counted.
    """
    locked = (
        select(agent_availability.c.current_load).where(agent_availability.c.agent_id == agent_id).with_for_update()
    )
    old = (await connection.execute(locked)).scalar_one_or_none()
    # A statement of its own: the one that waited for the lock may have begun before the last commit.
    counted = select(func.count()).where(
        OPEN, leads.c.assigned_agent_id == agent_id, leads.c.lifecycle_state.in_(_LIVE)
    )
    new: int = (await connection.execute(counted)).scalar_one()
    if old is None or old == new:
        return None
    await connection.execute(
        update(agent_availability)
        .where(agent_availability.c.agent_id == agent_id)
        .values(current_load=new, last_updated=at, updated_at=at)
    )
    await connection.execute(
        insert(agent_state_log).values(agent_id=agent_id, at=at, actor=actor, field="currentLoad", old=old, new=new)
    )
    return old, new
