"""Recording what a customer said about being contacted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.consents import insert_consents
from db.repositories.leads import read_lead
from db.session import WriteConnection, write_transaction
from domain.customer.consent import Consent, DoNotCall
from domain.errors import InvalidInputError
from domain.ids import LeadId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.lead import Lead
from domain.lifecycle.transition import Refusal, RefusalCode
from services.authority import answers_for
from services.clock import Clock


class Consenting:
    """Adds to what is kept; nothing is ever changed or taken away."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def record(self, lead_id: LeadId, by: Actor, said: Sequence[Consent | DoNotCall]) -> Refusal | None:
        """Keep the answers with the lead. Idempotent: the same answer of the same instant is kept once.

        Its holder, a manager of the holder or of leads that nobody has, an admin and other systems may. Raises
        InvalidInputError for an instant that is still to come.
        """
        if any(one.at > self._clock.now() for one in said):
            raise InvalidInputError("at", "is still to come; send when the customer said so")
        async with write_transaction(self._engine) as connection:
            lead = await read_lead(connection, lead_id)
            if lead is None:
                return Refusal(code=RefusalCode.NOT_FOUND, message=f"there is no lead {lead_id} that you may see")
            if not await self._may(connection, lead, by):
                message = "only the lead's holder, a manager or its source records what the customer said"
                return Refusal(code=RefusalCode.FORBIDDEN, message=message)
            await insert_consents(connection, lead_id, said, by)
        return None

    async def _may(self, connection: WriteConnection, lead: Lead, by: Actor) -> bool:
        if by.role is Role.AGENT:
            return lead.agent == by.agent_id and lead.lead_claimed
        if by.role is Role.SERVICE:
            return True
        return by.supervises if lead.agent is None else await answers_for(connection, by, lead.agent)
