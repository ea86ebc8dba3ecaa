"""Moving chosen leads to another published version, on purpose: otherwise a lead keeps the one it started with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.admin_audit import AuditEntry, write_audit
from db.repositories.configurations import open_leads
from db.repositories.leads import read_leads
from db.session import single_statements, write_transaction
from domain.configuration import Configuration
from domain.ids import HistoryId, LeadId
from domain.lifecycle.actor import Actor
from domain.lifecycle.commands import MigrateConfiguration, person_command_id
from domain.lifecycle.lead import Lead
from domain.lifecycle.relaying import relaid
from domain.lifecycle.state import LifecycleState
from domain.lifecycle.transition import Context
from services.applied import Applied
from services.clock import Clock
from services.configurations import Configurations
from services.lifecycle import Lifecycle


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationReport:
    """How many leads were moved, how many were there already, and which were refused and why."""

    version: int
    moved: int
    already: int
    refused: tuple[tuple[LeadId, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowMove:
    """A running window, and when it would end."""

    lead_id: LeadId
    state: LifecycleState
    due_at: datetime
    becomes: datetime


_READ_AT_ONCE = 500


class RuleMigration:
    """Applies the command `migrate` to one lead after the other. `engine` is baton_service's."""

    def __init__(self, engine: AsyncEngine, clock: Clock, configurations: Configurations, lifecycle: Lifecycle) -> None:
        self._engine = engine
        self._clock = clock
        self._configurations = configurations
        self._lifecycle = lifecycle

    async def run(
        self, leads: Sequence[LeadId] | None, version: int, by: Actor, *, windows: bool = False
    ) -> MigrationReport:
        """Move the leads, or every open one for None; each in a transaction of its own, so a repeat goes on.

        With `windows` their running windows are laid on the new version's hours and policy. The relay tells the
        workflows. Raises ConfigurationError when the version is not published.
        """
        async with single_statements(self._engine) as connection:
            await self._configurations.get(connection, version)
            chosen = leads if leads is not None else await open_leads(connection, beside=version)
        moved, already = 0, 0
        refused: list[tuple[LeadId, str]] = []
        for lead_id in chosen:
            command = MigrateConfiguration(
                command_id=person_command_id(by, f"migrate-{uuid4()}"),
                actor=by,
                received_at=self._clock.now(),
                version=version,
                windows=windows,
            )
            answer = await self._lifecycle.apply(lead_id, command)
            if not isinstance(answer, Applied):
                refused.append((lead_id, answer.refusal.message))
            elif answer.changed:
                moved += 1
            else:
                already += 1
        report = MigrationReport(version=version, moved=moved, already=already, refused=tuple(refused))
        if moved:
            await self._audit(report, all_open=leads is None, windows=windows, by=by)
        return report

    async def following(self, version: int) -> Sequence[LeadId]:
        """The open leads that follow a version, the oldest first."""
        async with single_statements(self._engine) as connection:
            return await open_leads(connection, following=version)

    async def preview(self, leads: Sequence[LeadId] | None, configuration: Configuration) -> Sequence[WindowMove]:
        """Which running windows of the leads, or of every open one, the configuration would move; nothing is moved."""
        moves: list[WindowMove] = []
        async with single_statements(self._engine) as connection:
            now = self._clock.now()
            chosen = leads if leads is not None else await open_leads(connection)
            for start in range(0, len(chosen), _READ_AT_ONCE):
                for lead in await read_leads(connection, chosen[start : start + _READ_AT_ONCE]):
                    own = await self._configurations.get(connection, lead.config_version)
                    move = _move(lead, own, configuration, now)
                    if move is not None:
                        moves.append(move)
        return sorted(moves, key=lambda move: (move.due_at, str(move.lead_id)))

    async def _audit(self, report: MigrationReport, *, all_open: bool, windows: bool, by: Actor) -> None:
        """One row for the whole; each lead's own row is in the ledger."""
        entry = AuditEntry(
            kind="migrate",
            subject="leads",
            new={"version": report.version, "moved": report.moved, "all_open": all_open}
            | ({"windows": True} if windows else {}),
        )
        async with write_transaction(self._engine) as connection:
            await write_audit(connection, [entry], actor=str(by), at=self._clock.now())


def _move(lead: Lead, own: Configuration, configuration: Configuration, now: datetime) -> WindowMove | None:
    """What the configuration would make of the lead's running window; None when it stays, or none is running."""
    if not lead.is_open:
        return None
    old = Context(now=now, configuration=own, history_id=HistoryId(lead.id))
    new = replace(old, configuration=configuration)
    due_at = lead.window_ends_at
    becomes = relaid(lead, old.clock(lead), new.clock(lead), now).window_ends_at
    if due_at is None or becomes is None or due_at == becomes:
        return None
    return WindowMove(lead_id=lead.id, state=lead.state, due_at=due_at, becomes=becomes)
