"""What customers said about being contacted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.auth import Caller
from api.problems import RefusedError
from api.state import WithServices
from db.session import reader_transaction
from domain.customer.consent import Consent, DoNotCall
from domain.ids import LeadId
from domain.lifecycle.transition import Refusal, RefusalCode
from services.consenting import Consenting
from services.lead_reading import LeadReading

router = APIRouter(prefix="/v1/leads/{lead_id}/consents", tags=["leads"])


class ConsentsBody(BaseModel):
    """What was said: answers by channel, and entries of the do-not-call list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    consents: tuple[Consent, ...] = Field(default=(), max_length=20)
    do_not_call: tuple[DoNotCall, ...] = Field(default=(), max_length=20)


@router.post("")
async def post_consents(lead_id: UUID, body: ConsentsBody, caller: Caller, services: WithServices) -> dict[str, Any]:
    """Keep what the customer said, each once; answers with what is allowed now."""
    consenting = Consenting(services.engines.service, services.clock)
    refusal = await consenting.record(LeadId(lead_id), caller, (*body.consents, *body.do_not_call))
    if refusal is not None:
        raise RefusedError(refusal)
    reading = LeadReading(services.clock, services.configurations)
    async with reader_transaction(services.engines.reader, caller.id) as connection:
        lead = await reading.one(connection, LeadId(lead_id), caller)
    if lead is None:
        raise RefusedError(Refusal(code=RefusalCode.NOT_FOUND, message=f"there is no lead {lead_id}"))
    return {"permission": lead["permission"]}
