"""People's commands, applied at the edge: the answer is the commit, the workflow is told afterwards."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.intake import ContactDetails, read_place, update_contact_details
from db.session import WriteConnection, single_statements
from domain.customer.zone import time_zone_of
from domain.errors import InvalidInputError
from domain.ids import LeadId
from domain.lifecycle.commands import (
    Claim,
    Complete,
    Contact,
    Decline,
    Outcome,
    Pause,
    PersonCommand,
    Reassign,
    Release,
    Restart,
    Resume,
    Snooze,
    Withdraw,
)
from domain.lifecycle.lead import Lead
from services.applied import Answer, Applied
from services.lifecycle import Also, Lifecycle
from services.telling import TellingQueue
from workflows.messages import (
    ClaimSignal,
    CompleteSignal,
    ContactSignal,
    DeclineSignal,
    LeadSnapshot,
    OutcomeSignal,
    PauseSignal,
    PersonSignal,
    ReassignSignal,
    ReleaseSignal,
    RestartSignal,
    ResumeSignal,
    SnoozeSignal,
    WithdrawSignal,
)

_SIGNALS: dict[type[PersonCommand], type[PersonSignal]] = {
    Claim: ClaimSignal,
    Decline: DeclineSignal,
    Contact: ContactSignal,
    Outcome: OutcomeSignal,
    Complete: CompleteSignal,
    Release: ReleaseSignal,
    Reassign: ReassignSignal,
    Withdraw: WithdrawSignal,
    Restart: RestartSignal,
    Pause: PauseSignal,
    Snooze: SnoozeSignal,
    Resume: ResumeSignal,
}


class People:
    """Applies a person's command and tells the workflow. Idempotent by command_id."""

    def __init__(self, lifecycle: Lifecycle, telling: TellingQueue, engine: AsyncEngine) -> None:
        self._lifecycle = lifecycle
        self._telling = telling
        self._engine = engine

    async def complete(self, lead_id: LeadId, command: Complete, details: ContactDetails) -> Answer:
        """Add the phone or e-mail that was missing, and let routing begin, in one transaction."""
        if details.phone is None and details.email is None:
            raise InvalidInputError("phone", "missing, and so is the e-mail; send at least one of them")

        async def add_details(connection: WriteConnection, lead: Lead) -> None:
            await update_contact_details(connection, lead.id, details, lead.last_at)

        if details.phone is not None:
            async with single_statements(self._engine) as connection:
                place = await read_place(connection, lead_id)
            zone = time_zone_of(**place, phone_e164=details.phone)
            command = command.model_copy(update={"customer_zones": zone.zones})
        return await self.apply(lead_id, command, also=add_details)

    async def apply(self, lead_id: LeadId, command: PersonCommand, *, also: Also | None = None) -> Answer:
        """Commit, queue the telling, answer. Raises what `Lifecycle.apply` raises."""
        answer = await self._lifecycle.apply(lead_id, command, also=also)
        if isinstance(answer, Applied) and answer.changed:
            snapshot = LeadSnapshot.of(answer.lead)
            signal = _SIGNALS[type(command)](
                command_id=command.command_id,
                actor=command.actor.id,
                epoch=getattr(command, "epoch", None),
                at=command.received_at,
                committed=snapshot,
            )
            self._telling.tell(snapshot, command.kind, signal)
        return answer
