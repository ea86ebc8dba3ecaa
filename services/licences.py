"""The licence ledger: imported from files, listed, and warned of before entries end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.agent_admin import StateChange, log_states
from db.repositories.configurations import latest_version
from db.repositories.licences import (
    EXPIRING,
    LicenceRow,
    active_agents,
    add_licences,
    end_licence,
    lock_ledger,
    read_licences,
    warned_licences,
)
from db.session import AnyConnection, admin_transaction, write_transaction
from domain.ids import AgentId
from domain.lifecycle.actor import SYSTEM, Actor
from domain.routing.licence import Licence, expiring
from services.agent_access import Reach, administrator, read_reach, record
from services.clock import Clock
from services.configurations import Configurations
from services.csv_file import CsvFile
from services.lead_rows import Reject
from services.licence_rows import LicenceLine, licence_key, read_licence_rows

WARNED_DAYS = 30
"""How long before its end a licence is warned of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceReport:
    """What an import did, in rows."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceView:
    """An entry with the agent's e-mail, or id without one."""

    agent: str
    licence: Licence


class Licences:
    """The ledger for administrators. `engine` is baton_admin's."""

    def __init__(self, engine: AsyncEngine, clock: Clock, configurations: Configurations) -> None:
        self._engine = engine
        self._clock = clock
        self._configurations = configurations

    async def administrator(self, email: str) -> Actor:
        """The active admin or manager with that e-mail; raises InvalidInputError for everybody else."""
        async with admin_transaction(self._engine) as connection:
            return await administrator(connection, email)

    async def import_file(
        self, by: Actor, file: CsvFile, on_rejects: Callable[[Sequence[Reject]], None] = lambda rejects: None
    ) -> LicenceReport:
        """Import the rows of a file, all good ones in one transaction.

        Idempotent: an entry is known by agent, state, line, number and first day; another last day changes it. Rows
        that are no licence of somebody whom the caller may administer go to `on_rejects`. Raises InvalidInputError for
        a file without the columns.
        """
        async with admin_transaction(self._engine) as connection:
            reach = await read_reach(connection, by)
        lines: list[LicenceLine] = []
        rejects: list[Reject] = []
        for row in read_licence_rows(file, reach):
            if isinstance(row, Reject):
                rejects.append(row)
            else:
                lines.append(row)
        report = await self._write(by, lines)
        on_rejects(rejects)
        return LicenceReport(
            added=report.added, changed=report.changed, unchanged=report.unchanged, rejected=len(rejects)
        )

    async def listed(self, by: Actor, who: str | None = None) -> Sequence[LicenceView]:
        """The ledger of everybody whom the caller may administer, or of one of them."""
        async with admin_transaction(self._engine) as connection:
            reach = await read_reach(connection, by)
            of = reach.ids() if who is None else {reach.find(who).id}
            return _views(await read_licences(connection, of), reach)

    async def expiring(self, by: Actor, days: int = WARNED_DAYS) -> Sequence[LicenceView]:
        """Entries of active people, valid today in the business's time zone, that end within so many days unrenewed."""
        async with admin_transaction(self._engine) as connection:
            reach = await read_reach(connection, by)
            today = await _today(connection, self._clock, self._configurations)
            active = {one.id for one in reach.people if one.is_active}
            return _views(ending(await read_licences(connection, active), today, days), reach)

    async def _write(self, by: Actor, lines: Sequence[LicenceLine]) -> LicenceReport:
        async with admin_transaction(self._engine) as connection:
            await lock_ledger(connection)
            at = self._clock.now()
            rows = await read_licences(connection, {line.agent_id for line in lines})
            known = {licence_key(row.agent_id, row.licence): row for row in rows}
            new: list[tuple[AgentId, Licence]] = []
            changes: list[StateChange] = []
            for line in lines:
                old = known.get(licence_key(line.agent_id, line.licence))
                if old is None:
                    new.append((line.agent_id, line.licence))
                elif old.licence != line.licence:
                    await end_licence(connection, old.id, line.licence.valid_to)
                else:
                    continue
                changes.append(
                    StateChange(
                        agent_id=line.agent_id,
                        field="licence",
                        old=None if old is None else licence_words(old.licence),
                        new=licence_words(line.licence),
                    )
                )
            await add_licences(connection, new, at)
            await record(connection, changes, by=by, at=at)
        return LicenceReport(
            added=len(new), changed=len(changes) - len(new), unchanged=len(lines) - len(changes), rejected=0
        )


class LicenceWarnings:
    """Writes one row to agent_state_log for each licence that is about to end. `engine` is baton_service's."""

    def __init__(
        self, engine: AsyncEngine, clock: Clock, configurations: Configurations, *, days: int = WARNED_DAYS
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._configurations = configurations
        self._days = days

    async def run(self) -> int:
        """Warn of what was not warned of; returns how many. Idempotent: once for each licence and last day.

        Who is inactive is not warned about. Raises the errors of db.errors.
        """
        async with write_transaction(self._engine) as connection:
            await lock_ledger(connection)
            today = await _today(connection, self._clock, self._configurations)
            ends = ending(await read_licences(connection, await active_agents(connection)), today, self._days)
            warned = await warned_licences(connection)
            changes = [
                StateChange(
                    agent_id=row.agent_id,
                    field=EXPIRING,
                    new={"id": str(row.id), **licence_words(row.licence)},
                )
                for row in ends
                if (str(row.id), str(row.licence.valid_to)) not in warned
            ]
            await log_states(connection, changes, actor=str(SYSTEM), at=self._clock.now())
        return len(changes)


def ending(rows: Iterable[LicenceRow], on: date, days: int) -> list[LicenceRow]:
    """Entries valid on the day that end within so many days and are not renewed, the first to end first."""
    ledgers: dict[AgentId, list[LicenceRow]] = defaultdict(list)
    for row in rows:
        ledgers[row.agent_id].append(row)
    found = [
        row
        for ledger in ledgers.values()
        for licence in expiring([row.licence for row in ledger], on, days)
        for row in ledger
        if row.licence is licence
    ]
    return sorted(found, key=lambda row: (row.licence.valid_to or date.max, row.licence.state, str(row.agent_id)))


def licence_words(licence: Licence) -> dict[str, Any]:
    """An entry for the logs and for JSON."""
    return {
        "state": licence.state,
        "line": licence.line,
        "number": licence.number,
        "valid_from": licence.valid_from.isoformat(),
        "valid_to": licence.valid_to.isoformat() if licence.valid_to is not None else None,
    }


def _views(rows: Iterable[LicenceRow], reach: Reach) -> list[LicenceView]:
    names = {one.id: one.email or str(one.id) for one in reach.people}
    return [LicenceView(agent=names[row.agent_id], licence=row.licence) for row in rows]


async def _today(connection: AnyConnection, clock: Clock, configurations: Configurations) -> date:
    configuration = await configurations.get(connection, await latest_version(connection))
    return configuration.day_of(clock.now())
