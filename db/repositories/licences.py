"""agent_licences: the ledger of who may sell where, and the one warning before an entry ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, insert, select, update

from db.session import AdminConnection, AnyConnection, WriteConnection
from db.tables import agent_licences, agent_state_log, agents
from domain.ids import AgentId
from domain.routing.licence import Licence

EXPIRING = "licence_expiring"
"""Field of agent_state_log under which a warning is written."""

_LOCK = 7_266_317_011
"""Key of the advisory lock that makes two changes of the ledger, or two warnings, wait for each other."""

_LICENCE = agent_licences.c


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceRow:
    """An entry of the ledger, and whose it is."""

    id: UUID
    agent_id: AgentId
    licence: Licence


async def lock_ledger(connection: AdminConnection | WriteConnection) -> None:
    """Hold off other changes of the ledger until the transaction ends."""
    await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def read_licences(connection: AnyConnection, of: Collection[AgentId] | None = None) -> Sequence[LicenceRow]:
    """The ledgers of those agents (None: of everybody), by agent, state, first day and number."""
    statement = select(agent_licences).order_by(
        _LICENCE.agent_id, _LICENCE.state, _LICENCE.valid_from, _LICENCE.number, _LICENCE.id
    )
    if of is not None:
        statement = statement.where(_LICENCE.agent_id.in_(list(of)))
    return [
        LicenceRow(
            id=row.id,
            agent_id=AgentId(row.agent_id),
            licence=Licence(
                state=row.state, line=row.line, number=row.number, valid_from=row.valid_from, valid_to=row.valid_to
            ),
        )
        for row in await connection.execute(statement)
    ]


async def add_licences(connection: AdminConnection, new: Sequence[tuple[AgentId, Licence]], at: datetime) -> None:
    """Insert entries. Raises ConstraintError for one that is there already."""
    if new:
        rows = [
            {
                "agent_id": agent,
                "state": licence.state,
                "line": licence.line,
                "number": licence.number,
                "valid_from": licence.valid_from,
                "valid_to": licence.valid_to,
                "created_at": at,
            }
            for agent, licence in new
        ]
        await connection.execute(insert(agent_licences), rows)


async def end_licence(connection: AdminConnection, licence: UUID, valid_to: date | None) -> None:
    """Set the last valid day of an entry; None leaves it open."""
    await connection.execute(update(agent_licences).where(_LICENCE.id == licence).values(valid_to=valid_to))


async def warned_licences(connection: AnyConnection) -> frozenset[tuple[str, str]]:
    """(id, last valid day) of every entry whose end was warned of."""
    new = agent_state_log.c.new
    statement = select(new["id"].astext, new["valid_to"].astext).where(agent_state_log.c.field == EXPIRING)
    return frozenset((row[0], row[1]) for row in await connection.execute(statement))


async def active_agents(connection: AnyConnection) -> frozenset[AgentId]:
    """Everybody who is active."""
    return frozenset(
        AgentId(agent) for agent in await connection.scalars(select(agents.c.id).where(agents.c.is_active))
    )
