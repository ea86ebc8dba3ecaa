"""The lead of a decision, loaded as an object with what belongs to it."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from sqlalchemy import RowMapping

from db.repositories.lead_facts import RoutingFacts
from db.repositories.lead_row import LIFECYCLE, lead_of
from domain.customer.state import state_code
from domain.ids import AgentId, LeadId
from domain.lifecycle.lead import Lead
from domain.routing.agent import InsuranceLine
from domain.routing.request import RoutingRequest, segment_of
from domain.rules.facts import LeadFacts

_NAMES = tuple(column.key or "" for column in LIFECYCLE)


def lead_from(row: Any) -> Lead:
    """The domain's lead of a loaded row."""
    return lead_of(cast(RowMapping, {name: getattr(row, name) for name in _NAMES}))


def facts_from(row: Any) -> RoutingFacts:
    """What rules and routing look at."""
    line, segment = row.insurance_type or InsuranceLine.AUTO, segment_of(row.employee_count)
    details = row.contact_details
    existing = row.metadata.get("existing_agent_id")
    holders = sorted(row.offers, key=lambda one: one.epoch, reverse=True)
    scored = [one for one in row.ledger if one.kind in ("score", "rescore")]
    newest = max(scored, key=lambda one: one.seq, default=None)
    return RoutingFacts(
        request=RoutingRequest(
            lead_id=LeadId(row.id),
            line=line,
            segment=segment,
            language=row.language,
            territory=state_code(row.state or "", row.country or "US") or row.state,
            preferred_agent=row.preferred_agent_id or row.owner_agent_id,
            existing_agent=AgentId(UUID(existing)) if existing else None,
        ),
        holders=tuple(
            AgentId(one.agent_id)
            for one in holders
            if one.kind != "broadcast" or one.claimed_at is not None or one.status == "declined"
        ),
        lead=LeadFacts(
            id=LeadId(row.id),
            source=row.source,
            status=row.status,
            line=line,
            segment=segment,
            created_at=row.created_at,
            has_email=details is not None and details.email is not None,
            has_phone=details is not None and details.phone is not None,
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
            metadata=row.metadata,
        ),
        scoring=(newest.result if newest else {}).get("score", {}),
        enqueued_at=row.queue_row.created_at if row.queue_row else None,
    )
