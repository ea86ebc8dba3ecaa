"""Choosing an agent, without locks: the rules, the decision, and the record that explains it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from db.repositories.arms import read_arms
from db.repositories.assignments import Round
from db.repositories.lead_facts import RoutingFacts
from db.repositories.pool import Pool, read_pool
from db.repositories.teams import read_team_facts
from db.repositories.turns import Shares, read_shares
from db.session import AnyConnection
from domain.configuration import Configuration
from domain.ids import AgentId
from domain.lifecycle.lead import Lead
from domain.lifecycle.plan import RoutePlan
from domain.lifecycle.state import LifecycleState
from domain.routing.agent import Agent
from domain.routing.candidate import StrategyFacts
from domain.routing.decision import Decision, decide_route
from domain.routing.decision_record import DecisionInputs, inputs_to_plain
from domain.routing.direction import Direction, direct
from domain.routing.eligibility import drop_reason, preferred_agents
from domain.routing.fitness import response_minutes
from domain.routing.request import RoutingRequest
from domain.routing.strategies.membership import MembershipChange, membership_change, presence_of
from domain.routing.strategy_settings import StrategyName, StrategySettings
from domain.rules.agent_rules import taken_out
from domain.rules.evaluate import judge
from domain.rules.facts import TeamFacts, rule_facts
from domain.rules.rule import Rule

_KEPT_CANDIDATES = 20
_TAKES_TURNS = frozenset({StrategyName.ROUND_ROBIN, StrategyName.WEIGHTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A decision made from the lead's row at `seq`; void when the row has moved on.

    `lost` grows while the candidates' slots turn out to be taken. `batch` is the whole batch that the lead was in, for
    the one lead of it that keeps the record.
    """

    seq: int
    config_version: int
    facts: RoutingFacts
    direction: Direction
    inputs: DecisionInputs
    decision: Decision
    limited_offers: bool
    team: TeamFacts | None = None
    taken_out: Mapping[AgentId, Rule] = field(default_factory=dict)
    membership: MembershipChange = field(default_factory=MembershipChange)
    batch: Mapping[str, Any] | None = None

    @property
    def plan(self) -> RoutePlan:
        """Where rules and strategy send the lead."""
        return self.direction.plan

    @property
    def settings(self) -> StrategySettings:
        """The strategy that was used."""
        return self.direction.settings

    @property
    def agent_ids(self) -> tuple[AgentId, ...]:
        """Agents to try, best first."""
        return tuple(candidate.agent_id for candidate in self.decision.candidates)

    @property
    def step(self) -> int:
        """The step of a broadcast that was ranked for."""
        return self.inputs.facts.step

    @property
    def pool(self) -> str | None:
        """The pool in which the strategy counts turns; None for one that does not."""
        return self.settings.pool if self.settings.name in _TAKES_TURNS else None

    @property
    def agent_rules(self) -> Sequence[tuple[Rule, int]]:
        """The rules that took agents out, each with how many."""
        rules = {rule.id: rule for rule in self.taken_out.values()}
        counts = Counter(rule.id for rule in self.taken_out.values())
        return [(rules[rule_id], count) for rule_id, count in counts.items()]

    def among(self, shares: Shares, now: datetime) -> Choice:
        """The same choice by the turns as they are now that nobody else can take one.

        Whoever the pool does not know yet joins it with a head start, and whoever is back after an absence gets one.
        """
        standings = {agent: turns + shares.calibration[agent] for agent, turns in shares.turns.items()}
        change = membership_change(
            standings,
            shares.away_since,
            self.settings,
            eligible=[one.agent_id for one in self.decision.eligible],
            presence=presence_of(self.inputs.agents, self.inputs.filtered),
            now=now,
        )
        back = {agent: shares.calibration[agent] + missed for agent, missed in change.back.items()}
        facts = replace(
            self.inputs.facts,
            turns={**shares.turns, **dict.fromkeys(change.joined, 0)},
            calibration={**shares.calibration, **change.joined, **back},
        )
        return replace(
            self,
            inputs=replace(self.inputs, facts=facts),
            decision=self.decision.ranked_by(facts),
            membership=change,
        )

    def in_batch(self, assigned: AgentId, *, noted: Mapping[str, Any], whole: Mapping[str, Any] | None) -> Choice:
        """The same choice, with the agent to whom a batch gave the lead first.

        `noted` says which batch, `whole` is the batch itself, which one of its leads keeps.
        """
        facts = replace(self.inputs.facts, assigned=assigned)
        decision = self.decision.ranked_by(facts)
        return replace(
            self,
            inputs=replace(self.inputs, facts=facts),
            decision=replace(decision, notes={**decision.notes, "batch": noted}),
            batch=whole,
        )

    def without(self, lost: AgentId) -> Choice:
        """The same choice, with one more candidate whose slot was gone."""
        return replace(self, inputs=replace(self.inputs, lost=(*self.inputs.lost, lost)))

    def limits(self, agent: AgentId) -> bool:
        """True when more than the two caps bounds the agent: of a specialisation, of offers by time, of a team."""
        known = next((one for one in self.inputs.agents if one.id == agent), None)
        return known is not None and (
            self.limited_offers
            or known.max_per_hour is not None
            or known.max_per_day is not None
            or known.team_room is not None
            or any(row.max_concurrent < known.capacity for row in known.specializations)
        )

    def in_capped_team(self, agent: AgentId) -> bool:
        """True when a team of the agent has a cap, which all its members share."""
        return any(one.id == agent and one.team_room is not None for one in self.inputs.agents)

    def record(self) -> dict[str, Any]:
        """Everything the decision looked at, so that it can be made again."""
        fired = {effect.value: str(rule.id) for effect, rule in self.direction.fired.items()}
        record = {**inputs_to_plain(self.inputs, self.decision), "rules": fired}
        if self.taken_out:
            record["taken_out"] = {str(agent): str(rule.id) for agent, rule in self.taken_out.items()}
        return record if self.batch is None else {**record, "batch": self.batch}

    def reason(self, chosen: AgentId) -> dict[str, Any]:
        """Why this agent: what LeadRoutingHistory.assignmentReason keeps."""
        ranked = self.decision.candidates
        rank = next((place for place, candidate in enumerate(ranked) if candidate.agent_id == chosen), None)
        best = ranked[rank] if rank is not None else None
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
            "rules": {
                effect.value: {"id": str(rule.id), "name": rule.name} for effect, rule in self.direction.fired.items()
            },
            "agentRules": [
                {"id": str(rule.id), "name": rule.name, "agents": agents} for rule, agents in self.agent_rules
            ],
            "tieBreak": self.decision.tie_break,
            "notes": dict(self.decision.notes),
            "seed": self.inputs.facts.seed,
            "forced": self.settings.force,
            "lost": [str(agent) for agent in self.inputs.lost],
            "dropped": {reason.value: count for reason, count in self.decision.dropped_counts.items()},
            "candidates": [
                {"agent": str(candidate.agent_id), "preferred": candidate.preferred, **candidate.fitness.to_plain()}
                for candidate in ranked[:_KEPT_CANDIDATES]
            ],
            "explanation": list(self._explanation(rank)),
        }

    def _explanation(self, rank: int | None) -> list[str]:
        ranked = self.decision.candidates
        lines = [f"rule {rule.name!r} ({effect.value})" for effect, rule in self.direction.fired.items()]
        lines.append(f"{self.decision.considered} agents considered, {len(self.decision.eligible)} eligible")
        if rank is not None:
            fitness = ranked[rank].fitness.total
            lines.append(f"{self.decision.strategy}: fitness {fitness:.1f}, candidate {rank + 1} of {len(ranked)}")
        if self.inputs.lost:
            lines.append(f"{len(self.inputs.lost)} better candidates had no free slot any more")
        return lines


