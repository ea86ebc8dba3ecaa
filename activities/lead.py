"""Activities of a lead's workflow. Each may run any number of times: the row's state guards it."""

from __future__ import annotations

from temporalio import activity

from domain.lifecycle.lead import Lead
from services.raw_commands import RawCommands
from services.turns import Turns
from workflows.messages import CommandInput, CommandResult, LeadSnapshot, Turn, TurnResult
from workflows.names import ActivityName


class LeadActivities:
    """The lead's activities over the services of this process."""

    def __init__(self, turns: Turns, raw_commands: RawCommands) -> None:
        self._turns = turns
        self._raw_commands = raw_commands

    @activity.defn(name=ActivityName.READ_LEAD)
    async def read_lead(self, turn: Turn) -> TurnResult:
        """The row as it is."""
        return _result(await self._turns.read(turn))

    @activity.defn(name=ActivityName.SCORE_LEAD)
    async def score_lead(self, turn: Turn) -> TurnResult:
        """Score a received lead."""
        return _result(await self._turns.score(turn))

    @activity.defn(name=ActivityName.ROUTE_LEAD)
    async def route_lead(self, turn: Turn) -> TurnResult:
        """Offer the lead, or let it wait."""
        return _result(await self._turns.route(turn))

    @activity.defn(name=ActivityName.REASSIGN_LEAD)
    async def reassign_lead(self, turn: Turn) -> TurnResult:
        """Write a missed window and pass the lead on."""
        return _result(await self._turns.reassign(turn))

    @activity.defn(name=ActivityName.EXPIRE_LEAD)
    async def expire_lead(self, turn: Turn) -> TurnResult:
        """Close a lead whose last deadline passed."""
        return _result(await self._turns.expire(turn))

    @activity.defn(name=ActivityName.RECORD_OUTCOME)
    async def record_outcome(self, turn: Turn) -> TurnResult:
        """Write a closed lead's consequences and confirm that it is closed."""
        return _result(await self._turns.finish(turn))

    @activity.defn(name=ActivityName.APPLY_COMMAND)
    async def apply_command(self, asked: CommandInput) -> CommandResult:
        """Apply a raw command."""
        return await self._raw_commands.apply(asked)


def _result(lead: Lead | None) -> TurnResult:
    return TurnResult(snapshot=LeadSnapshot.of(lead) if lead is not None else None)
