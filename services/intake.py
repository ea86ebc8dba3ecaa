"""Intake: a lead becomes a row, and its workflow is started.

The row is the acceptance. When Temporal is away the answer is the same and the relay starts the workflow later.
A customer who has an open lead already gets no second one, unless the policy says so for the source.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.configurations import latest_version
from db.repositories.consents import insert_consents
from db.repositories.duplicates import find_earlier, was_joined
from db.repositories.intake import (
    ContactDetails,
    find_request,
    insert_contact_details,
    insert_past_outcome,
    insert_request,
    serialise,
)
from db.repositories.leads import find_by_external_id, insert_lead, read_lead
from db.repositories.recording import LedgerEntry, record_arrival
from db.session import WriteConnection, write_transaction
from domain.configuration import Configuration
from domain.customer.state import state_code
from domain.customer.us_zones import state_of_zip
from domain.customer.zone import time_zone_of
from domain.duplicates import OnDuplicate
from domain.email_address import email_key, normalise_email
from domain.errors import CommandConflictError, InvalidInputError
from domain.ids import LeadId
from domain.lifecycle.actor import SYSTEM, Actor
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import EventType, LifecycleState
from domain.lifecycle.transition import Event
from domain.phone import normalise_phone
from services.arrivals import Arrival, Coming, Ties
from services.clock import Clock
from services.configurations import Configurations
from services.joining import join
from services.new_lead import NewLead, PastLife
from services.telling import TellingQueue
from workflows.messages import LeadSnapshot

_NO_TIES = Ties()


class Intake:
    """Accepts leads. Idempotent by Idempotency-Key and by (source, external_id)."""

    def __init__(
        self, engine: AsyncEngine, clock: Clock, configurations: Configurations, telling: TellingQueue | None
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._configurations = configurations
        self._telling = telling

    async def receive(self, new: NewLead, *, actor: Actor = SYSTEM, key: str | None = None) -> tuple[Lead, Arrival]:
        """Accept a lead; returns it, or the lead it belongs to, and what became of it.

        The same key or the same (source, external_id) gives the first answer's lead again. Raises
        InvalidInputError for a field that cannot be used, CommandConflictError for a key used with another body.
        """
        coming = Coming(new=new, details=contact_details(new), actor=actor, body_hash=_body_hash(new))
        now = self._clock.now()
        async with write_transaction(self._engine) as connection:
            keys = coming.keys if key is None else {*coming.keys, f"intake:{key}"}
            if keys:
                await serialise(connection, keys)
            if key is not None:
                answered = await self._answered(connection, key, coming)
                if answered is not None:
                    return answered
            lead, arrival = await self._admit(connection, coming, now)
            if key is not None:
                await insert_request(connection, key, coming.body_hash, lead.id, now)
        if arrival is Arrival.CREATED and self._telling is not None:
            self._telling.start(LeadSnapshot.of(lead))
        return lead, arrival

    async def record_past(self, new: NewLead, life: PastLife) -> tuple[Lead, Arrival]:
        """Store a lead whose life is over: closed, with its outcome and dates, without a workflow.

        Idempotent by (source, external_id). It is never joined to an open lead.
        """
        if new.created_at is not None and new.created_at > life.closed_at:
            raise InvalidInputError("closed_at", "before the lead's creation; correct one of the two")
        coming = Coming(new=new, details=contact_details(new), actor=SYSTEM, body_hash=_body_hash(new))
        async with write_transaction(self._engine) as connection:
            version, configuration = await self._latest(connection)
            begun = _fresh(coming, version, configuration, new.created_at or life.closed_at)
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
            stored, arrival = await self._insert(connection, lead, coming, told_at=life.closed_at)
            if arrival is Arrival.CREATED:
                await insert_past_outcome(connection, lead, life.result, life.handling_minutes)
        return stored, arrival

    async def _answered(self, connection: WriteConnection, key: str, coming: Coming) -> tuple[Lead, Arrival] | None:
        """The lead of a request that was answered before."""
        request = await find_request(connection, key)
        if request is None:
            return None
        if request.body_hash != coming.body_hash:
            raise CommandConflictError(key)
        joined = await was_joined(connection, request.lead_id, coming.sender, request.body_hash, request.received_at)
        return await _stored(connection, request.lead_id), Arrival.JOINED if joined else Arrival.KNOWN

    async def _admit(self, connection: WriteConnection, coming: Coming, now: datetime) -> tuple[Lead, Arrival]:
        version, configuration = await self._latest(connection)
        policy = configuration.duplicates
        way = policy.of(coming.new.source)
        while True:
            earlier = await find_earlier(connection, coming.sender, policy.owned_since(now))
            if earlier.sent is not None:
                return await _stored(connection, earlier.sent), Arrival.KNOWN
            if earlier.joined is not None:
                return await _stored(connection, earlier.joined), Arrival.JOINED
            if earlier.open is None or way is not OnDuplicate.JOIN:
                break
            joined = await join(connection, earlier.open, coming, now)
            if joined is not None:
                return joined, Arrival.JOINED
            # It was closed while this waited for its lock, so the next search does not find it.
        lead = _fresh(coming, version, configuration, now)
        return await self._insert(connection, lead, coming, ties=Ties.of(coming.new, earlier, way))

    async def _latest(self, connection: WriteConnection) -> tuple[int, Configuration]:
        version = await latest_version(connection)
        return version, await self._configurations.get(connection, version)

    async def _insert(
        self,
        connection: WriteConnection,
        lead: Lead,
        coming: Coming,
        *,
        ties: Ties = _NO_TIES,
        told_at: datetime | None = None,
    ) -> tuple[Lead, Arrival]:
        new = coming.new
        if not await insert_lead(connection, lead, _facts(new, ties, self._clock.now())):
            assert new.external_id is not None
            sent = await find_by_external_id(connection, new.source, new.external_id)
            assert sent is not None, "the insert has waited for it"
            return await _stored(connection, sent), Arrival.KNOWN
        await insert_contact_details(connection, lead.id, coming.details, lead.last_at)
        await insert_consents(connection, lead.id, new.said, coming.actor)
        entry = LedgerEntry(
            kind="receive",
            command_id=f"{lead.id}:receive",
            body_hash=coming.body_hash,
            actor=str(coming.actor),
            due_at=None,
            result={"state": lead.state, "seq": lead.seq},
            told_at=told_at,
        )
        data = {"source": new.source, "state": lead.state}
        if ties.duplicate_of is not None:
            data["duplicate_of"] = str(ties.duplicate_of)
        events = [Event(type=EventType.RECEIVED, data=data)]
        if lead.close_reason is not None:
            events.append(Event(type=EventType.CLOSED, data={"reason": lead.close_reason, "imported": True}))
        await record_arrival(connection, lead, entry, events)
        return lead, Arrival.CREATED


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


def _fresh(coming: Coming, version: int, configuration: Configuration, at: datetime) -> Lead:
    reachable = coming.details.phone is not None or coming.details.email is not None
    waits = timedelta(0) if reachable else timedelta(days=configuration.sla.incomplete_days)
    new = coming.new
    zone = time_zone_of(country=new.country, zip=new.zip, state=new.state, phone_e164=coming.details.phone)
    return Lead(
        customer_zones=zone.zones,
        customer_state=_state(new),
        id=LeadId(uuid4()),
        seq=1,
        epoch=0,
        state=LifecycleState.RECEIVED if reachable else LifecycleState.INCOMPLETE,
        created_at=min(coming.new.created_at or at, at),
        last_at=at,
        wake_at=at + waits,
        config_version=version,
    )


def _state(new: NewLead) -> str | None:
    if new.country not in (None, "US"):
        return None
    return state_code(new.state or "") or state_of_zip(new.zip or "")


async def _stored(connection: WriteConnection, lead_id: LeadId) -> Lead:
    lead = await read_lead(connection, lead_id)
    if lead is None:
        raise InvalidInputError("external_id", "belongs to a lead from before Baton; adopt it or send another id")
    return lead


def _facts(new: NewLead, ties: Ties, received_at: datetime) -> dict[str, Any]:
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
        "owner_agent_id": ties.owner,
        "duplicate_of": ties.duplicate_of,
        "received_at": received_at,
    }


def _body_hash(new: NewLead) -> str:
    # Left out where nothing was said, so that keys used before there were consents stay good.
    unsaid = {name for name in ("consents", "do_not_call") if not getattr(new, name)}
    return hashlib.sha256(new.model_dump_json(exclude=unsaid).encode()).hexdigest()
