"""The facts that rules are judged by, built from what routing knows. Nothing personal is among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from domain.ids import AgentId, LeadId, TeamId
from domain.routing.agent_tier import agent_tier

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFacts:
    """A lead as rules see it; what is None is missing. Meanings and units: `fields.KNOWN_FIELDS`."""

    id: LeadId
    source: str
    status: str
    line: str | None
    segment: str | None
    created_at: datetime
    has_email: bool
    has_phone: bool
    language: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None
    quality: int | None = None
    score: float | None = None
    tier: str | None = None
    employee_count: int | None = None
    reassignments: int = 0
    failed_assignments: int = 0
    metadata: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFacts:
    """The agent a rule is judged for. `utilization` is percent, `rating` 0..1."""

    id: AgentId
    rating: float
    is_elite: bool
    status: str | None
    utilization: float
    load: int
    capacity: int
    held: int
    on_shift: bool
    teams: frozenset[TeamId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamFacts:
    """The team a lead belongs to. `utilization` is percent of the members' caps together."""

    id: TeamId
    name: str
    members: int
    available: int
    utilization: float


def rule_facts(
    lead: LeadFacts,
    *,
    now: datetime,
    time_zone: str,
    team: TeamFacts | None = None,
) -> dict[str, dict[str, object]]:
    """The facts of a lead at `now` as a nested mapping of plain JSON values.

    `time.*` is the clock of the business, in the IANA zone `time_zone`. `team` is the one whose leads are routed;
    without it, and for `agent.*` until `with_agent`, every field is missing.

    Raises ValueError when `now` has no offset, ZoneInfoNotFoundError when the zone is unknown.
    """
    if now.tzinfo is None:
        raise ValueError("now has no offset; pass an aware instant")
    local = now.astimezone(ZoneInfo(time_zone))
    return {
        "lead": _lead(lead, now),
        "metadata": dict(lead.metadata),
        "agent": {},
        "team": _team(team) if team else {},
        "time": {
            "now": _utc(now),
            "date": local.date().isoformat(),
            "weekday": _WEEKDAYS[local.weekday()],
            "hour": local.hour,
            "minute": local.minute,
            "hhmm": f"{local:%H:%M}",
        },
    }


def with_agent(facts: Mapping[str, Mapping[str, object]], agent: AgentFacts) -> dict[str, Mapping[str, object]]:
    """The facts of a lead, as they are judged for one agent."""
    return {**facts, "agent": _agent(agent)}


def _lead(lead: LeadFacts, now: datetime) -> dict[str, object]:
    return {
        "id": str(lead.id),
        "source": lead.source,
        "status": lead.status,
        "line": lead.line,
        "segment": lead.segment,
        "language": lead.language,
        "city": lead.city,
        "state": lead.state,
        "zip": lead.zip,
        "country": lead.country,
        "quality": lead.quality,
        "score": lead.score,
        "tier": lead.tier,
        "employee_count": lead.employee_count,
        "created_at": _utc(lead.created_at),
        "age_minutes": (now - lead.created_at).total_seconds() / 60,
        "has_email": lead.has_email,
        "has_phone": lead.has_phone,
        "reassignments": lead.reassignments,
        "failed_assignments": lead.failed_assignments,
    }


def _agent(agent: AgentFacts) -> dict[str, object]:
    return {
        "id": str(agent.id),
        "tier": agent_tier(agent.rating).value,
        "isEliteAgent": agent.is_elite,
        "rating": agent.rating,
        "status": agent.status,
        "utilization": agent.utilization,
        "load": agent.load,
        "capacity": agent.capacity,
        "held": agent.held,
        "on_shift": agent.on_shift,
        "teams": sorted(str(team) for team in agent.teams),
    }


def _team(team: TeamFacts) -> dict[str, object]:
    return {
        "id": str(team.id),
        "name": team.name,
        "members": team.members,
        "available": team.available,
        "utilization": team.utilization,
    }


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")
