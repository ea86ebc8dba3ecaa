"""What routing knows about a lead, and the languages and segments it is matched by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from domain.ids import AgentId, LeadId, TeamId
from domain.routing.agent import CustomerSegment


def segment_of(employee_count: int | None) -> CustomerSegment:
    """More than 250 employees Enterprise, more than 10 SMB, else (or unknown) Individual."""
    if employee_count is not None and employee_count > 250:
        return CustomerSegment.ENTERPRISE
    if employee_count is not None and employee_count > 10:
        return CustomerSegment.SMB
    return CustomerSegment.INDIVIDUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRequest:
    """A lead to be routed. `earlier_holders` are excluded while anybody else is eligible.

    `team` names the pool, None is everybody. `existing_agent` already serves the customer; the policy says what that
    means. `on` is the day licences are judged by; without it none in a ledger can be shown to be valid.
    """

    lead_id: LeadId
    line: str
    segment: str
    language: str | None
    territory: str | None
    preferred_agent: AgentId | None = None
    earlier_holders: frozenset[AgentId] = field(default_factory=frozenset)
    barred: frozenset[AgentId] = field(default_factory=frozenset)
    existing_agent: AgentId | None = None
    team: TeamId | None = None
    on: date | None = None
