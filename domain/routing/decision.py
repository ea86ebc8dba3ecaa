"""One routing decision: everybody who was considered, in the strategy's order, and why the others were dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

from domain.configuration import Configuration
from domain.ids import AgentId
from domain.routing.agent import Agent
from domain.routing.candidate import Candidate, StrategyFacts
from domain.routing.eligibility import DropReason, preferred_agents, sift
from domain.routing.fitness import fitness_of
from domain.routing.request import RoutingRequest
from domain.routing.strategies import strategy_of
from domain.routing.strategy_settings import StrategyName


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Candidates in the order in which they are tried, and every other agent with its reason code.

    `eligible` are the candidates before the strategy put them in order; one that a strategy leaves out (a weight
    of 0, somebody else named) is there only. `tie_break` names the criterion that separated the first two, `notes`
    is what the strategy adds. `filtered` are those whom the database had dropped already, `sifted` those dropped here.
    """

    strategy: StrategyName
    eligible: tuple[Candidate, ...]
    candidates: tuple[Candidate, ...]
    filtered: tuple[tuple[AgentId, DropReason], ...]
    sifted: tuple[tuple[AgentId, DropReason], ...]
    tie_break: str | None
    notes: Mapping[str, Any]

    @property
    def dropped(self) -> tuple[tuple[AgentId, DropReason], ...]:
        """Everybody who is no candidate, with the reason."""
        return (*self.filtered, *self.sifted)

    @property
    def dropped_counts(self) -> Mapping[DropReason, int]:
        """How many agents each filter took first."""
        return Counter(map(itemgetter(1), self.dropped))

    @property
    def considered(self) -> int:
        """How many agents were looked at."""
        return len(self.eligible) + len(self.filtered) + len(self.sifted)

    def ranked_by(self, facts: StrategyFacts) -> Decision:
        """The same agents in the order of these facts: turns may have been taken since."""
        ranking = strategy_of(facts.settings).rank(self.eligible, facts)
        return replace(self, candidates=ranking.order, tie_break=ranking.tie_break, notes=ranking.notes)


def decide_route(
    request: RoutingRequest,
    agents: Iterable[Agent],
    configuration: Configuration,
    facts: StrategyFacts,
    *,
    filtered: Sequence[tuple[AgentId, DropReason]] = (),
) -> Decision:
    """Filter, rank, and keep the reasons. `filtered` are agents that the database has dropped already.

    Earlier holders are excluded while anybody else is eligible; when nobody else is, they are tried again. With
    `force` the agent that the settings name is a candidate whatever the filters say, unless it gives the lead back.
    """
    settings = facts.settings
    policy = configuration.eligibility.softened(*settings.softened(facts.step))
    known = tuple(agents)
    sifted = sift(known, request, policy)
    # Whoever just gave the lead back, or is gone, would give it back again and again.
    forced = {settings.agent} - request.barred if settings.name is StrategyName.MANUAL and settings.force else set()
    allowed = {agent.id for agent in sifted.eligible} | forced
    first = preferred_agents(request, policy)
    decision = Decision(
        strategy=settings.name,
        eligible=tuple(
            Candidate(
                agent_id=agent.id,
                fitness=fitness_of(agent, request, configuration.weights),
                utilization=agent.utilization,
                free_slots=agent.free_slots,
                last_assigned_at=agent.last_assigned_at,
                preferred=agent.id in first,
            )
            for agent in known
            if agent.id in allowed
        ),
        candidates=(),
        filtered=tuple(filtered),
        sifted=tuple((agent, reason) for agent, reason in sifted.dropped if agent not in forced),
        tie_break=None,
        notes={},
    )
    return decision.ranked_by(facts)