async def choose_agent(
    connection: AnyConnection,
    lead: Lead,
    facts: RoutingFacts,
    configuration: Configuration,
    now: datetime,
    *,
    barred: frozenset[AgentId] = frozenset(),
    from_queue: bool = False,
    under_way: Round | None = None,
) -> Choice:
    """Judge the rules and rank everybody but the `barred` for the lead, of whom `facts` were read with it.

    Takes no locks. `from_queue` says that the drain asks, which goes by its own limits; `under_way` is the broadcast
    whose next step is wanted. Raises ConfigurationError when a rule names what does not exist.
    """
    if under_way is not None:
        barred |= under_way.declined
    facts = facts.on(configuration.day_of(now), earlier_holders=configuration.policy(lead.policy).earlier_holders)
    team = await _team_facts(connection, configuration)
    known = rule_facts(facts.lead, now=now, time_zone=configuration.time_zone, team=team)
    verdict = judge(configuration.rules, known)
    request = replace(facts.request, barred=barred)
    if verdict.placement is not None and await _goes_to_owner(connection, request, configuration, known, now):
        verdict = verdict.unplaced()
    direction = direct(
        request,
        verdict,
        configuration,
        tier=lead.tier_or_lowest,
        source=facts.lead.source,
        policy=lead.policy,
        held_until=lead.held_until,
        waiting_since=facts.enqueued_at if lead.state is LifecycleState.QUEUED else None,
        now=now,
        from_queue=from_queue,
    )
    kept = [direction.settings.agent] if direction.settings.force and direction.settings.agent else []
    policy = configuration.eligibility
    pool, taken = Pool(agents=(), dropped=()), dict[AgentId, Rule]()
    strategy = await _strategy_facts(connection, lead, direction.request, direction.settings, now)
    for step in _steps(lead, direction.settings, under_way, barred):
        strategy = replace(strategy, step=step)
        if direction.plan.escalate is None:
            pool = await read_pool(
                connection,
                direction.request,
                policy.softened(*direction.settings.softened(step)),
                now=now,
                midnight=configuration.midnight(now),
                drain_per_minute=configuration.queues.drain_per_minute if from_queue else None,
                kept=kept,
            )
            judged = (agent.for_rules() for agent in pool.agents if agent.id not in kept)
            taken = taken_out(configuration.rules, known, judged)
            pool = pool.without(taken)
        decision = decide_route(direction.request, pool.agents, configuration, strategy, filtered=pool.dropped)
        if decision.candidates:
            break
    return Choice(
        seq=lead.seq,
        config_version=lead.config_version,
        facts=facts,
        direction=direction,
        inputs=DecisionInputs(request=direction.request, facts=strategy, agents=pool.agents, filtered=pool.dropped),
        decision=decision,
        limited_offers=policy.max_per_hour is not None or policy.max_per_day is not None,
        team=team,
        taken_out=taken,
    )


