"""Eligibility: who may have a lead at all. Filters run in the order of the codes; the first that fails counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from domain.ids import AgentId
from domain.routing.agent import Agent, AgentStatus, CustomerSegment, Specialization, rows_serving
from domain.routing.eligibility_policy import EligibilityPolicy, ExistingAgent, Requirement
from domain.routing.language import speaks
from domain.routing.licence import licensed
from domain.routing.request import RoutingRequest


class DropReason(StrEnum):
    """Why an agent was not considered, in the order in which the filters are applied."""

    INACTIVE = "inactive"
    STATUS = "status"
    ON_LEAVE = "on_leave"
    NOT_ACCEPTING = "not_accepting"
    TEAM = "team"
    LINE = "line"
    SEGMENT = "segment"
    LICENCE = "licence"
    TERRITORY = "territory"
    LANGUAGE = "language"
    OFF_SHIFT = "off_shift"
    BARRED = "barred"
    CONFLICT = "conflict"
    LIVE_CAP = "live_cap"
    HELD_CAP = "held_cap"
    SPECIALIZATION_CAP = "specialization_cap"
    HOURLY_CAP = "hourly_cap"
    DAILY_CAP = "daily_cap"
    TEAM_CAP = "team_cap"
    EARLIER_HOLDER = "earlier_holder"
    FALLBACK_SEGMENT = "fallback_segment"
    DRAIN_RATE = "drain_rate"
    RULE = "rule"


MEANINGS: Mapping[DropReason, str] = MappingProxyType(
    {
        DropReason.INACTIVE: "The agent is deactivated, or is no agent by role.",
        DropReason.STATUS: "The agent's status is another than Available, or none is known.",
        DropReason.ON_LEAVE: "The agent is absent: time off.",
        DropReason.NOT_ACCEPTING: "The agent takes no new leads at present.",
        DropReason.TEAM: "The agent is not in the team that the rule or strategy names.",
        DropReason.LINE: "No specialisation of the agent is for the lead's line.",
        DropReason.SEGMENT: "Specialisations of that line are neither for the lead's segment nor for Individual.",
        DropReason.LICENCE: "The agent's ledger has no licence for the state and line that is valid on that day.",
        DropReason.TERRITORY: "No specialisation that fits so far covers the lead's state.",
        DropReason.LANGUAGE: "No specialisation that fits so far is in the lead's language.",
        DropReason.OFF_SHIFT: "The agent has shifts and none is running.",
        DropReason.BARRED: "The agent declined this lead, gave it back or went away just now.",
        DropReason.CONFLICT: "The agent already serves the customer and the policy excludes that.",
        DropReason.LIVE_CAP: "The live leads fill the agent's capacity.",
        DropReason.HELD_CAP: "The open leads held fill the agent's limit.",
        DropReason.SPECIALIZATION_CAP: "The live leads that the specialisation serves fill its limit.",
        DropReason.HOURLY_CAP: "The agent got as many offers in the last hour as allowed.",
        DropReason.DAILY_CAP: "The agent got as many offers today as allowed.",
        DropReason.TEAM_CAP: "The members of a team of the agent have as many leads as the team may.",
        DropReason.EARLIER_HOLDER: "The agent had this lead before, and somebody who had not is eligible.",
        DropReason.FALLBACK_SEGMENT: "The agent fits by an Individual row only, and a specialist is eligible.",
        DropReason.DRAIN_RATE: "The agent just got as many waiting leads as one agent may get in a minute.",
        DropReason.RULE: "A rule about agents keeps the agent from this lead.",
    }
)


def _serves(row: Specialization, request: RoutingRequest) -> bool:
    return row.segment in (request.segment, CustomerSegment.INDIVIDUAL)


def _in_territory(row: Specialization, request: RoutingRequest) -> bool:
    return request.territory is None or not row.territories or request.territory in row.territories


def _in_language(row: Specialization, request: RoutingRequest) -> bool:
    return request.language is None or speaks(row.languages, request.language)


def _is_local(row: Specialization, request: RoutingRequest) -> bool:
    return _in_territory(row, request) and _in_language(row, request)


def _is_licensed(agent: Agent, request: RoutingRequest) -> bool:
    if request.territory is None or agent.licences is None:
        return True
    return request.on is not None and licensed(agent.licences, request.territory, request.line, request.on)


_Rows = Sequence[Specialization]
_RowFilter = tuple[DropReason, Callable[[Specialization, RoutingRequest], bool], Requirement]


def _fit(rows: _Rows, request: RoutingRequest, policy: EligibilityPolicy) -> tuple[_Rows, list[DropReason]]:
    """The rows of the line that pass what is hard, and everything that none of the remaining rows meets.

    What is hard narrows first: a soft wish must not take away the row that meets a hard one.
    """
    filters: list[_RowFilter] = [
        (DropReason.SEGMENT, _serves, policy.segment),
        (DropReason.TERRITORY, _in_territory, policy.territory),
        (DropReason.LANGUAGE, _in_language, policy.language),
    ]
    filters.sort(key=lambda entry: entry[2] is Requirement.SOFT)
    missed: list[DropReason] = []
    for reason, passes, requirement in filters:
        kept = [row for row in rows if passes(row, request)]
        if not kept:
            missed.append(reason)
        elif requirement is Requirement.HARD:
            rows = kept
    return rows, missed


def _specialization_full(line_rows: _Rows, request: RoutingRequest) -> bool:
    return all(row.live >= row.max_concurrent for row in rows_serving(line_rows, request.segment))


def _reached(offers: int, own: int | None, default: int | None) -> bool:
    limit = default if own is None else own
    return limit is not None and offers >= limit


def mismatches(agent: Agent, request: RoutingRequest, policy: EligibilityPolicy) -> Iterator[DropReason]:
    """Every filter that the agent fails, soft ones too, in the order of the codes.

    Earlier holders and fallback segments are not judged here: they depend on the other agents, see `sift`.
    """
    if not agent.is_active or agent.role != "agent":
        yield DropReason.INACTIVE
    if agent.status != AgentStatus.AVAILABLE:
        yield DropReason.STATUS
    if agent.on_leave:
        yield DropReason.ON_LEAVE
    if not agent.accepts_new_leads:
        yield DropReason.NOT_ACCEPTING
    if request.team is not None and request.team not in agent.teams:
        yield DropReason.TEAM
    line_rows = [row for row in agent.specializations if row.line == request.line]
    missed: list[DropReason] = []
    if not line_rows:
        yield DropReason.LINE
    elif not any(_serves(row, request) and _is_local(row, request) for row in line_rows):
        _, missed = _fit(line_rows, request, policy)
    if DropReason.SEGMENT in missed:
        yield DropReason.SEGMENT
    if not _is_licensed(agent, request):
        yield DropReason.LICENCE
    if DropReason.TERRITORY in missed:
        yield DropReason.TERRITORY
    if DropReason.LANGUAGE in missed:
        yield DropReason.LANGUAGE
    if not agent.on_shift:
        yield DropReason.OFF_SHIFT
    if agent.id in request.barred:
        yield DropReason.BARRED
    if agent.id == request.existing_agent and policy.existing_agent is ExistingAgent.EXCLUDES:
        yield DropReason.CONFLICT
    if agent.load >= agent.capacity:
        yield DropReason.LIVE_CAP
    if agent.held >= agent.max_held:
        yield DropReason.HELD_CAP
    if line_rows and _specialization_full(line_rows, request):
        yield DropReason.SPECIALIZATION_CAP
    if _reached(agent.offers_last_hour, agent.max_per_hour, policy.max_per_hour):
        yield DropReason.HOURLY_CAP
    if _reached(agent.offers_today, agent.max_per_day, policy.max_per_day):
        yield DropReason.DAILY_CAP
    if agent.team_room is not None and agent.team_room <= 0:
        yield DropReason.TEAM_CAP


def is_soft(reason: DropReason, policy: EligibilityPolicy) -> bool:
    """True when the policy turns that mismatch into a warning."""
    requirement = {
        DropReason.SEGMENT: policy.segment,
        DropReason.LICENCE: policy.licence,
        DropReason.TERRITORY: policy.territory,
        DropReason.LANGUAGE: policy.language,
    }.get(reason, Requirement.HARD)
    return requirement is Requirement.SOFT


def drop_reason(agent: Agent, request: RoutingRequest, policy: EligibilityPolicy) -> DropReason | None:
    """The first hard filter that the agent fails, or None. Says nothing about the other agents, as `mismatches`."""
    return next((reason for reason in mismatches(agent, request, policy) if not is_soft(reason, policy)), None)


def _is_specialist(agent: Agent, request: RoutingRequest) -> bool:
    return any(
        row.line == request.line and row.segment == request.segment and _is_local(row, request)
        for row in agent.specializations
    )


def _serves_segment(agent: Agent, request: RoutingRequest, policy: EligibilityPolicy) -> bool:
    """True when a row that makes the agent eligible is for the lead's own segment."""
    if _is_specialist(agent, request):
        return True
    rows, _ = _fit([row for row in agent.specializations if row.line == request.line], request, policy)
    return any(row.segment == request.segment for row in rows)


