"""What administrators see and change of agents: presence, caps, skills; and the log of every change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import null, select, update
from sqlalchemy.dialects.postgresql import insert

from db.repositories.agents import members_led_by
from db.session import AdminConnection, AnyConnection, WriteConnection
from db.tables import agent_availability, agent_specializations, agent_state_log, agents
from domain.ids import AgentId
from domain.lifecycle.actor import Role

_AGENT = agents.c
_PRESENCE = agent_availability.c
_SKILL = agent_specializations.c


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRow:
    """Somebody with their caps; status, load and capacity are None without an availability row."""

    id: AgentId
    email: str | None
    role: str
    timezone: str
    is_active: bool
    accepts_new_leads: bool
    max_active_leads: int
    max_leads_per_hour: int | None
    max_leads_per_day: int | None
    status: str | None
    current_load: int | None
    max_capacity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """A row of AgentSpecialization."""

    insurance_line: str
    customer_segment: str
    proficiency_level: int = 1
    max_concurrent_leads: int = 5
    languages: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    is_elite_agent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """A change of an agent; `old` and `new` are None where there was or is nothing."""

    agent_id: AgentId
    field: str
    old: Any = None
    new: Any = None


async def read_agents(connection: AnyConnection, *, led_by: AgentId | None = None) -> Sequence[AgentRow]:
    """Everybody but the system agent, by e-mail; with `led_by` only those in that manager's teams."""
    statement = (
        select(
            *(_AGENT[name] for name in ("id", "email", "role", "timezone", "is_active", "accepts_new_leads")),
            *(_AGENT[name] for name in ("max_active_leads", "max_leads_per_hour", "max_leads_per_day")),
            _PRESENCE.status,
            _PRESENCE.current_load.label("current_load"),
            _PRESENCE.max_capacity.label("max_capacity"),
        )
        .outerjoin(agent_availability, _PRESENCE.agent_id == _AGENT.id)
        .where(_AGENT.role != Role.SYSTEM)
        .order_by(_AGENT.email, _AGENT.id)
    )
    if led_by is not None:
        statement = statement.where(_AGENT.id.in_(members_led_by(led_by)))
    return [AgentRow(**row._mapping) for row in await connection.execute(statement)]


async def lock_agent(connection: AdminConnection, agent: AgentId) -> None:
    """Make other changes of this agent wait until the transaction ends."""
    await connection.execute(select(_AGENT.id).where(_AGENT.id == agent).with_for_update(key_share=True))


async def update_agent(connection: AdminConnection, agent: AgentId, values: Mapping[str, Any], at: datetime) -> None:
    """Set columns of crm_agents.

    The availability row is written too, first: whoever is giving the agent a lead holds its lock, and whoever waits for
    that lock judges the agent anew only when the row has changed.
    """
    await connection.execute(update(agent_availability).where(_PRESENCE.agent_id == agent).values(updated_at=at))
    await connection.execute(update(agents).where(_AGENT.id == agent).values(**values, updated_at=at))


async def write_presence(connection: AdminConnection, agent: AgentId, values: Mapping[str, Any], at: datetime) -> None:
    """Set status or capacity; the row is made when there is none, which takes a capacity."""
    stamped = {**values, "last_updated": at, "updated_at": at}
    changed = await connection.execute(update(agent_availability).where(_PRESENCE.agent_id == agent).values(**stamped))
    if not changed.rowcount:
        await connection.execute(insert(agent_availability).values(**{"status": "Offline", **stamped}, agent_id=agent))


async def read_skills(connection: AnyConnection, agent: AgentId) -> Sequence[Skill]:
    """The specialisations of an agent, by line and segment."""
    columns = (_SKILL[name].label(name) for name in Skill.__dataclass_fields__)
    statement = select(*columns).where(_SKILL.agent_id == agent)
    found = await connection.execute(statement.order_by(_SKILL.insurance_line, _SKILL.customer_segment))
    return [
        Skill(**{**row._mapping, "languages": tuple(row.languages or ()), "territories": tuple(row.territories or ())})
        for row in found
    ]


async def write_skill(connection: AdminConnection, agent: AgentId, skill: Skill, at: datetime) -> None:
    """Insert a specialisation, or replace that of the same line and segment."""
    values = {
        "proficiency_level": skill.proficiency_level,
        "max_concurrent_leads": skill.max_concurrent_leads,
        "languages": list(skill.languages),
        "territories": list(skill.territories),
        "is_elite_agent": skill.is_elite_agent,
        "updated_at": at,
    }
    key = {"agent_id": agent, "insurance_line": skill.insurance_line, "customer_segment": skill.customer_segment}
    statement = insert(agent_specializations).values(**key, **values, created_at=at)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=[_SKILL.agent_id, _SKILL.insurance_line, _SKILL.customer_segment],
            set_={_SKILL[name]: value for name, value in values.items()},
        )
    )


async def log_states(
    connection: AdminConnection | WriteConnection, changes: Sequence[StateChange], *, actor: str, at: datetime
) -> None:
    """Append to agent_state_log, all with the same actor and instant."""
    if changes:
        rows = [
            {
                "agent_id": one.agent_id,
                "field": one.field,
                # JSON's null would be a value; the column is empty where there is none.
                "old": null() if one.old is None else one.old,
                "new": null() if one.new is None else one.new,
                "actor": actor,
                "at": at,
            }
            for one in changes
        ]
        await connection.execute(insert(agent_state_log).values(rows))
