"""Activities of a lead's workflow. Each may run any number of times: the row's state guards it."""

from __future__ import annotations

from temporalio import activity

from domain.lifecycle.lead import Lead
from services.raw_commands import RawCommands
from services.trip_wire import trip
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
        return _result(ActivityName.READ_LEAD, await self._turns.read(turn))

    @activity.defn(name=ActivityName.SCORE_LEAD)
    async def score_lead(self, turn: Turn) -> TurnResult:
        """Score a received lead."""
        return _result(ActivityName.SCORE_LEAD, await self._turns.score(turn))

    @activity.defn(name=ActivityName.ROUTE_LEAD)
    async def route_lead(self, turn: Turn) -> TurnResult:
        """Offer the lead, or let it wait."""
        return _result(ActivityName.ROUTE_LEAD, await self._turns.route(turn))

    @activity.defn(name=ActivityName.REASSIGN_LEAD)
    async def reassign_lead(self, turn: Turn) -> TurnResult:
        """Write a missed window and pass the lead on."""
        return _result(ActivityName.REASSIGN_LEAD, await self._turns.reassign(turn))

    @activity.defn(name=ActivityName.REMIND_LEAD)
    async def remind_lead(self, turn: Turn) -> TurnResult:
        """Warn of a window's end, or say that the next try is due."""
        return _result(ActivityName.REMIND_LEAD, await self._turns.remind(turn))

    @activity.defn(name=ActivityName.RESUME_LEAD)
    async def resume_lead(self, turn: Turn) -> TurnResult:
        """End a pause whose time is over."""
        return _result(ActivityName.RESUME_LEAD, await self._turns.resume(turn))

    @activity.defn(name=ActivityName.EXPIRE_LEAD)
    async def expire_lead(self, turn: Turn) -> TurnResult:
        """Close a lead whose last deadline passed."""
        return _result(ActivityName.EXPIRE_LEAD, await self._turns.expire(turn))

    @activity.defn(name=ActivityName.RECORD_OUTCOME)
    async def record_outcome(self, turn: Turn) -> TurnResult:
        """Write a closed lead's consequences and confirm that it is closed."""
        return _result(ActivityName.RECORD_OUTCOME, await self._turns.finish(turn))

    @activity.defn(name=ActivityName.APPLY_COMMAND)
    async def apply_command(self, asked: CommandInput) -> CommandResult:
        """Apply a raw command."""
        result = await self._raw_commands.apply(asked)
        trip("during_activity", ActivityName.APPLY_COMMAND)
        return result


def _result(name: ActivityName, lead: Lead | None) -> TurnResult:
    # The row may have changed, and Temporal does not know yet that the activity ran.
    trip("during_activity", name)
    return TurnResult(snapshot=LeadSnapshot.of(lead) if lead is not None else None)
