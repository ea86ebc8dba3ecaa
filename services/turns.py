"""What time and routing do to a lead: the use cases behind the workflow's activities.

Each is guarded by the row's state, so it may run any number of times; each answers with the row as it is.
"""

from __future__ import annotations

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from db.errors import DatabaseBusyError, DatabaseSlowError, DatabaseUnavailableError
from db.repositories.lead_facts import read_score_facts
from db.repositories.leads import read_lead
from db.repositories.metrics import refresh_metrics
from db.session import single_statements
from domain.configuration import Configuration
from domain.errors import BatonError, ConfigurationError
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import (
    Breach,
    Command,
    EndPause,
    Expire,
    Park,
    RecordScore,
    Remind,
    Route,
    time_command_id,
)
from domain.lifecycle.lead import Lead
from domain.scoring.score import score_lead
from services.applied import Applied
from services.clock import Clock
from services.configurations import Configurations
from services.lifecycle import Lifecycle
from services.score_explanation import score_explanation
from workflows.messages import Turn

_log = structlog.get_logger(__name__)


class Turns:
    """One method per activity of the lead's workflow. None as an answer means that the lead has no row."""

    def __init__(self, lifecycle: Lifecycle, engine: AsyncEngine, clock: Clock, configurations: Configurations) -> None:
        self._lifecycle = lifecycle
        self._engine = engine
        self._clock = clock
        self._configurations = configurations

    async def read(self, turn: Turn) -> Lead | None:
        """The row as it is."""
        return await self._lifecycle.current(turn.lead_id, seen=turn.seen)

    async def score(self, turn: Turn) -> Lead | None:
        """Score a received lead and store the score with its factors. The first score stays."""
        async with single_statements(self._engine) as connection:
            lead = await read_lead(connection, turn.lead_id)
            facts = await read_score_facts(connection, turn.lead_id)
            if lead is None or facts is None:
                return None
            try:
                configuration = await self._configurations.get(connection, lead.config_version)
            except ConfigurationError:
                # Routing parks the lead for it; until then the score has to be the documented one.
                configuration = Configuration()
        score = score_lead(facts, configuration.scoring, turn.now)
        command = RecordScore(
            command_id=time_command_id(turn.lead_id, "score", turn.epoch, None),
            actor=SYSTEM,
            received_at=turn.now,
            score=score.value,
            tier=score.tier,
            explanation=score_explanation(score),
        )
        return await self._apply(turn, command)

    async def route(self, turn: Turn) -> Lead | None:
        """Offer the lead to the best agent, or let it wait."""
        command = Route(
            command_id=time_command_id(turn.lead_id, f"route:{turn.seen}", turn.epoch, turn.due_at),
            actor=SYSTEM,
            received_at=turn.now,
        )
        return await self._apply(turn, command)

    async def reassign(self, turn: Turn) -> Lead | None:
        """The window of this epoch is over: breach and next agent, queue or escalation, in one transaction."""
        if turn.due_at is None:
            return await self.read(turn)
        command = Breach(
            command_id=time_command_id(turn.lead_id, "breach", turn.epoch, turn.due_at),
            actor=SYSTEM,
            received_at=turn.now,
            epoch=turn.epoch,
            due_at=turn.due_at,
        )
        return await self._apply(turn, command)

    async def expire(self, turn: Turn) -> Lead | None:
        """The last deadline passed without an outcome."""
        if turn.due_at is None:
            return await self.read(turn)
        command = Expire(
            command_id=time_command_id(turn.lead_id, "expire", turn.epoch, turn.due_at),
            actor=SYSTEM,
            received_at=turn.now,
            due_at=turn.due_at,
        )
        return await self._apply(turn, command)

    async def remind(self, turn: Turn) -> Lead | None:
        """What somebody is to be reminded of now: a window that ends soon, or a customer's next try."""
        if turn.due_at is None:
            return await self.read(turn)
        command = Remind(
            command_id=time_command_id(turn.lead_id, f"remind:{turn.seen}", turn.epoch, turn.due_at),
            actor=SYSTEM,
            received_at=turn.now,
            epoch=turn.epoch,
            due_at=turn.due_at,
        )
        return await self._apply(turn, command)

    async def resume(self, turn: Turn) -> Lead | None:
        """The end that a pause was given has come."""
        if turn.due_at is None:
            return await self.read(turn)
        command = EndPause(
            command_id=time_command_id(turn.lead_id, f"end_pause:{turn.seen}", turn.epoch, turn.due_at),
            actor=SYSTEM,
            received_at=turn.now,
            due_at=turn.due_at,
        )
        return await self._apply(turn, command)

    async def finish(self, turn: Turn) -> Lead | None:
        """The end of a life: confirm that the lead is closed and bring the metrics of its agents up to date.

        Idempotent: the metrics are recomputed, not added to.
        """
        lead = await self._lifecycle.current(turn.lead_id, seen=turn.seen)
        if lead is None or lead.is_open:
            return lead
        async with single_statements(self._engine) as connection:
            await refresh_metrics(connection, lead.id, self._clock.now())
        return lead

    async def _apply(self, turn: Turn, command: Command) -> Lead | None:
        """Apply time's command.

        A failure that trying again at once would not cure parks the lead: visible, and tried again in minutes.
        """
        try:
            answer = await self._lifecycle.apply(turn.lead_id, command, seen=turn.seen, tells=True)
        except (DatabaseBusyError, DatabaseSlowError, DatabaseUnavailableError):
            raise
        except Exception as error:
            _log.exception("lead_parked", lead_id=str(turn.lead_id), command=command.kind)
            code = "configuration" if isinstance(error, ConfigurationError) else "internal"
            answer = await self._lifecycle.apply(turn.lead_id, _park(turn, code), seen=turn.seen, tells=True)
        if not isinstance(answer, Applied) and answer.lead is not None:
            raise BatonError(f"time's command {command.kind} was refused: {answer.refusal.code}")
        return answer.lead


def _park(turn: Turn, code: str) -> Park:
    return Park(
        command_id=time_command_id(turn.lead_id, f"park:{turn.seen}", turn.epoch, turn.due_at),
        actor=SYSTEM,
        received_at=turn.now,
        code=code,
    )