async def still_eligible(
    connection: AnyConnection, agent: AgentId, choice: Choice, configuration: Configuration, now: datetime
) -> bool:
    """Whether a chosen agent, whose row the caller has locked, passes the filters as things are now."""
    return await _eligible(connection, agent, choice.inputs.request, configuration, now) is not None


async def _eligible(
    connection: AnyConnection, agent: AgentId, request: RoutingRequest, configuration: Configuration, now: datetime
) -> Agent | None:
    """One agent as things are now; None when a filter drops it."""
    policy = configuration.eligibility
    pool = await read_pool(connection, request, policy, now=now, midnight=configuration.midnight(now), only=agent)
    return next((known for known in pool.agents if drop_reason(known, request, policy) is None), None)


async def _goes_to_owner(
    connection: AnyConnection,
    request: RoutingRequest,
    configuration: Configuration,
    known: Mapping[str, Mapping[str, object]],
    now: datetime,
) -> bool:
    """Whether somebody goes first for this lead and may have it: rules place only what nobody has a claim to."""
    for agent in preferred_agents(request, configuration.eligibility) - request.earlier_holders:
        found = await _eligible(connection, agent, request, configuration, now)
        if found is not None and not taken_out(configuration.rules, known, [found.for_rules()]):
            return True
    return False


async def _team_facts(connection: AnyConnection, configuration: Configuration) -> TeamFacts | None:
    """The team whose leads these are, the strategy's own; not read while no rule asks."""
    team = configuration.strategy.team
    if team is None or not any(rule.names("team") for rule in configuration.rules):
        return None
    return await read_team_facts(connection, team)


def _steps(
    lead: Lead, settings: StrategySettings, under_way: Round | None, barred: frozenset[AgentId]
) -> Sequence[int]:
    """The steps of a broadcast to rank for, until one finds somebody; just the next one while somebody is invited.

    A step that requires the same as the one before finds nobody either.
    """
    if settings.name is not StrategyName.BROADCAST:
        return [1]
    last = len(settings.plan.steps)
    first = min(lead.offer_step + 1, last) if under_way is not None else 1
    if under_way is not None and any(one.agent not in barred for one in under_way.invitations):
        return [first]
    return [
        step
        for step in range(first, last + 1)
        if step == first or settings.softened(step) != settings.softened(step - 1)
    ]


async def _strategy_facts(
    connection: AnyConnection, lead: Lead, request: RoutingRequest, settings: StrategySettings, now: datetime
) -> StrategyFacts:
    facts = StrategyFacts(seed=_seed(lead), settings=settings)
    if settings.name is StrategyName.REINFORCEMENT:
        return replace(facts, arms=await read_arms(connection, request.line, request.segment, now))
    if settings.name in _TAKES_TURNS:
        shares = await read_shares(connection, settings.pool)
        return replace(facts, turns=shares.turns, calibration=shares.calibration)
    return facts


def _seed(lead: Lead) -> int:
    """The same for the same lead at the same point of its life, so that a repeated attempt decides the same."""
    return int.from_bytes(hashlib.sha256(f"{lead.id}:{lead.seq}".encode()).digest()[:8], "big")
