"""Joining: a customer who has an open lead already sends another one."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from db.repositories.consents import insert_consents
from db.repositories.duplicates import OpenLead, insert_join
from db.repositories.intake import ContactDetails, read_contact_details, update_contact_details
from db.repositories.leads import lock_lead
from db.session import WriteConnection
from domain.lifecycle.lead import Lead
from services.arrivals import Coming


async def join(connection: WriteConnection, to: OpenLead, coming: Coming, now: datetime) -> Lead | None:
    """Add what was unknown to the open lead's contact details and remember the arrival; None once it is closed.

    Its seq stays: nothing that its workflow sleeps by has changed, so there is nothing to tell.
    """
    locked = await lock_lead(connection, to.id, "")
    if locked is None or not locked[0].is_open:
        return None
    lead = locked[0]
    at = max(now, lead.last_at)
    added = _missing(await read_contact_details(connection, lead.id), coming.details)
    names = [name for name, value in asdict(added).items() if value is not None and name != "email_key"]
    if names:
        await update_contact_details(connection, lead.id, added, at)
    await insert_consents(connection, lead.id, coming.new.said, coming.actor)
    data: dict[str, Any] = {
        "source": coming.new.source,
        "insurance_type": coming.new.insurance_type,
        "matched_by": to.matched_by,
        "added": names,
        "by": str(coming.actor),
    }
    await insert_join(connection, to, coming.sender, coming.body_hash, arrived_at=now, event_at=at, event_data=data)
    return lead


def _missing(known: ContactDetails | None, coming: ContactDetails) -> ContactDetails:
    """What only the arrival knows. A name is taken whole or not at all: half of it may be somebody else's."""
    if known is None:
        return coming
    nameless = known.first_name is None and known.last_name is None
    return ContactDetails(
        first_name=coming.first_name if nameless else None,
        last_name=coming.last_name if nameless else None,
        phone=coming.phone if known.phone is None else None,
        email=coming.email if known.email is None else None,
        email_key=coming.email_key if known.email is None else None,
        street=coming.street if known.street is None else None,
    )
