"""What scoring, rules and routing read about a lead; of the contact details only whether they are there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, or_, select

from db.repositories.lead_row import LIFECYCLE, lead_of
from db.session import AnyConnection
from db.tables import assignment_queue, lead_contact_details, lead_offers, lead_transitions, leads
from domain.customer.state import state_code
from domain.ids import AgentId, LeadId
from domain.lifecycle.lead import Lead
from domain.routing.agent import InsuranceLine
from domain.routing.request import RoutingRequest, segment_of
from domain.rules.facts import LeadFacts
from domain.scoring.facts import ScoreFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingFacts:
    """A lead's side of a decision, as rules see it and as the strategy does; and the score as it was recorded.

    `request` says nothing of the day and of earlier holders yet, newest first in `holders`: the configuration says.
    """

    request: RoutingRequest
    holders: tuple[AgentId, ...]
    lead: LeadFacts
    scoring: dict[str, Any]
    enqueued_at: datetime | None

    def on(self, day: date, *, earlier_holders: int | None = None) -> RoutingFacts:
        """The same on a day, with that many of the earlier holders; without a number all of them."""
        known = frozenset(self.holders[:earlier_holders])
        return replace(self, request=replace(self.request, on=day, earlier_holders=known))


_LEADS = leads.c
_DETAILS = lead_contact_details.c
_PRESENT = (
    _DETAILS.email.is_not(None).label("has_email"),
    _DETAILS.phone.is_not(None).label("has_phone"),
)
_WAITS_SINCE = assignment_queue.c.created_at.label("enqueued_at")
_SCORE_FACTS = (
    select(
        _LEADS.status,
        _LEADS.source,
        _LEADS.quality_score,
        _LEADS.created_at,
        _LEADS.insurance_type,
        *_PRESENT,
        (_DETAILS.first_name.is_not(None) & _DETAILS.last_name.is_not(None)).label("has_name"),
        (_LEADS.state.is_not(None) & _LEADS.city.is_not(None)).label("has_place"),
        leads.c.metadata.has_key("previous_policies").label("has_previous_policies"),
        _WAITS_SINCE,
    )
    .outerjoin(lead_contact_details, _DETAILS.lead_id == _LEADS.id)
    .outerjoin(assignment_queue, assignment_queue.c.lead_id == _LEADS.id)
    .where(_LEADS.id == bindparam("of_lead"))
)
_SCORED = (
    select(lead_transitions.c.result)
    .where(lead_transitions.c.lead_id == _LEADS.id, lead_transitions.c.kind.in_(("score", "rescore")))
    .order_by(lead_transitions.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
# Whoever was invited among others and did not answer has never had the lead.
_EARLIER_HOLDERS = (
    select(lead_offers.c.agent_id)
    .where(
        lead_offers.c.lead_id == _LEADS.id,
        or_(
            lead_offers.c.kind != "broadcast",
            lead_offers.c.claimed_at.is_not(None),
            lead_offers.c.status == "declined",
        ),
    )
    .order_by(lead_offers.c.epoch.desc())
    .scalar_subquery()
)
_ROUTING_FACTS = (
    select(
        *LIFECYCLE,
        _LEADS.source,
        _LEADS.status,
        _LEADS.insurance_type,
        _LEADS.employee_count,
        _LEADS.language,
        _LEADS.city,
        _LEADS.state,
        _LEADS.zip,
        _LEADS.country,
        _LEADS.quality_score,
        _LEADS.metadata.label("metadata_"),
        func.coalesce(_LEADS.preferred_agent_id, _LEADS.owner_agent_id).label("preferred_agent_id"),
        *_PRESENT,
        _SCORED.label("scored"),
        func.array(_EARLIER_HOLDERS).label("earlier_holders"),
        _WAITS_SINCE,
    )
    .outerjoin(lead_contact_details, _DETAILS.lead_id == _LEADS.id)
    .outerjoin(assignment_queue, assignment_queue.c.lead_id == _LEADS.id)
    .where(_LEADS.id == bindparam("of_lead"), _LEADS.lifecycle_state.is_not(None))
)


async def read_score_facts(connection: AnyConnection, lead_id: LeadId) -> ScoreFacts | None:
    """What scoring looks at."""
    row = (await connection.execute(_SCORE_FACTS, {"of_lead": lead_id})).one_or_none()
    if row is None:
        return None
    return ScoreFacts(
        status=row.status,
        source=row.source,
        quality=row.quality_score,
        has_email=bool(row.has_email),
        has_phone=bool(row.has_phone),
        has_name=bool(row.has_name),
        has_place=row.has_place,
        has_line=row.insurance_type is not None,
        created_at=row.created_at,
        enqueued_at=row.enqueued_at,
        line=row.insurance_type,
        has_previous_policies=row.has_previous_policies,
    )


async def read_lead_to_route(connection: AnyConnection, lead_id: LeadId) -> tuple[Lead, RoutingFacts] | None:
    """The lead as committed, and as routing sees it; None when there is no row, or one that was not adopted.

    A lead without a line counts as Auto, the origin's default.
    """
    row = (await connection.execute(_ROUTING_FACTS, {"of_lead": lead_id})).one_or_none()
    if row is None:
        return None
    line, segment = row.insurance_type or InsuranceLine.AUTO, segment_of(row.employee_count)
    request = RoutingRequest(
        lead_id=lead_id,
        line=line,
        segment=segment,
        language=row.language,
        territory=state_code(row.state or "", row.country or "US") or row.state,
        preferred_agent=_agent(row.preferred_agent_id),
        existing_agent=_agent(row.metadata_.get("existing_agent_id")),
    )
    lead = LeadFacts(
        id=lead_id,
        source=row.source,
        status=row.status,
        line=line,
        segment=segment,
        created_at=row.created_at,
        has_email=bool(row.has_email),
        has_phone=bool(row.has_phone),
        language=row.language,
        city=row.city,
        state=row.state,
        zip=row.zip,
        country=row.country,
        quality=row.quality_score,
        score=row.score,
        tier=row.tier,
        employee_count=row.employee_count,
        reassignments=row.reassignment_count,
        failed_assignments=row.failed_assignments,
        metadata=row.metadata_,
    )
    facts = RoutingFacts(
        request=request,
        holders=tuple(map(AgentId, row.earlier_holders)),
        lead=lead,
        scoring=(row.scored or {}).get("score", {}),
        enqueued_at=row.enqueued_at,
    )
    return lead_of(row._mapping), facts


def _agent(value: object) -> AgentId | None:
    """The agent of an id; what sources write into metadata may be anything, and then names nobody."""
    if isinstance(value, UUID):
        return AgentId(value)
    try:
        return AgentId(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None
