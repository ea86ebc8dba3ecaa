"""One routing decision: everybody who was considered, in order of fitness, and why the others were dropped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from domain.configuration import Configuration
from domain.ids import AgentId
from domain.routing.agent import Agent
from domain.routing.eligibility import DropReason, drop_reason
from domain.routing.fitness import Fitness, fitness_of
from domain.routing.request import RoutingRequest

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An eligible agent with the factors that rank it."""

    agent_id: AgentId
    fitness: Fitness
    utilization: float
    last_assigned_at: datetime | None
    preferred: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Candidates best first, and every other agent with its reason code.

    `tie_break` says what separated the first two: preferred, fitness, utilization, idle or id; None for fewer.
    """

    strategy: str
    candidates: tuple[Candidate, ...]
    dropped: tuple[tuple[AgentId, DropReason], ...]
    tie_break: str | None

    @property
    def considered(self) -> int:
        """How many agents were looked at."""
        return len(self.candidates) + len(self.dropped)


class Strategy(Protocol):
    """Orders the eligible agents for one lead, best first. Pure: all facts and randomness come in as arguments."""

    name: str

    def rank(self, candidates: list[Candidate]) -> list[Candidate]:
        """The candidates in the order in which they are to be tried."""
        ...


class Greedy:
    """Highest fitness first. Ties: lower utilization, longest idle, id. A preferred agent goes before all."""

    name = "greedy"

    def rank(self, candidates: list[Candidate]) -> list[Candidate]:
        """Best candidate first; a total order, so the same inputs always give the same answer."""
        return sorted(
            candidates,
            key=lambda c: (
                not c.preferred,
                -c.fitness.total,
                c.utilization,
                c.last_assigned_at or _NEVER,
                str(c.agent_id),
            ),
        )


def _tie_break(ranked: list[Candidate]) -> str | None:
    if len(ranked) < 2:
        return None
    first, second = ranked[0], ranked[1]
    if first.preferred != second.preferred:
        return "preferred"
    if first.fitness.total != second.fitness.total:
        return "fitness"
    if first.utilization != second.utilization:
        return "utilization"
    if (first.last_assigned_at or _NEVER) != (second.last_assigned_at or _NEVER):
        return "idle"
    return "id"


def decide_route(
    request: RoutingRequest, agents: list[Agent], configuration: Configuration, strategy: Strategy
) -> Decision:
    """Filter, rank, and keep the reasons.

    Earlier holders are excluded while anybody else is eligible; when nobody else is, they are tried again.
    """
    dropped: list[tuple[AgentId, DropReason]] = []
    fresh: list[Agent] = []
    earlier: list[Agent] = []
    for agent in agents:
        reason = drop_reason(
            agent,
            request,
            language_required=configuration.language_required,
            territory_required=configuration.territory_required,
        )
        if reason is not None:
            dropped.append((agent.id, reason))
        elif agent.id in request.earlier_holders:
            earlier.append(agent)
        else:
            fresh.append(agent)
    if fresh:
        dropped.extend((agent.id, DropReason.EARLIER_HOLDER) for agent in earlier)
    ranked = strategy.rank(
        [
            Candidate(
                agent_id=agent.id,
                fitness=fitness_of(agent, request, configuration.weights),
                utilization=agent.utilization,
                last_assigned_at=agent.last_assigned_at,
                preferred=agent.id == request.preferred_agent,
            )
            for agent in (fresh or earlier)
        ]
    )
    return Decision(
        strategy=strategy.name, candidates=tuple(ranked), dropped=tuple(dropped), tie_break=_tie_break(ranked)
    )
