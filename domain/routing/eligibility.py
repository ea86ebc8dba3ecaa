"""Hard filters: who may have a lead at all. The first failing filter is the reason."""

from __future__ import annotations

from enum import StrEnum

from domain.routing.agent import Agent, AgentStatus, CustomerSegment, Specialization
from domain.routing.request import RoutingRequest


class DropReason(StrEnum):
    """Why an agent was not considered."""

    INACTIVE = "inactive"
    NOT_ACCEPTING = "not_accepting"
    STATUS = "status"
    LINE = "line"
    SEGMENT = "segment"
    LANGUAGE = "language"
    TERRITORY = "territory"
    LIVE_CAP = "live_cap"
    HELD_CAP = "held_cap"
    BARRED = "barred"
    EARLIER_HOLDER = "earlier_holder"


def _base_language(tag: str) -> str:
    return tag.split("-", 1)[0].lower()


def _serves_segment(row: Specialization, request: RoutingRequest) -> bool:
    return row.segment in (request.segment, CustomerSegment.INDIVIDUAL)


def _speaks(row: Specialization, request: RoutingRequest) -> bool:
    if request.language is None or not row.languages:
        return True
    return _base_language(request.language) in {_base_language(tag) for tag in row.languages}


def _licensed(row: Specialization, request: RoutingRequest) -> bool:
    return request.territory is None or not row.territories or request.territory in row.territories


def matching_specializations(
    agent: Agent, request: RoutingRequest, *, language_required: bool, territory_required: bool
) -> tuple[Specialization, ...] | DropReason:
    """The agent's rows that fit the lead, or the first requirement that leaves none.

    'Individual' rows serve other segments as a fallback. An empty list of languages or territories means all.
    """
    rows = tuple(row for row in agent.specializations if row.line == request.line)
    if not rows:
        return DropReason.LINE
    rows = tuple(row for row in rows if _serves_segment(row, request))
    if not rows:
        return DropReason.SEGMENT
    if language_required:
        rows = tuple(row for row in rows if _speaks(row, request))
        if not rows:
            return DropReason.LANGUAGE
    if territory_required:
        rows = tuple(row for row in rows if _licensed(row, request))
        if not rows:
            return DropReason.TERRITORY
    return rows


def drop_reason(
    agent: Agent, request: RoutingRequest, *, language_required: bool, territory_required: bool
) -> DropReason | None:
    """Why the agent may not have the lead, or None. Earlier holders are judged by the caller (they are a fallback)."""
    if not agent.is_active or agent.role != "agent":
        return DropReason.INACTIVE
    if not agent.accepts_new_leads:
        return DropReason.NOT_ACCEPTING
    if agent.status != AgentStatus.AVAILABLE:
        return DropReason.STATUS
    if agent.id in request.barred:
        return DropReason.BARRED
    rows = matching_specializations(
        agent, request, language_required=language_required, territory_required=territory_required
    )
    if isinstance(rows, DropReason):
        return rows
    if agent.load >= agent.capacity:
        return DropReason.LIVE_CAP
    if agent.held >= agent.max_held:
        return DropReason.HELD_CAP
    return None
