"""A decision as plain JSON, and back: what is kept of it has to be enough to make it again.

Written out field by field: copying a thousand agents by reflection is slow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from domain.ids import AgentId, LeadId, TeamId
from domain.routing.agent import Agent, Performance, Specialization
from domain.routing.candidate import Arm, StrategyFacts
from domain.routing.decision import Decision
from domain.routing.eligibility import DropReason
from domain.routing.licence import licence_from_plain
from domain.routing.request import RoutingRequest
from domain.routing.strategy_settings import StrategySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionInputs:
    """Everything a decision looked at.

    `filtered` are the agents that the database dropped, `agents` those that were judged with all their facts,
    `lost` those that were chosen and had no free slot any more when their rows were locked.
    """

    request: RoutingRequest
    facts: StrategyFacts
    agents: tuple[Agent, ...]
    filtered: tuple[tuple[AgentId, DropReason], ...]
    lost: tuple[AgentId, ...] = ()


def inputs_to_plain(inputs: DecisionInputs, decision: Decision) -> dict[str, Any]:
    """The inputs, and what came of them."""
    request, facts = inputs.request, inputs.facts
    return {
        "request": {
            "line": request.line,
            "segment": request.segment,
            "language": request.language,
            "territory": request.territory,
            "preferred": _text(request.preferred_agent),
            "existing": _text(request.existing_agent),
            "earlier": sorted(str(agent) for agent in request.earlier_holders),
            "barred": sorted(str(agent) for agent in request.barred),
            "team": _text(request.team),
            "on": request.on.isoformat() if request.on else None,
        },
        "strategy": {
            "settings": facts.settings.model_dump(mode="json", exclude_defaults=True),
            "seed": facts.seed,
            "step": facts.step,
            "turns": _by_text(facts.turns),
            "calibration": _by_text(facts.calibration),
            "arms": {str(agent): [arm.successes, arm.failures] for agent, arm in facts.arms.items()},
            "assigned": _text(facts.assigned),
        },
        "agents": [_agent_to_plain(agent) for agent in inputs.agents],
        "filtered": _by_reason(inputs.filtered),
        "ranked": [str(candidate.agent_id) for candidate in decision.candidates],
        "dropped": _by_reason(decision.sifted),
        "tieBreak": decision.tie_break,
        "lost": [str(agent) for agent in inputs.lost],
    }


def inputs_from_plain(lead_id: LeadId, plain: Mapping[str, Any]) -> DecisionInputs:
    """The inverse of `inputs_to_plain`. Raises KeyError, TypeError or ValueError for a record that lacks a part."""
    request, strategy = plain["request"], plain["strategy"]
    return DecisionInputs(
        request=RoutingRequest(
            lead_id=lead_id,
            line=request["line"],
            segment=request["segment"],
            language=request["language"],
            territory=request["territory"],
            preferred_agent=_agent_id(request["preferred"]),
            existing_agent=_agent_id(request["existing"]),
            earlier_holders=_agent_ids(request["earlier"]),
            barred=_agent_ids(request["barred"]),
            team=TeamId(UUID(request["team"])) if request["team"] else None,
            on=date.fromisoformat(request["on"]) if request["on"] else None,
        ),
        facts=StrategyFacts(
            settings=StrategySettings.model_validate(strategy["settings"]),
            seed=strategy["seed"],
            step=strategy.get("step", 1),
            turns=_counts(strategy["turns"]),
            calibration=_counts(strategy["calibration"]),
            arms={
                AgentId(UUID(agent)): Arm(successes=successes, failures=failures)
                for agent, (successes, failures) in strategy["arms"].items()
            },
            assigned=_agent_id(strategy.get("assigned")),
        ),
        agents=tuple(_agent_from_plain(agent) for agent in plain["agents"]),
        filtered=tuple(
            (AgentId(UUID(agent)), DropReason(reason))
            for reason, agents in plain["filtered"].items()
            for agent in agents
        ),
        lost=tuple(AgentId(UUID(agent)) for agent in plain["lost"]),
    )


def dropped_in(plain: Mapping[str, Any]) -> dict[str, str]:
    """Everybody whom a record names as dropped, by the database or after it, with the reason code."""
    parts = (*plain["filtered"].items(), *plain["dropped"].items())
    return {agent: reason for reason, agents in parts for agent in agents}


def _agent_to_plain(agent: Agent) -> dict[str, Any]:
    metrics, last = agent.performance, agent.last_assigned_at
    return {
        "id": str(agent.id),
        "state": [agent.is_active, agent.accepts_new_leads, agent.status, agent.on_shift, agent.on_leave],
        "load": [agent.load, agent.capacity, agent.held, agent.max_held],
        "offers": [agent.offers_last_hour, agent.max_per_hour, agent.offers_today, agent.max_per_day],
        "last": last.isoformat() if last else None,
        "rating": [agent.rating, agent.is_elite],
        "teams": sorted(str(team) for team in agent.teams),
        **({} if agent.team_room is None else {"team_room": agent.team_room}),
        "metrics": None
        if metrics is None
        else [
            metrics.conversion_rate,
            metrics.satisfaction,
            metrics.handling_minutes,
            metrics.cross_sell_rate,
            metrics.tier1_conversion_rate,
            metrics.tier2_conversion_rate,
        ],
        "rows": [
            [
                row.line,
                row.segment,
                row.proficiency,
                row.max_concurrent,
                sorted(row.languages),
                sorted(row.territories),
                row.live,
            ]
            for row in agent.specializations
        ],
        "licences": None
        if agent.licences is None
        else [
            [
                one.state,
                one.line,
                one.number,
                one.valid_from.isoformat(),
                one.valid_to.isoformat() if one.valid_to else None,
            ]
            for one in agent.licences
        ],
    }


def _agent_from_plain(plain: Mapping[str, Any]) -> Agent:
    is_active, accepting, status, shift, leave = plain["state"]
    load, capacity, held, max_held = plain["load"]
    last_hour, max_per_hour, today, max_per_day = plain["offers"]
    rating, is_elite = plain["rating"]
    return Agent(
        id=AgentId(UUID(plain["id"])),
        is_active=is_active,
        accepts_new_leads=accepting,
        role="agent",
        status=status,
        load=load,
        capacity=capacity,
        held=held,
        max_held=max_held,
        specializations=tuple(
            Specialization(
                line=line,
                segment=segment,
                proficiency=proficiency,
                max_concurrent=max_concurrent,
                languages=frozenset(languages),
                territories=frozenset(territories),
                live=live,
            )
            for line, segment, proficiency, max_concurrent, languages, territories, live in plain["rows"]
        ),
        performance=None if plain["metrics"] is None else _performance(plain["metrics"]),
        last_assigned_at=datetime.fromisoformat(plain["last"]) if plain["last"] else None,
        on_shift=shift,
        on_leave=leave,
        licences=None if plain["licences"] is None else tuple(map(licence_from_plain, plain["licences"])),
        teams=frozenset(TeamId(UUID(team)) for team in plain["teams"]),
        rating=rating,
        is_elite=is_elite,
        offers_last_hour=last_hour,
        offers_today=today,
        max_per_hour=max_per_hour,
        max_per_day=max_per_day,
        team_room=plain.get("team_room"),
    )


def _performance(values: Sequence[float]) -> Performance:
    conversion, satisfaction, minutes, cross_sell, tier1, tier2 = values
    return Performance(
        conversion_rate=conversion,
        satisfaction=satisfaction,
        handling_minutes=minutes,
        cross_sell_rate=cross_sell,
        tier1_conversion_rate=tier1,
        tier2_conversion_rate=tier2,
    )


def _by_reason(dropped: Sequence[tuple[AgentId, DropReason]]) -> dict[str, list[str]]:
    # Most come in long runs of one reason, straight from the database.
    grouped: dict[str, list[str]] = defaultdict(list)
    for reason, run in groupby(dropped, key=itemgetter(1)):
        grouped[reason.value].extend(str(agent) for agent, _ in run)
    return {reason: sorted(agents) for reason, agents in grouped.items()}


def _by_text(counts: Mapping[AgentId, int]) -> dict[str, int]:
    return {str(agent): count for agent, count in counts.items()}


def _counts(plain: Mapping[str, int]) -> dict[AgentId, int]:
    return {AgentId(UUID(agent)): count for agent, count in plain.items()}


def _agent_id(plain: str | None) -> AgentId | None:
    return AgentId(UUID(plain)) if plain else None


def _agent_ids(plain: Sequence[str]) -> frozenset[AgentId]:
    return frozenset(AgentId(UUID(agent)) for agent in plain)


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None
