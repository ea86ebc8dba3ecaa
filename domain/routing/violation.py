"""Violations: everything that speaks against one agent for a lead, in the routing schema's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from domain.routing.agent import Agent
from domain.routing.eligibility import DropReason, is_soft, mismatches
from domain.routing.eligibility_policy import EligibilityPolicy
from domain.routing.request import RoutingRequest


class ViolationType(StrEnum):
    """The four kinds of the routing migration's validation."""

    CONFLICT = "conflict"
    UNAVAILABLE = "unavailable"
    OVER_CAPACITY = "over_capacity"
    INCOMPATIBLE = "incompatible"


class Severity(StrEnum):
    """An error forbids the assignment unless it is forced; a warning is only shown."""

    ERROR = "error"
    WARNING = "warning"


TYPE_OF: Mapping[DropReason, ViolationType] = MappingProxyType(
    {
        DropReason.INACTIVE: ViolationType.UNAVAILABLE,
        DropReason.STATUS: ViolationType.UNAVAILABLE,
        DropReason.ON_LEAVE: ViolationType.UNAVAILABLE,
        DropReason.NOT_ACCEPTING: ViolationType.UNAVAILABLE,
        DropReason.TEAM: ViolationType.INCOMPATIBLE,
        DropReason.LINE: ViolationType.INCOMPATIBLE,
        DropReason.SEGMENT: ViolationType.INCOMPATIBLE,
        DropReason.LICENCE: ViolationType.INCOMPATIBLE,
        DropReason.TERRITORY: ViolationType.INCOMPATIBLE,
        DropReason.LANGUAGE: ViolationType.INCOMPATIBLE,
        DropReason.OFF_SHIFT: ViolationType.UNAVAILABLE,
        DropReason.BARRED: ViolationType.CONFLICT,
        DropReason.CONFLICT: ViolationType.CONFLICT,
        DropReason.LIVE_CAP: ViolationType.OVER_CAPACITY,
        DropReason.HELD_CAP: ViolationType.OVER_CAPACITY,
        DropReason.SPECIALIZATION_CAP: ViolationType.OVER_CAPACITY,
        DropReason.HOURLY_CAP: ViolationType.OVER_CAPACITY,
        DropReason.DAILY_CAP: ViolationType.OVER_CAPACITY,
        DropReason.TEAM_CAP: ViolationType.OVER_CAPACITY,
        DropReason.EARLIER_HOLDER: ViolationType.CONFLICT,
        DropReason.FALLBACK_SEGMENT: ViolationType.INCOMPATIBLE,
        DropReason.DRAIN_RATE: ViolationType.OVER_CAPACITY,
        DropReason.RULE: ViolationType.INCOMPATIBLE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that speaks against an agent: our code, the schema's type, and how much it weighs."""

    reason: DropReason
    type: ViolationType
    severity: Severity


def violations(agent: Agent, request: RoutingRequest, policy: EligibilityPolicy) -> tuple[Violation, ...]:
    """All that speaks against the agent, in the order of the codes; without an error the agent is eligible.

    What the policy has soft is a warning. An earlier holder is a warning too: whoever assigns by hand may return
    the lead. A fallback segment depends on the other agents and is none.
    """
    found = [
        Violation(
            reason=reason,
            type=TYPE_OF[reason],
            severity=Severity.WARNING if is_soft(reason, policy) else Severity.ERROR,
        )
        for reason in mismatches(agent, request, policy)
    ]
    if agent.id in request.earlier_holders:
        reason = DropReason.EARLIER_HOLDER
        found.append(Violation(reason=reason, type=TYPE_OF[reason], severity=Severity.WARNING))
    return tuple(found)
