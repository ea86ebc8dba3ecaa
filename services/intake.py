"""Intake: a lead becomes a row, and its workflow is started.

The row is the acceptance. When Temporal is away the answer is the same and the relay starts the workflow later.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.configurations import latest_version
from db.repositories.intake import (
    ContactDetails,
    find_request,
    insert_contact_details,
    insert_past_outcome,
    insert_request,
    serialise_key,
)
from db.repositories.leads import find_by_external_id, insert_lead, read_lead
from db.repositories.recording import LedgerEntry, record_arrival
from db.session import WriteConnection, write_transaction
from domain.email_address import email_key, normalise_email
from domain.errors import CommandConflictError, InvalidInputError
from domain.ids import LeadId
from domain.lifecycle.actor import SYSTEM, Actor
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import EventType, LifecycleState
from domain.lifecycle.transition import Event
from domain.phone import normalise_phone
from services.clock import Clock
from services.configurations import Configurations
from services.new_lead import NewLead, PastLife
from services.telling import TellingQueue
from workflows.messages import LeadSnapshot


class Intake:
    """Accepts leads. Idempotent by Idempotency-Key and by (source, external_id)."""

    def __init__(
        self, engine: AsyncEngine, clock: Clock, configurations: Configurations, telling: TellingQueue | None
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._configurations = configurations
        self._telling = telling

    async def receive(self, new: NewLead, *, actor: Actor = SYSTEM, key: str | None = None) -> tuple[Lead, bool]:
        """Accept a lead; returns it and whether this call made it.

        The same key or the same (source, external_id) gives the lead that is already there. Raises
        InvalidInputError for a field that cannot be used, CommandConflictError for a key used with another body.
        """
        details = contact_details(new)
        now = self._clock.now()
        async with write_transaction(self._engine) as connection:
            if key is not None:
                known = await self._known(connection, key, new)
                if known is not None:
                    return known, False
            lead = await self._fresh(connection, new, details, now)
            stored = await self._insert(connection, lead, new, details, actor)
            if key is not None:
                await insert_request(connection, key, _body_hash(new), stored.id, now)
        if stored.id == lead.id and self._telling is not None:
            self._telling.start(LeadSnapshot.of(stored))
        return stored, stored.id == lead.id

    async def record_past(self, new: NewLead, life: PastLife) -> tuple[Lead, bool]:
        """Store a lead whose life is over: closed, with its outcome and dates, without a workflow.

        Idempotent by (source, external_id).
        """
        if new.created_at is not None and new.created_at > life.closed_at:
            raise InvalidInputError("closed_at", "before the lead's creation; correct one of the two")
        details = contact_details(new)
        async with write_transaction(self._engine) as connection:
            begun = await self._fresh(connection, new, details, new.created_at or life.closed_at)
            lead = replace(
                begun,
                state=LifecycleState.CLOSED,
                wake_at=None,
                last_at=life.closed_at,
                closed_at=life.closed_at,
                close_reason=life.result,
                contact_attempts=life.contact_attempts,
                first_action_completed=life.contact_attempts > 0,
                first_action_at=life.first_contact_at,
                first_contact_at=life.first_contact_at,
                last_contact_at=life.first_contact_at,
            )
            stored = await self._insert(connection, lead, new, details, SYSTEM, told_at=life.closed_at)
            if stored.id == lead.id:
                await insert_past_outcome(connection, lead, life.result, life.handling_minutes)
        return stored, stored.id == lead.id

    async def _known(self, connection: WriteConnection, key: str, new: NewLead) -> Lead | None:
        await serialise_key(connection, f"intake:{key}")
        request = await find_request(connection, key)
        if request is None:
            return None
        if request.body_hash != _body_hash(new):
            raise CommandConflictError(key)
        return await read_lead(connection, request.lead_id)

    async def _fresh(self, connection: WriteConnection, new: NewLead, details: ContactDetails, at: datetime) -> Lead:
        version = await latest_version(connection)
        configuration = await self._configurations.get(connection, version)
        reachable = details.phone is not None or details.email is not None
        waits = timedelta(0) if reachable else timedelta(days=configuration.sla.incomplete_days)
        return Lead(
            id=LeadId(uuid4()),
            seq=1,
            epoch=0,
            state=LifecycleState.RECEIVED if reachable else LifecycleState.INCOMPLETE,
            created_at=min(new.created_at or at, at),
            last_at=at,
            wake_at=at + waits,
            config_version=version,
        )

    async def _insert(
        self,
        connection: WriteConnection,
        lead: Lead,
        new: NewLead,
        details: ContactDetails,
        actor: Actor,
        *,
        told_at: datetime | None = None,
    ) -> Lead:
        if not await insert_lead(connection, lead, _facts(new, self._clock.now())):
            assert new.external_id is not None
            earlier = await find_by_external_id(connection, new.source, new.external_id)
            stored = await read_lead(connection, earlier) if earlier is not None else None
            if stored is None:
                raise InvalidInputError(
                    "external_id", "belongs to a lead from before Baton; adopt it or send another id"
                )
            return stored
        await insert_contact_details(connection, lead.id, details, lead.last_at)
        entry = LedgerEntry(
            kind="receive",
            command_id=f"{lead.id}:receive",
            body_hash=_body_hash(new),
            actor=str(actor),
            due_at=None,
            result={"state": lead.state, "seq": lead.seq},
            told_at=told_at,
        )
        events = [Event(type=EventType.RECEIVED, data={"source": new.source, "state": lead.state})]
        if lead.close_reason is not None:
            events.append(Event(type=EventType.CLOSED, data={"reason": lead.close_reason, "imported": True}))
        await record_arrival(connection, lead, entry, events)
        return lead


def contact_details(new: NewLead) -> ContactDetails:
    """The personal part, normalised; raises InvalidInputError for a phone or e-mail that cannot be one."""
    email = normalise_email(new.email) if new.email else None
    return ContactDetails(
        first_name=new.first_name,
        last_name=new.last_name,
        phone=normalise_phone(new.phone, new.country) if new.phone else None,
        email=email,
        email_key=email_key(email) if email else None,
        street=new.street,
    )


def _facts(new: NewLead, received_at: datetime) -> dict[str, Any]:
    return {
        "source": new.source,
        "external_id": new.external_id,
        "insurance_type": new.insurance_type,
        "language": new.language,
        "employee_count": new.employee_count,
        "quality_score": new.quality_score,
        "city": new.city,
        "state": new.state,
        "zip": new.zip,
        "country": new.country,
        "metadata": new.metadata,
        "preferred_agent_id": new.preferred_agent_id,
        "received_at": received_at,
    }


def _body_hash(new: NewLead) -> str:
    return hashlib.sha256(new.model_dump_json().encode()).hexdigest()
