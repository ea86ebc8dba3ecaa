"""Choosing an agent, without locks: the decision, and the record that explains it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from db.repositories.routing_inputs import RoutingFacts, read_agents, read_routing_facts
from db.session import AnyConnection
from domain.configuration import Configuration
from domain.ids import AgentId
from domain.lifecycle.lead import Lead
from domain.routing.agent import Agent
from domain.routing.decision import Decision, Greedy, decide_route
from domain.routing.fitness import response_minutes

_KEPT_CANDIDATES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A decision made from the lead's row at `seq`; void when the row has moved on."""

    seq: int
    config_version: int
    facts: RoutingFacts
    agents: tuple[Agent, ...]
    decision: Decision

    @property
    def agent_ids(self) -> tuple[AgentId, ...]:
        """Agents to try, best first."""
        return tuple(candidate.agent_id for candidate in self.decision.candidates)

    def reason(self, chosen: AgentId) -> dict[str, Any]:
        """Why this agent: what LeadRoutingHistory.assignmentReason keeps."""
        ranked = self.decision.candidates
        rank = next((place for place, candidate in enumerate(ranked) if candidate.agent_id == chosen), None)
        best = ranked[rank] if rank is not None else None
        explanation = [f"{self.decision.considered} agents considered, {len(ranked)} eligible"]
        if best is not None and rank is not None:
            explanation.append(f"fitness {best.fitness.total:.1f}, candidate {rank + 1} of {len(ranked)}")
            if rank > 0:
                explanation.append(f"{rank} better candidates had no free slot any more")
        return {
            "strategy": self.decision.strategy,
            "configVersion": self.config_version,
            "score": self.facts.scoring,
            "specializationMatch": best.fitness.specialization if best else None,
            "performanceScore": best.fitness.performance if best else None,
            "availabilityBonus": best.fitness.availability if best else None,
            "capacityScore": 100 - best.fitness.utilization if best else None,
            "totalScore": best.fitness.total if best else None,
            "responseMinutes": response_minutes(best.fitness) if best else None,
            "tieBreak": self.decision.tie_break,
            "dropped": dict(Counter(reason.value for _, reason in self.decision.dropped)),
            "candidates": [
                {"agent": str(candidate.agent_id), **asdict(candidate.fitness)}
                for candidate in ranked[:_KEPT_CANDIDATES]
            ],
            "explanation": explanation,
        }

    def inputs(self) -> dict[str, Any]:
        """Everything the decision looked at, so that it can be made again."""
        request = self.facts.request
        return {
            "request": {
                "line": request.line,
                "segment": request.segment,
                "language": request.language,
                "territory": request.territory,
                "preferredAgent": request.preferred_agent,
                "earlierHolders": sorted(str(agent) for agent in request.earlier_holders),
                "barred": sorted(str(agent) for agent in request.barred),
            },
            "strategy": self.decision.strategy,
            "ranked": [str(agent) for agent in self.agent_ids],
            "dropped": {str(agent): reason.value for agent, reason in self.decision.dropped},
            "agents": [_plain(agent) for agent in self.agents],
        }


def _plain(agent: Agent) -> dict[str, Any]:
    """An agent as JSON. Written out: copying a thousand of them field by field by reflection is slow."""
    performance = agent.performance
    return {
        "id": str(agent.id),
        "active": agent.is_active,
        "accepting": agent.accepts_new_leads,
        "status": agent.status,
        "load": agent.load,
        "capacity": agent.capacity,
        "held": agent.held,
        "maxHeld": agent.max_held,
        "lastAssignedAt": agent.last_assigned_at.isoformat() if agent.last_assigned_at else None,
        "performance": None
        if performance is None
        else [
            performance.conversion_rate,
            performance.satisfaction,
            performance.handling_minutes,
            performance.cross_sell_rate,
        ],
        "specializations": [
            [row.line, row.segment, row.proficiency, row.max_concurrent, sorted(row.languages), sorted(row.territories)]
            for row in agent.specializations
        ],
    }


async def choose_agent(
    connection: AnyConnection,
    lead: Lead,
    configuration: Configuration,
    now: datetime,
    *,
    barred: frozenset[AgentId] = frozenset(),
) -> Choice | None:
    """Rank everybody but the `barred` for the lead; None when it has no row any more. Takes no locks."""
    facts = await read_routing_facts(connection, lead.id)
    if facts is None:
        return None
    facts = replace(facts, request=replace(facts.request, barred=barred))
    agents = await read_agents(connection, now)
    return Choice(
        seq=lead.seq,
        config_version=lead.config_version,
        facts=facts,
        agents=tuple(agents),
        decision=decide_route(facts.request, agents, configuration, Greedy()),
    )
