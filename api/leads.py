"""Intake, and what people may see of leads."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel

from api.auth import Caller
from api.problems import RefusedError
from api.state import WithServices
from db.repositories.lead_views import count_states, list_leads, timeline, view_lead
from db.session import reader_transaction
from domain.ids import LeadId
from domain.lifecycle.actor import Role
from domain.lifecycle.state import LifecycleState
from domain.lifecycle.transition import Refusal, RefusalCode
from services.arrivals import Arrival
from services.lead_reading import LeadReading
from services.new_lead import NewLead

router = APIRouter(prefix="/v1/leads", tags=["leads"])

_INTAKE_ROLES = frozenset({Role.SERVICE, Role.MANAGER, Role.ADMIN})
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


class Accepted(BaseModel):
    """An accepted lead. `created` is False when it was there already; `joined`: it is another one, of the same
    customer, that was open."""

    id: UUID
    created: bool
    joined: bool
    state: LifecycleState
    seq: int
    received_at: datetime


class TimelineEntry(BaseModel):
    """One thing that happened."""

    at: datetime
    seq: int | None
    what: str
    kind: str
    actor: str | None
    data: dict[str, Any]


def _unknown(lead_id: UUID) -> RefusedError:
    return RefusedError(Refusal(code=RefusalCode.NOT_FOUND, message=f"there is no lead {lead_id} that you may see"))


@router.post("", status_code=202, responses={200: {"model": Accepted}})
async def create_lead(
    new: NewLead, caller: Caller, services: WithServices, response: Response, key: Key = None
) -> Accepted:
    """Accept a lead: 202 when it is new and will be routed, 200 when it is known or joins an open one."""
    if caller.role not in _INTAKE_ROLES:
        raise RefusedError(Refusal(code=RefusalCode.FORBIDDEN, message="agents cannot send leads in"))
    lead, arrival = await services.intake.receive(new, actor=caller, key=key)
    if arrival is not Arrival.CREATED:
        response.status_code = 200
    return Accepted(
        id=lead.id,
        created=arrival is Arrival.CREATED,
        joined=arrival is Arrival.JOINED,
        state=lead.state,
        seq=lead.seq,
        received_at=lead.last_at,
    )


@router.get("")
async def get_leads(
    caller: Caller,
    services: WithServices,
    state: LifecycleState | None = None,
    mine: bool = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[dict[str, Any]]:
    """Leads you may see; without a state the open ones, by deadline."""
    async with reader_transaction(services.engines.reader, caller.id) as connection:
        return list(await list_leads(connection, caller, state=state, mine=mine, limit=limit))


@router.get("/counts")
async def get_counts(caller: Caller, services: WithServices) -> dict[str, int]:
    """How many leads you may see are in each state."""
    async with reader_transaction(services.engines.reader, caller.id) as connection:
        return await count_states(connection, caller)


@router.get("/{lead_id}")
async def get_lead(lead_id: UUID, caller: Caller, services: WithServices) -> dict[str, Any]:
    """One lead, and where its clock stands. Name, phone and e-mail are null until you have claimed it."""
    reading = LeadReading(services.clock, services.configurations)
    async with reader_transaction(services.engines.reader, caller.id) as connection:
        lead = await reading.one(connection, LeadId(lead_id), caller)
    if lead is None:
        raise _unknown(lead_id)
    return lead


@router.get("/{lead_id}/timeline")
async def get_timeline(lead_id: UUID, caller: Caller, services: WithServices) -> list[TimelineEntry]:
    """Everything that happened to a lead, oldest first."""
    async with reader_transaction(services.engines.reader, caller.id) as connection:
        if await view_lead(connection, LeadId(lead_id), caller) is None:
            raise _unknown(lead_id)
        return [TimelineEntry(**entry) for entry in await timeline(connection, LeadId(lead_id))]
