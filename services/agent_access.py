"""Whose agents an administrator may see and change, and the record of every change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db.repositories.admin_audit import AuditEntry, write_audit
from db.repositories.agent_admin import AgentRow, StateChange, log_states, read_agents
from db.repositories.agents import read_role
from db.repositories.teams import read_people
from db.session import AdminConnection
from domain.errors import InvalidInputError
from domain.ids import AgentId
from domain.lifecycle.actor import SUPERVISORS, Actor, Role


@dataclass(frozen=True, slots=True)
class Reach:
    """The people whom somebody may administer."""

    people: Sequence[AgentRow]

    def find(self, who: str) -> AgentRow:
        """The person with that e-mail or id; raises InvalidInputError for nobody whom the caller may administer."""
        given = who.strip().casefold()
        for one in self.people:
            if given in (str(one.id), one.email and one.email.casefold()):
                return one
        raise InvalidInputError(
            "agent", f"you may see nobody with the e-mail or id {who.strip()!r}; `baton agents list` names all you may"
        )

    def ids(self) -> frozenset[AgentId]:
        """Their ids."""
        return frozenset(one.id for one in self.people)


async def administrator(connection: AdminConnection, email: str) -> Actor:
    """The active admin or manager with that e-mail; raises InvalidInputError for everybody else."""
    given = email.strip().casefold()
    for person in await read_people(connection):
        known = person.email is not None and person.email.casefold() == given
        if known and person.is_active and person.role in SUPERVISORS:
            return Actor(role=person.role, id=person.id, via="cli")
    raise InvalidInputError("--as", f"no active admin or manager has the e-mail {email!r}; name one")


async def read_reach(connection: AdminConnection, by: Actor) -> Reach:
    """Everybody for an admin, the members of his active teams for a manager, by the role that they have now.

    Raises InvalidInputError for everybody else.
    """
    role = await read_role(connection, by.agent_id)
    if role not in SUPERVISORS:
        raise InvalidInputError("--as", "is no active admin or manager; agents are administered by those")
    return Reach(await read_agents(connection, led_by=by.agent_id if role is Role.MANAGER else None))


async def record(connection: AdminConnection, changes: Sequence[StateChange], *, by: Actor, at: datetime) -> None:
    """Write the changes to agent_state_log, which routing history is explained from, and to admin_audit."""
    await log_states(connection, changes, actor=str(by), at=at)
    entries = [
        AuditEntry(kind="agent", subject=subject(one.agent_id, one.field), old=one.old, new=one.new) for one in changes
    ]
    await write_audit(connection, entries, actor=str(by), at=at)


def subject(agent: UUID, field: str) -> str:
    """How admin_audit names a part of an agent."""
    return f"crm_agents/{agent}/{field}"
