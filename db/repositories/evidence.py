"""contact_attempts, lead_outcomes and AgentPerformanceMetrics: what was done for a lead, and what it brought."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from db.session import AnyConnection, WriteConnection
from db.tables import contact_attempts, lead_outcomes
from domain.ids import LeadId
from domain.lifecycle.commands import Outcome
from domain.lifecycle.lead import Lead
from domain.lifecycle.transition import Attempt

_ATTEMPT = insert(contact_attempts)
_KNOWN_ATTEMPT = select(contact_attempts.c.lead_id).where(
    contact_attempts.c.channel == bindparam("of_channel"), contact_attempts.c.external_id == bindparam("of_id")
)
_OUTCOME = insert(lead_outcomes)


async def insert_attempt(connection: WriteConnection, lead_id: LeadId, attempt: Attempt) -> None:
    """One attempt. The sender's id is unique per channel: a second delivery raises ConstraintError."""
    await connection.execute(
        _ATTEMPT,
        {
            "lead_id": lead_id,
            "epoch": attempt.epoch,
            "agent_id": attempt.agent,
            "channel": attempt.channel,
            "direction": attempt.direction,
            "result": attempt.result,
            "occurred_at": attempt.occurred_at,
            "received_at": attempt.received_at,
            "external_id": attempt.external_id,
        },
    )


async def find_attempt(connection: AnyConnection, channel: str, external_id: str) -> LeadId | None:
    """The lead for which a call or message of this id was recorded; None when it is new."""
    found = (await connection.execute(_KNOWN_ATTEMPT, {"of_channel": channel, "of_id": external_id})).scalar()
    return LeadId(found) if found is not None else None


async def insert_outcome(connection: WriteConnection, lead: Lead, outcome: Outcome) -> None:
    """How the lead ended; once, since a closed lead stays closed."""
    await connection.execute(
        _OUTCOME,
        {
            "lead_id": lead.id,
            "result": outcome.result,
            "reason": outcome.reason,
            "value": outcome.value,
            "handling_minutes": outcome.handling_minutes,
            "cross_sell": outcome.cross_sell,
            "upsell": outcome.upsell,
            "repeat_customer": outcome.repeat_customer,
            "quality": outcome.quality,
            "agent_id": lead.agent,
            "at": lead.last_at,
        },
    )
