"""Rows as objects, mapped by an ORM: what the two paths load and save that production is measured against."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import registry, relationship

from db.tables import (
    agent_availability,
    agent_licences,
    agent_performance_metrics,
    agent_shifts,
    agent_specializations,
    agent_time_off,
    agents,
    assignment_queue,
    decision_inputs,
    lead_contact_details,
    lead_offers,
    lead_routing_history,
    lead_transitions,
    leads,
    routing_events,
    team_members,
)

_registry = registry()


class _Record:
    """A row as an object."""

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)


def _mapped(name: str, table: Table, **properties: Any) -> Any:
    made = type(name, (_Record,), {})
    _registry.map_imperatively(made, table, properties=properties)
    return made


def _many(other: Any) -> Any:
    return relationship(other, lazy="raise", viewonly=True)


def _one(other: Any) -> Any:
    return relationship(other, lazy="raise", uselist=False, viewonly=True)


Availability = _mapped("Availability", agent_availability)
Specialization = _mapped("Specialization", agent_specializations)
Licence = _mapped("Licence", agent_licences)
Shift = _mapped("Shift", agent_shifts)
TimeOff = _mapped("TimeOff", agent_time_off)
Membership = _mapped("Membership", team_members)
Metrics = _mapped("Metrics", agent_performance_metrics)
Agent = _mapped(
    "Agent",
    agents,
    availability=_one(Availability),
    specializations=_many(Specialization),
    licences=_many(Licence),
    shifts=_many(Shift),
    time_off=_many(TimeOff),
    memberships=_many(Membership),
    metrics=_many(Metrics),
)
ContactDetails = _mapped("ContactDetails", lead_contact_details)
QueueRow = _mapped("QueueRow", assignment_queue)
Offer = _mapped("Offer", lead_offers)
LedgerRow = _mapped("LedgerRow", lead_transitions)
Lead = _mapped(
    "Lead",
    leads,
    contact_details=_one(ContactDetails),
    queue_row=_one(QueueRow),
    offers=_many(Offer),
    ledger=_many(LedgerRow),
)
History = _mapped("History", lead_routing_history)
Event = _mapped("Event", routing_events)
DecisionInputs = _mapped("DecisionInputs", decision_inputs)
