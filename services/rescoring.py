"""Rescoring: the place of a waiting lead follows its facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.lead_facts import read_score_facts
from db.repositories.leads import read_lead
from db.repositories.queue import waiting_after, waiting_versions, waiting_with_new_facts
from db.session import AnyConnection, single_statements
from domain.errors import ConfigurationError
from domain.ids import LeadId
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import Rescore
from domain.lifecycle.state import LifecycleState
from domain.scoring.score import score_lead
from services.clock import Clock
from services.configurations import Configurations
from services.edge import Edge
from services.score_explanation import score_explanation

_PAGE = 200
# What was committed while the round before read: its stamp may be older than that round.
_OVERLAP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pass:
    """A walk through all waiting leads of one configuration version, some in each round."""

    began_at: datetime
    after: LeadId | None = None
    done: bool = False


class Rescoring:
    """Scores waiting leads again: at once when their facts have changed, all of them now and then.

    What it remembers is only when it last looked; a new process begins with all of them.
    """

    def __init__(self, edge: Edge, engine: AsyncEngine, clock: Clock, configurations: Configurations) -> None:
        self._edge = edge
        self._engine = engine
        self._clock = clock
        self._configurations = configurations
        self._looked_at: datetime | None = None
        self._passes: dict[int, _Pass] = {}

    async def run_once(self) -> int:
        """One round, bounded; returns how many leads have another score now."""
        now = self._clock.now()
        async with single_statements(self._engine) as connection:
            found = await self._found(connection, now)
            commands = [await self._command(connection, lead_id, now) for lead_id in dict.fromkeys(found)]
        changed = 0
        for lead_id, command in (one for one in commands if one is not None):
            answer = await self._edge.give(lead_id, command)
            changed += answer is not None and answer.changed
        self._looked_at = now
        return changed

    async def _found(self, connection: AnyConnection, now: datetime) -> Sequence[LeadId]:
        found: list[LeadId] = []
        if self._looked_at is not None:
            found += await waiting_with_new_facts(connection, self._looked_at - _OVERLAP)
        versions = await waiting_versions(connection)
        self._passes = {version: known for version, known in self._passes.items() if version in versions}
        for version in versions:
            try:
                configuration = await self._configurations.get(connection, version)
            except ConfigurationError:
                # Routing parks the leads of a configuration that cannot be read, which is visible.
                continue
            known = self._passes.get(version)
            every = timedelta(minutes=configuration.queues.rescore_minutes)
            if known is None or (known.done and now - known.began_at >= every):
                known = _Pass(began_at=now)
            if not known.done:
                page = await waiting_after(connection, version, known.after, _PAGE)
                found += page
                known = replace(known, after=page[-1] if page else known.after, done=len(page) < _PAGE)
            self._passes[version] = known
        return found

    async def _command(
        self, connection: AnyConnection, lead_id: LeadId, now: datetime
    ) -> tuple[LeadId, Rescore] | None:
        """The command for a lead whose score is another now; None for every other one."""
        lead = await read_lead(connection, lead_id)
        facts = await read_score_facts(connection, lead_id)
        if lead is None or facts is None or lead.state is not LifecycleState.QUEUED:
            return None
        try:
            configuration = await self._configurations.get(connection, lead.config_version)
        except ConfigurationError:
            return None
        score = score_lead(facts, configuration.scoring, now)
        if (score.value, score.tier) == (lead.score, lead.tier):
            return None
        return lead_id, Rescore(
            command_id=f"{lead_id}:rescore:{lead.seq}",
            actor=SYSTEM,
            received_at=now,
            score=score.value,
            tier=score.tier,
            explanation=score_explanation(score),
        )
