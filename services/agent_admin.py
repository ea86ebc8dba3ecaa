"""Administration of agents: presence, caps, shifts, time off, specialisations.

Every change is one transaction as baton_admin with a row in agent_state_log and in admin_audit. A manager changes
the members of the teams he manages, an admin everybody. Setting what is so already changes and records nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.agent_admin import (
    AgentRow,
    Skill,
    StateChange,
    lock_agent,
    read_skills,
    update_agent,
    write_presence,
    write_skill,
)
from db.repositories.licences import read_licences
from db.repositories.shifts import (
    Absence,
    add_absence,
    cancel_absence,
    find_absence,
    read_absences,
    read_shifts,
    replace_shifts,
)
from db.session import AdminConnection, admin_transaction
from domain.errors import InvalidInputError
from domain.lifecycle.actor import Actor
from domain.routing.agent import AgentStatus, CustomerSegment, InsuranceLine
from domain.routing.language import language_tag
from domain.routing.licence import Licence
from domain.routing.shift import Shift, TimeOff, zone_named
from domain.routing.territory import territory_code
from services.agent_access import Reach, administrator, read_reach, record
from services.clock import Clock
from services.shift_words import shift_words


class AgentChange(BaseModel):
    """What to set of an agent; what is not set stays. None is no cap for `per_hour` and `per_day`, else nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: AgentStatus | None = None
    accepts: bool | None = None
    active: bool | None = None
    timezone: str | None = None
    capacity: int | None = Field(default=None, ge=0)
    max_held: int | None = Field(default=None, ge=0)
    per_hour: int | None = Field(default=None, ge=0)
    per_day: int | None = Field(default=None, ge=0)


_PRESENCE_FIELDS = {"status": "status", "capacity": "max_capacity"}
_AGENT_FIELDS = {
    "accepts": "accepts_new_leads",
    "active": "is_active",
    "timezone": "timezone",
    "max_held": "max_active_leads",
    "per_hour": "max_leads_per_hour",
    "per_day": "max_leads_per_day",
}
_MAY_BE_NONE = frozenset({"per_hour", "per_day"})