def preferred_agents(request: RoutingRequest, policy: EligibilityPolicy) -> frozenset[AgentId]:
    """Who is to get the lead first while eligible: the preferred agent, and by policy the one who serves already."""
    existing = request.existing_agent if policy.existing_agent is ExistingAgent.PREFERS else None
    return frozenset(agent for agent in (request.preferred_agent, existing) if agent is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """The agents who may have the lead, and every other one with the reason; each agent is in one of them, once."""

    eligible: tuple[Agent, ...]
    dropped: tuple[tuple[AgentId, DropReason], ...]


def sift(agents: Iterable[Agent], request: RoutingRequest, policy: EligibilityPolicy) -> Sifted:
    """Filter the agents, last resorts included.

    Earlier holders are dropped while anybody else is eligible. Of those who remain, the ones who fit by an Individual
    row only are dropped while a specialist of the segment meets territory and language too; a segment that the
    policy has soft makes no such difference.
    """
    dropped: list[tuple[AgentId, DropReason]] = []
    fresh: list[Agent] = []
    earlier: list[Agent] = []
    for agent in agents:
        reason = drop_reason(agent, request, policy)
        if reason is not None:
            dropped.append((agent.id, reason))
        elif agent.id in request.earlier_holders:
            earlier.append(agent)
        else:
            fresh.append(agent)
    if fresh:
        dropped.extend((agent.id, DropReason.EARLIER_HOLDER) for agent in earlier)
    eligible = fresh or earlier
    fallbacks_wait = policy.segment is Requirement.HARD and request.segment != CustomerSegment.INDIVIDUAL
    if fallbacks_wait and any(_is_specialist(agent, request) for agent in eligible):
        exact = [agent for agent in eligible if _serves_segment(agent, request, policy)]
        chosen = {agent.id for agent in exact}
        dropped.extend((agent.id, DropReason.FALLBACK_SEGMENT) for agent in eligible if agent.id not in chosen)
        eligible = exact
    return Sifted(eligible=tuple(eligible), dropped=tuple(dropped))
