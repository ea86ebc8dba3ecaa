"""Commands on a lead. The answer is the commit; the workflow is told afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Header
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.auth import Caller
from api.problems import RefusedError
from api.state import WithServices
from domain.contact import Channel, ContactResult, Direction
from domain.ids import AgentId, LeadId
from domain.lifecycle.actor import Actor
from domain.lifecycle.commands import (
    Claim,
    Code,
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
    person_command_id,
)
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import CloseReason, LifecycleState, Reason
from services.applied import Answer, Refused
from services.intake import contact_details
from services.new_lead import NewLead
from services.service_set import Services

router = APIRouter(prefix="/v1/leads/{lead_id}", tags=["commands"])

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ClaimBody(_Body):
    """`epoch` is the offer you answer; without it the current one."""

    epoch: int | None = None


class DeclineBody(ClaimBody):
    """`code` says why, in a word."""

    code: Code = "unspecified"


_NO_EPOCH = ClaimBody()
_NO_REASON = DeclineBody()


class ContactBody(ClaimBody):
    """One attempt. `external_id` (a call id) makes it count once, however often it is sent.

    `agent` is for other systems and supervisors: whose attempt it was, which need not be who holds the lead now.
    """

    agent: AgentId | None = None
    channel: Channel = Channel.CALL
    direction: Direction = Direction.OUTBOUND
    result: ContactResult
    occurred_at: AwareDatetime | None = None
    external_id: str | None = Field(default=None, max_length=200)


class OutcomeBody(_Body):
    """How it ended. Minutes are minutes, `quality` is 0..100."""

    result: CloseReason
    reason: Code | None = None
    value: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    handling_minutes: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    cross_sell: bool = False
    upsell: bool = False
    repeat_customer: bool = False
    quality: int | None = Field(default=None, ge=0, le=100)


class CodeBody(_Body):
    """`code` says why, in a word."""

    code: Code


class PauseBody(CodeBody):
    """Why, in a word, and until when; without `until` as long as the policy allows."""

    until: AwareDatetime | None = None


class SnoozeBody(_Body):
    """When the lead is to be back."""

    until: AwareDatetime
    code: Code = "snoozed"


class ReassignBody(_Body):
    """The agent who is to hold the lead; the reason follows the state unless it is given.

    `force` overrules what speaks against the agent (caps, presence, licence, …); which of it is recorded.
    """

    to_agent: AgentId
    reason: Reason | None = None
    force: bool = False


class CompleteBody(_Body):
    """What was missing: at least one of phone and e-mail."""

    phone: str | None = None
    email: str | None = None
    country: str = "US"


class LeadState(BaseModel):
    """The lead after the command. `changed` is False for a repeat."""

    id: UUID
    seq: int
    epoch: int
    state: LifecycleState
    agent: AgentId | None
    claim_expires_at: datetime | None
    contact_expires_at: datetime | None
    next_try_at: datetime | None
    paused: bool
    close_reason: CloseReason | None
    changed: bool

    @classmethod
    def of(cls, lead: Lead, *, changed: bool) -> LeadState:
        """The answer for a lead."""
        return cls(
            id=lead.id,
            seq=lead.seq,
            epoch=lead.epoch,
            state=lead.state,
            agent=lead.agent,
            claim_expires_at=lead.claim_expires_at,
            contact_expires_at=lead.contact_expires_at,
            next_try_at=lead.next_try_at,
            paused=lead.paused_at is not None,
            close_reason=lead.close_reason,
            changed=changed,
        )


async def _apply(services: Services, lead_id: UUID, command: PersonCommand) -> LeadState:
    return _answer(await services.people.apply(LeadId(lead_id), command))


def _answer(answer: Answer) -> LeadState:
    if isinstance(answer, Refused):
        raise RefusedError(answer.refusal)
    return LeadState.of(answer.lead, changed=answer.changed)


class _Given:
    """What every command has: an id, who gives it, and when it arrived."""

    def __init__(self, services: Services, caller: Actor, key: str | None) -> None:
        self.command_id = person_command_id(caller, key or str(uuid4()))
        self.actor = caller
        self.received_at = services.clock.now()


@router.post("/claim")
async def claim(
    lead_id: UUID, caller: Caller, services: WithServices, body: ClaimBody = _NO_EPOCH, key: Key = None
) -> LeadState:
    """Take the lead you are offered. Phone and e-mail are yours to see from now on."""
    given = _Given(services, caller, key)
    return await _apply(services, lead_id, Claim(**vars(given), **body.model_dump()))


@router.post("/decline")
async def decline(
    lead_id: UUID, caller: Caller, services: WithServices, body: DeclineBody = _NO_REASON, key: Key = None
) -> LeadState:
    """Say no to your offer: it moves on at once, without a breach."""
    given = _Given(services, caller, key)
    return await _apply(services, lead_id, Decline(**vars(given), **body.model_dump()))


@router.post("/contact")
async def contact(
    lead_id: UUID, body: ContactBody, caller: Caller, services: WithServices, key: Key = None
) -> LeadState:
    """Record an attempt. The first one completes the window, reaching the customer makes the lead contacted."""
    given = _Given(services, caller, key)
    return await _apply(services, lead_id, Contact(**vars(given), **body.model_dump()))


@router.post("/outcome")
async def outcome(
    lead_id: UUID, body: OutcomeBody, caller: Caller, services: WithServices, key: Key = None
) -> LeadState:
    """Record how it ended; closes the lead."""
    given = _Given(services, caller, key)
    return await _apply(services, lead_id, Outcome(**vars(given), **body.model_dump()))


@router.post("/release")
async def release(lead_id: UUID, body: CodeBody, caller: Caller, services: WithServices, key: Key = None) -> LeadState:
    """Give the lead back to routing."""
    given = _Given(services, caller, key)
    return await _apply(services, lead_id, Release(**vars(given), code=body.code))


@router.post("/reassign")
async def reassign(
    lead_id: UUID, body: ReassignBody, caller: Caller, services: WithServices, key: Key = None
) -> LeadState:
    """Give the lead to an agent of your choice, who holds it as claimed."""
    given = _Given(services, caller, key)
    return await _apply(services, lead_id, Reassign(**vars(given), **body.model_dump()))


@router.post("/withdraw")
async def withdraw(lead_id: UUID, body: CodeBody, caller: Caller, services: WithServices, key: Key = None) -> LeadState:
    """Stop the lead."""
    given = _Given(services, caller, key)
    return await _apply(services, lead_id, Withdraw(**vars(given), code=body.code))


@router.post("/restart")
async def restart(lead_id: UUID, caller: Caller, services: WithServices, key: Key = None) -> LeadState:
    """Back to routing with counters reset."""
    return await _apply(services, lead_id, Restart(**vars(_Given(services, caller, key))))


@router.post("/pause")
async def pause(lead_id: UUID, body: PauseBody, caller: Caller, services: WithServices, key: Key = None) -> LeadState:
    """Stop the lead's clock: no window ends and nobody is warned until it goes on."""
    given = _Given(services, caller, key)
    return await _apply(services, lead_id, Pause(**vars(given), **body.model_dump()))


@router.post("/snooze")
async def snooze(lead_id: UUID, body: SnoozeBody, caller: Caller, services: WithServices, key: Key = None) -> LeadState:
    """Put off a customer whom you tried or reached; the lead is back by itself."""
    given = _Given(services, caller, key)
    return await _apply(services, lead_id, Snooze(**vars(given), **body.model_dump()))


@router.post("/resume")
async def resume(lead_id: UUID, caller: Caller, services: WithServices, key: Key = None) -> LeadState:
    """Let the lead's clock go on, with the working time that was left."""
    return await _apply(services, lead_id, Resume(**vars(_Given(services, caller, key))))


@router.post("/complete")
async def complete(
    lead_id: UUID, body: CompleteBody, caller: Caller, services: WithServices, key: Key = None
) -> LeadState:
    """Add the phone or e-mail that was missing; routing begins."""
    new = NewLead(source="completion", phone=body.phone, email=body.email, country=body.country)
    command = Complete(**vars(_Given(services, caller, key)))
    return _answer(await services.people.complete(LeadId(lead_id), command, contact_details(new)))