class SkillChange(BaseModel):
    """What to set of the specialisation for a line and segment; what is None stays, or is the default of a new one.

    `max_concurrent` 0 keeps leads of that line and segment away. No languages, no territories: all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    line: InsuranceLine
    segment: CustomerSegment = CustomerSegment.INDIVIDUAL
    proficiency: int | None = Field(default=None, ge=1, le=5)
    max_concurrent: int | None = Field(default=None, ge=0)
    languages: tuple[str, ...] | None = None
    territories: tuple[str, ...] | None = None
    elite: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCard:
    """Everything that routing reads of an agent; absences are those that are not over."""

    agent: AgentRow
    skills: Sequence[Skill]
    shifts: Sequence[Shift]
    absences: Sequence[Absence]
    licences: Sequence[Licence]


class AgentAdmin:
    """Reads and changes agents. `engine` is baton_admin's."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def administrator(self, email: str) -> Actor:
        """The active admin or manager with that e-mail; raises InvalidInputError for everybody else."""
        async with admin_transaction(self._engine) as connection:
            return await administrator(connection, email)

    async def people(self, by: Actor) -> Sequence[AgentRow]:
        """Everybody whom the caller may administer, by e-mail."""
        async with admin_transaction(self._engine) as connection:
            return (await read_reach(connection, by)).people

    async def card(self, by: Actor, who: str) -> AgentCard:
        """One of them, by e-mail or id; raises InvalidInputError for anybody else."""
        async with admin_transaction(self._engine) as connection:
            agent = (await read_reach(connection, by)).find(who)
            return AgentCard(
                agent=agent,
                skills=await read_skills(connection, agent.id),
                shifts=await read_shifts(connection, agent.id),
                absences=await read_absences(connection, agent.id, self._clock.now()),
                licences=[row.licence for row in await read_licences(connection, [agent.id])],
            )

    async def change(self, by: Actor, who: str, wanted: AgentChange) -> Sequence[StateChange]:
        """Set status, caps and the rest; returns what changed.

        Raises InvalidInputError for somebody whom the caller may not administer, an unknown time zone, and a status
        for somebody who has no availability row and gets no capacity.
        """
        if wanted.timezone is not None:
            zone_named(wanted.timezone)
        async with self._changing(by, who) as (connection, agent, at):
            presence = _differences(agent, wanted, _PRESENCE_FIELDS)
            if presence and agent.max_capacity is None and "max_capacity" not in presence:
                raise InvalidInputError("status", "the agent has no availability row yet; give a capacity too")
            values = _differences(agent, wanted, _AGENT_FIELDS)
            if presence:
                await write_presence(connection, agent.id, presence, at)
            if values:
                await update_agent(connection, agent.id, values, at)
            changes = [
                StateChange(agent_id=agent.id, field=name, old=getattr(agent, name), new=value)
                for name, value in (presence | values).items()
            ]
            await record(connection, changes, by=by, at=at)
            return changes

    async def set_shifts(self, by: Actor, who: str, shifts: Sequence[Shift]) -> bool:
        """Let these be the agent's weekly shifts, none: always on shift; False when they are so already."""
        async with self._changing(by, who) as (connection, agent, at):
            old, new = await read_shifts(connection, agent.id), tuple(shifts)
            if set(old) == set(new):
                return False
            await replace_shifts(connection, agent.id, new, at)
            change = StateChange(agent_id=agent.id, field="shifts", old=shift_words(old), new=shift_words(new))
            await record(connection, [change], by=by, at=at)
            return True

    async def add_time_off(self, by: Actor, who: str, starts: str, ends: str, code: str) -> Absence:
        """Add an absence; the same one again is the one that is there.

        `starts` and `ends` are ISO dates or times, in the agent's time zone unless they carry one; a date is that
        whole day. Raises InvalidInputError for other texts and for an end before the start.
        """
        async with self._changing(by, who) as (connection, agent, at):
            time_off = TimeOff(
                starts_at=_instant("from", starts, agent.timezone),
                ends_at=_instant("until", ends, agent.timezone, end_of_day=True),
                code=code,
            )
            for known in await read_absences(connection, agent.id, time_off.starts_at):
                if known.time_off == time_off:
                    return known
            absence = await add_absence(connection, agent.id, time_off, at)
            change = StateChange(agent_id=agent.id, field="time_off", new=_absence_words(absence))
            await record(connection, [change], by=by, at=at)
            return absence

    async def cancel_time_off(self, by: Actor, absence_id: UUID) -> Absence:
        """Take an absence back; raises InvalidInputError when there is none, it is cancelled, or not the caller's."""
        async with admin_transaction(self._engine) as connection:
            absence = await find_absence(connection, absence_id)
            reach = await read_reach(connection, by)
            if absence is None or absence.agent_id not in reach.ids():
                raise InvalidInputError("id", f"no absence {absence_id} to cancel; `baton agents show` names them")
            at = self._clock.now()
            await cancel_absence(connection, absence.id, at)
            change = StateChange(agent_id=absence.agent_id, field="time_off", old=_absence_words(absence))
            await record(connection, [change], by=by, at=at)
            return absence

    async def specialize(self, by: Actor, who: str, wanted: SkillChange) -> tuple[Skill, bool]:
        """Set the specialisation for a line and segment; returns it, and whether that changed anything.

        Languages are tags or English names and kept as tags, territories kept in capitals. Raises InvalidInputError
        for an unknown language.
        """
        async with self._changing(by, who) as (connection, agent, at):
            key = (wanted.line.value, wanted.segment.value)
            skills = await read_skills(connection, agent.id)
            old = next((one for one in skills if (one.insurance_line, one.customer_segment) == key), None)
            new = _changed(old or Skill(insurance_line=key[0], customer_segment=key[1]), wanted)
            if new == old:
                return new, False
            await write_skill(connection, agent.id, new, at)
            change = StateChange(
                agent_id=agent.id, field="specialization", old=old and _skill_words(old), new=_skill_words(new)
            )
            await record(connection, [change], by=by, at=at)
            return new, True

    @asynccontextmanager
    async def _changing(self, by: Actor, who: str) -> AsyncIterator[tuple[AdminConnection, AgentRow, datetime]]:
        """One transaction with the agent locked, as it is then."""
        async with admin_transaction(self._engine) as connection:
            agent = (await read_reach(connection, by)).find(who)
            await lock_agent(connection, agent.id)
            locked: Reach = await read_reach(connection, by)
            yield connection, locked.find(str(agent.id)), self._clock.now()


def _differences(agent: AgentRow, wanted: AgentChange, fields: dict[str, str]) -> dict[str, Any]:
    given = wanted.model_dump(mode="json", exclude_unset=True)
    return {
        column: given[name]
        for name, column in fields.items()
        if name in given and (given[name] is not None or name in _MAY_BE_NONE) and given[name] != getattr(agent, column)
    }


def _changed(skill: Skill, wanted: SkillChange) -> Skill:
    values: dict[str, Any] = {
        "proficiency_level": wanted.proficiency,
        "max_concurrent_leads": wanted.max_concurrent,
        "languages": None if wanted.languages is None else _tags(wanted.languages),
        "territories": None
        if wanted.territories is None
        else tuple(dict.fromkeys(territory_code(text) for text in wanted.territories)),
        "is_elite_agent": wanted.elite,
    }
    return replace(skill, **{name: value for name, value in values.items() if value is not None})


def _tags(words: Sequence[str]) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(language_tag(word) for word in words))
    except ValueError as error:
        raise InvalidInputError("language", str(error).removeprefix("language: ")) from error


def _instant(field: str, text: str, zone: str, *, end_of_day: bool = False) -> datetime:
    place = zone_named(zone)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        try:
            at = datetime.fromisoformat(text)
        except ValueError as error:
            raise InvalidInputError(
                field, f"{text!r} is no time; give a date or a time such as 2026-12-24T09:00"
            ) from error
        return (at if at.tzinfo is not None else at.replace(tzinfo=place)).astimezone(UTC)
    return datetime.combine(day + timedelta(days=1 if end_of_day else 0), time(0), place).astimezone(UTC)


def _absence_words(absence: Absence) -> dict[str, str]:
    off = absence.time_off
    return {
        "id": str(absence.id),
        "starts_at": off.starts_at.isoformat(),
        "ends_at": off.ends_at.isoformat(),
        "code": off.code,
    }


def _skill_words(skill: Skill) -> dict[str, Any]:
    words = asdict(skill)
    return words | {"languages": list(skill.languages), "territories": list(skill.territories)}
