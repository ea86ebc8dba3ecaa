"""The outage rule: processes say every few seconds that they live, and what nobody could act on is nobody's fault.

More than fifteen seconds without a live API is an outage, whatever the cause: a crash, a deployment, a network, or
Postgres being away. The first API process that is back records it; a worker that lives through it knows of it too.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from db.errors import DatabaseError
from db.repositories.outages import (
    beat,
    count_overdue,
    forget_processes,
    insert_outage,
    lock_outages,
    overlapped_leads,
)
from db.session import single_statements, write_transaction
from domain.ids import LeadId
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import Extend
from domain.sla.outage import Outage
from services.clock import Clock
from services.edge import Edge
from services.outage_watch import REMEMBERED, OutageWatch, silence

_log = structlog.get_logger(__name__)

BEAT_SECONDS = 5.0
_BATCH = 200


class Heartbeat:
    """One process's signs of life, in the role `api` or `worker`."""

    def __init__(self, watch: OutageWatch, engine: AsyncEngine, clock: Clock, role: str) -> None:
        self._watch = watch
        self._engine = engine
        self._clock = clock
        self._role = role
        self._process = f"{role}-{uuid4().hex}"

    async def beat(self) -> Outage | None:
        """Say that this process lives, and look around; returns the outage that this has ended, once."""
        ended: Outage | None = None
        async with write_transaction(self._engine) as connection:
            await lock_outages(connection)
            now = self._clock.now()
            quiet = await silence(connection, self._role, now)
            if quiet is not None and await insert_outage(connection, self._role, quiet):
                ended = quiet
            await beat(connection, self._process, self._role, now)
            await forget_processes(connection, now - REMEMBERED)
        await self._watch.look()
        if ended is not None:
            seconds = (ended.ends_at - ended.starts_at).total_seconds()
            _log.warning("outage_over", role=self._role, since=ended.starts_at.isoformat(), seconds=round(seconds, 1))
        return ended

    async def keep_beating(self, edge: Edge | None = None) -> None:
        """Beat until cancelled; without Postgres a beat is left out. With an edge windows get their time back."""
        giving = GivingBack(edge, self._watch, self._engine, self._clock) if edge is not None else None
        while True:
            try:
                await self.beat()
                if giving is not None:
                    await giving.run_once()
            except DatabaseError as error:
                _log.warning("heartbeat_left_out", role=self._role, reason=type(error).__name__)
            await asyncio.sleep(BEAT_SECONDS)


class GivingBack:
    """Moves the windows that an outage ran through, so that cards show it before anybody acts or any timer fires."""

    def __init__(self, edge: Edge, watch: OutageWatch, engine: AsyncEngine, clock: Clock) -> None:
        self._edge = edge
        self._watch = watch
        self._engine = engine
        self._clock = clock
        self._done: set[Outage] = set()
        self._behind: tuple[datetime, int] | None = None

    async def run_once(self) -> int:
        """Go through the open windows once for each outage; returns how many were moved. Idempotent."""
        moved = 0
        outages = await self._watch.look()
        self._done &= set(outages)
        for outage in outages:
            if outage not in self._done:
                given = await self._give(outage)
                self._done.add(outage)
                moved += given
                _log.info("windows_given_back", since=outage.starts_at.isoformat(), windows=given)
        await self._report_backlog()
        return moved

    async def _give(self, outage: Outage) -> int:
        last: LeadId | None = None
        moved = 0
        while True:
            async with single_statements(self._engine) as connection:
                found = await overlapped_leads(connection, outage, last, _BATCH)
            if not found:
                return moved
            for last in found:
                command = Extend(
                    command_id=f"{last}:extend:{outage.starts_at.isoformat()}:{outage.ends_at.isoformat()}",
                    actor=SYSTEM,
                    received_at=self._clock.now(),
                )
                answer = await self._edge.give(last, command)
                moved += answer is not None and answer.changed

    async def _report_backlog(self) -> None:
        """How fast what was overdue at the start is worked off."""
        async with single_statements(self._engine) as connection:
            now = self._clock.now()
            overdue = await count_overdue(connection, now)
        if self._behind is None:
            self._behind = (now, overdue)
        elif self._behind[1] and not overdue:
            seconds = max((now - self._behind[0]).total_seconds(), BEAT_SECONDS)
            per_s = round(self._behind[1] / seconds, 1)
            _log.info("backlog_worked_off", leads=self._behind[1], seconds=round(seconds, 1), per_s=per_s)
            self._behind = (now, 0)
