"""intake_requests and lead_contact_details: what an intake writes besides the lead's row."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ARRAY, Text, bindparam, func, insert, literal_column, select, update

from db.session import AnyConnection, WriteConnection
from db.tables import intake_requests, lead_contact_details, lead_outcomes, leads
from domain.ids import LeadId
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import CloseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDetails:
    """The personal part of a lead; None where it is unknown."""

    first_name: str | None
    last_name: str | None
    phone: str | None
    email: str | None
    email_key: str | None
    street: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeRequest:
    """An Idempotency-Key that was used before."""

    lead_id: LeadId
    body_hash: str
    received_at: datetime


_KEY = func.unnest(bindparam("keys", type_=ARRAY(Text))).column_valued("key")
_SERIALISE = select(func.pg_advisory_xact_lock(func.hashtextextended(_KEY, literal_column("0"))))
_KEEP_REQUEST = insert(intake_requests)
_KEEP_DETAILS = insert(lead_contact_details)


async def find_request(connection: AnyConnection, key: str) -> IntakeRequest | None:
    """The intake that a key was used for."""
    statement = select(intake_requests).where(intake_requests.c.idempotency_key == key)
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    return IntakeRequest(lead_id=LeadId(row.lead_id), body_hash=row.body_hash, received_at=row.received_at)


async def serialise(connection: WriteConnection, keys: Collection[str]) -> None:
    """Make intakes that share a key wait for each other until the transaction ends.

    Everybody locks in the order of the alphabet, so that two intakes cannot wait for each other.
    """
    await connection.execute(_SERIALISE, {"keys": sorted(set(keys))})


async def insert_request(connection: WriteConnection, key: str, body_hash: str, lead_id: LeadId, at: datetime) -> None:
    """Remember what a key was used for."""
    await connection.execute(
        _KEEP_REQUEST, {"idempotency_key": key, "body_hash": body_hash, "lead_id": lead_id, "received_at": at}
    )


async def insert_contact_details(
    connection: WriteConnection, lead_id: LeadId, details: ContactDetails, at: datetime
) -> None:
    """The only place that a lead's name, phone and e-mail are written to."""
    await connection.execute(_KEEP_DETAILS, {"lead_id": lead_id, **_columns(details), "updated_at": at})


async def read_contact_details(connection: AnyConnection, lead_id: LeadId) -> ContactDetails | None:
    """What is known of the lead's customer; None when nothing was ever written."""
    columns = [lead_contact_details.c[field.name] for field in fields(ContactDetails)]
    statement = select(*columns).where(lead_contact_details.c.lead_id == lead_id)
    row = (await connection.execute(statement)).one_or_none()
    return ContactDetails(**row._mapping) if row is not None else None


async def read_place(connection: AnyConnection, lead_id: LeadId) -> dict[str, str | None]:
    """The lead's country, zip and state; all None when there is no lead."""
    names = ("country", "zip", "state")
    row = (await connection.execute(select(*(leads.c[name] for name in names)).where(leads.c.id == lead_id))).first()
    return dict(row._mapping) if row is not None else dict.fromkeys(names)


async def update_contact_details(
    connection: WriteConnection, lead_id: LeadId, details: ContactDetails, at: datetime
) -> None:
    """Add what was missing; what is None here stays as it was."""
    known = {name: value for name, value in _columns(details).items() if value is not None}
    await connection.execute(
        update(lead_contact_details).where(lead_contact_details.c.lead_id == lead_id).values(**known, updated_at=at)
    )


def _columns(details: ContactDetails) -> dict[str, str | None]:
    return {
        "first_name": details.first_name,
        "last_name": details.last_name,
        "phone": details.phone,
        "phone_key": details.phone,
        "email": details.email,
        "email_key": details.email_key,
        "street": details.street,
    }


async def insert_past_outcome(
    connection: WriteConnection, lead: Lead, result: CloseReason, handling_minutes: float | None
) -> None:
    """The outcome of a lead that was over before Baton knew it."""
    await connection.execute(
        insert(lead_outcomes).values(
            lead_id=lead.id, result=result, handling_minutes=handling_minutes, at=lead.closed_at
        )
    )
