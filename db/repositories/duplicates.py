"""lead_joins, and the search for what is known of a customer who comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Text, Uuid, bindparam, false, func, insert, or_, select, tuple_

from db.session import AnyConnection, WriteConnection
from db.tables import lead_contact_details, lead_joins, lead_offers, leads, routing_events
from db.tables.leads import OPEN
from domain.ids import AgentId, LeadId
from domain.lifecycle.state import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """By what a lead is recognised: the source's own id, and the customer's normalised keys."""

    source: str
    external_id: str | None
    phone_key: str | None
    email_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLead:
    """The customer's open lead: what matched, and its agent, or whoever it is meant for."""

    id: LeadId
    matched_by: str
    agent: AgentId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What was there before: the lead that the source's id made, the one that it was joined to, the customer's
    open lead, and the agent who last held a closed one."""

    sent: LeadId | None
    joined: LeadId | None
    open: OpenLead | None
    owner: AgentId | None


_PHONE, _EMAIL = bindparam("phone_key", type_=Text), bindparam("email_key", type_=Text)
_SOURCE, _EXTERNAL = bindparam("from_source", type_=Text), bindparam("given_id", type_=Text)
_BY_PHONE: ColumnElement[bool] = func.coalesce(lead_contact_details.c.phone_key == _PHONE, false())
_OF_CUSTOMER = (
    lead_contact_details.c.lead_id == leads.c.id,
    or_(lead_contact_details.c.phone_key == _PHONE, lead_contact_details.c.email_key == _EMAIL),
)
_SENT = select(leads.c.id).where(leads.c.source == _SOURCE, leads.c.external_id == _EXTERNAL).scalar_subquery()
_JOINED = (
    select(lead_joins.c.lead_id)
    .where(lead_joins.c.source == _SOURCE, lead_joins.c.external_id == _EXTERNAL)
    .scalar_subquery()
)
_OPEN = (
    select(
        func.jsonb_build_array(leads.c.id, _BY_PHONE, func.coalesce(leads.c.assigned_agent_id, leads.c.owner_agent_id))
    )
    .where(*_OF_CUSTOMER, OPEN)
    .order_by(_BY_PHONE.desc(), leads.c.created_at, leads.c.id)
    .limit(1)
    .scalar_subquery()
)
_OWNER = (
    select(lead_offers.c.agent_id)
    .where(
        *_OF_CUSTOMER,
        leads.c.lifecycle_state == "closed",
        leads.c.closed_at >= bindparam("closed_since", type_=DateTime(timezone=True)),
        lead_offers.c.lead_id == leads.c.id,
        lead_offers.c.claimed_at.is_not(None),
    )
    .order_by(lead_offers.c.claimed_at.desc())
    .limit(1)
    .scalar_subquery()
)
# One statement: each of these would be a round trip of every intake.
_EARLIER = select(_SENT.label("sent"), _JOINED.label("joined"), _OPEN.label("open_lead"), _OWNER.label("owner"))
_KEEP_JOIN = (
    insert(lead_joins)
    .values(
        lead_id=bindparam("of_lead", type_=Uuid),
        source=_SOURCE,
        external_id=_EXTERNAL,
        matched_by=bindparam("matched", type_=Text),
        body_hash=bindparam("of_body", type_=Text),
        at=bindparam("arrived_at", type_=DateTime(timezone=True)),
    )
    .cte("kept")
)
_JOIN = insert(routing_events).add_cte(_KEEP_JOIN)
_WAS_JOINED = select(
    select(lead_joins.c.id)
    .where(
        lead_joins.c.lead_id == bindparam("of_lead", type_=Uuid),
        or_(
            tuple_(lead_joins.c.source, lead_joins.c.external_id) == tuple_(_SOURCE, _EXTERNAL),
            tuple_(lead_joins.c.body_hash, lead_joins.c.at)
            == tuple_(bindparam("of_body", type_=Text), bindparam("arrived_at", type_=DateTime(timezone=True))),
        ),
    )
    .exists()
)


async def find_earlier(connection: AnyConnection, sender: Sender, closed_since: datetime) -> Earlier:
    """What was there before this arrival. Of several open leads a match by phone counts first, then the oldest.

    The owner is whoever was the last to claim a lead of this customer that was closed at or after `closed_since`.
    """
    asked = {**_of_source(sender), "phone_key": sender.phone_key, "email_key": sender.email_key}
    row = (await connection.execute(_EARLIER, {**asked, "closed_since": closed_since})).one()
    found = None
    if row.open_lead is not None:
        lead_id, by_phone, agent = row.open_lead
        found = OpenLead(
            id=LeadId(UUID(lead_id)),
            matched_by="phone" if by_phone else "email",
            agent=AgentId(UUID(agent)) if agent is not None else None,
        )
    return Earlier(
        sent=LeadId(row.sent) if row.sent is not None else None,
        joined=LeadId(row.joined) if row.joined is not None else None,
        open=found,
        owner=AgentId(row.owner) if row.owner is not None else None,
    )


async def insert_join(
    connection: WriteConnection,
    to: OpenLead,
    sender: Sender,
    body_hash: str,
    *,
    arrived_at: datetime,
    event_at: datetime,
    event_data: Mapping[str, Any],
) -> None:
    """Remember an arrival that was joined, and write its event. The caller holds the open lead's lock."""
    await connection.execute(
        _JOIN,
        {
            **_of_source(sender),
            "of_lead": to.id,
            "matched": to.matched_by,
            "of_body": body_hash,
            "arrived_at": arrived_at,
            "lead_id": to.id,
            "event_type": EventType.JOINED,
            "event_data": dict(event_data),
            "timestamp": event_at,
        },
    )


async def was_joined(
    connection: AnyConnection, lead_id: LeadId, sender: Sender, body_hash: str, arrived_at: datetime
) -> bool:
    """Whether the request that arrived then was joined to the lead, and did not make it."""
    asked = {**_of_source(sender), "of_lead": lead_id, "of_body": body_hash, "arrived_at": arrived_at}
    return bool((await connection.execute(_WAS_JOINED, asked)).scalar_one())


def _of_source(sender: Sender) -> dict[str, str | None]:
    return {"from_source": sender.source, "given_id": sender.external_id}
