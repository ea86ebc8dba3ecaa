"""Batches: waiting leads that a strategy assigns together, to all free slots at once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.queue import Waiting, offers_since
from db.session import single_statements
from domain.configuration import Configuration
from domain.ids import AgentId, LeadId
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import Route
from domain.routing.agent import Agent
from domain.routing.candidate import BatchLead
from domain.routing.strategies import batch_strategy_of
from domain.routing.strategies.hybrid import is_batched
from domain.routing.strategy_settings import StrategyName
from domain.rules.action import SetStrategy
from domain.tier import Tier
from services.choice import Choice
from services.clock import Clock
from services.configurations import Configurations
from services.edge import Edge
from services.lifecycle import Lifecycle

_log = structlog.get_logger(__name__)

_MINUTE = timedelta(minutes=1)
_FULL = 50
_MOST = 100


Batch = Sequence[Waiting]
"""Leads that are assigned together, best first."""


@dataclass(slots=True, kw_only=True)
class BatchResult:
    """What became of a batch: how many leads left the queue, and which found nobody or lost their slots."""

    moved: int = 0
    in_vain: list[LeadId] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    """A lead of a batch, and when it has gathered others for long enough."""

    lead: Waiting
    ripe_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """How long a batch gathers leads for this one, as its row was at `seq`; None: it is routed on its own."""

    seq: int
    gathers: timedelta | None


class Batches:
    """Gathers leads whose strategy assigns together, and assigns them.

    What it remembers is which leads those are; a new process asks again.
    """

    def __init__(
        self, lifecycle: Lifecycle, edge: Edge, engine: AsyncEngine, clock: Clock, configurations: Configurations
    ) -> None:
        self._lifecycle = lifecycle
        self._edge = edge
        self._engine = engine
        self._clock = clock
        self._configurations = configurations
        self._known: dict[LeadId, _Known] = {}

    async def in_order(self, waiting: Sequence[Waiting], now: datetime) -> Sequence[Waiting | Batch]:
        """The leads that are routed on their own and the batches that are due, best first.

        Leads of one configuration version in queues of one rank are one batch, so that a hot lead does not wait for
        one that is not. It is due when it has gathered for as long as the strategy says since the first of them was
        enqueued, or as soon as there are 50 of them. It goes where the best of its leads stands.
        """
        places = {lead.lead_id: place for place, lead in enumerate(waiting)}
        order: dict[int, Waiting | Batch] = {}
        gathered: dict[tuple[int, int], list[_Gathered]] = defaultdict(list)
        for lead in waiting:
            gathers = await self._gathers(lead)
            if gathers is None:
                order[places[lead.lead_id]] = lead
            else:
                ripe_at = lead.enqueued_at + gathers
                gathered[lead.config_version, lead.rank].append(_Gathered(lead=lead, ripe_at=ripe_at))
        for leads in gathered.values():
            batch = _due(leads, now)[:_MOST]
            if batch:
                order[places[batch[0].lead_id]] = batch
        self._known = {lead.lead_id: self._known[lead.lead_id] for lead in waiting if lead.lead_id in self._known}
        return [order[place] for place in sorted(order)]

    async def run(self, leads: Batch) -> BatchResult:
        """Assign one batch; a lead whose row moves meanwhile stays for the next.

        Whoever has a preferred agent with room goes there, the others are matched for the best of all together.
        """
        result = BatchResult()
        choices = await self._choices(leads)
        if not choices:
            return result
        slots = await self._slots(choices)
        # In a thread: loading the solver and solving take long enough to keep a heartbeat waiting.
        assigned = await asyncio.to_thread(_assign, choices, slots)
        noted = {"id": uuid4().hex, "size": len(choices)}
        whole: Mapping[str, Any] | None = _matrix(choices, slots, assigned)
        for lead_id, choice in choices.items():
            agent = assigned.get(lead_id)
            if agent is None:
                result.in_vain.append(lead_id)
                continue
            answer = await self._edge.give(
                lead_id, self._command(lead_id, choice.seq), choice=choice.in_batch(agent, noted=noted, whole=whole)
            )
            if answer is None:
                continue
            if answer.changed:
                result.moved += 1
                whole = None
            elif answer.lead.seq == choice.seq:
                # It has not moved: its agent had no slot any more, nor had the next best.
                result.in_vain.append(lead_id)
        return result

    async def _gathers(self, lead: Waiting) -> timedelta | None:
        known = self._known.get(lead.lead_id)
        if known is not None and known.seq == lead.seq:
            return known.gathers
        try:
            async with single_statements(self._engine) as connection:
                configuration = await self._configurations.get(connection, lead.config_version)
            if not _may_batch(configuration):
                return None
            choice = await self._lifecycle.choose(lead.lead_id, self._command(lead.lead_id, lead.seq))
        except Exception as error:
            # On its own it fails alone, and is parked for it.
            _log.warning("batch_left_out", lead_id=str(lead.lead_id), reason=type(error).__name__)
            return None
        together = choice is not None and _is_together(choice)
        gathers = timedelta(seconds=choice.settings.batch_seconds) if choice is not None and together else None
        self._known[lead.lead_id] = _Known(seq=lead.seq, gathers=gathers)
        return gathers

    async def _choices(self, leads: Sequence[Waiting]) -> dict[LeadId, Choice]:
        """The decision of each lead on its own, best lead first; without those that a rule now sends elsewhere."""
        choices: dict[LeadId, Choice] = {}
        for lead in leads:
            try:
                choice = await self._lifecycle.choose(lead.lead_id, self._command(lead.lead_id, lead.seq))
            except Exception as error:
                _log.warning("batch_left_out", lead_id=str(lead.lead_id), reason=type(error).__name__)
                choice = None
            if choice is not None and _is_together(choice):
                choices[lead.lead_id] = choice
            else:
                self._known[lead.lead_id] = _Known(seq=lead.seq, gathers=None)
        return choices

    async def _slots(self, choices: Mapping[LeadId, Choice]) -> dict[AgentId, int]:
        """How many leads each agent may get now, by its caps and by what one agent gets in a minute."""
        agents: dict[AgentId, Agent] = {}
        free: dict[AgentId, int] = {}
        for choice in choices.values():
            agents.update({agent.id: agent for agent in choice.inputs.agents})
            free.update({candidate.agent_id: candidate.free_slots for candidate in choice.decision.eligible})
        version = next(iter(choices.values())).config_version
        async with single_statements(self._engine) as connection:
            configuration = await self._configurations.get(connection, version)
            given = await offers_since(connection, list(free), self._clock.now() - _MINUTE)
        return {
            agent: max(0, min(slots, _left(agents[agent], given.get(agent, 0), configuration)))
            for agent, slots in free.items()
        }

    def _command(self, lead_id: LeadId, seq: int) -> Route:
        return Route(command_id=f"{lead_id}:drain:{seq}", actor=SYSTEM, received_at=self._clock.now(), only_offer=True)


def _due(leads: Sequence[_Gathered], now: datetime) -> Batch:
    """Those that are assigned now: all when the gathering is over, none while it goes on.

    A lead that nobody took when its time had come begins no gathering and ends none: it would cut short every other
    one for as long as it waits. It is asked for again without the others.
    """
    ripe = [one for one in leads if one.ripe_at <= now]
    gathering = [one for one in leads if one.lead.tried_at is None or one.lead.tried_at < one.ripe_at]
    is_over = len(gathering) >= _FULL or any(one.ripe_at <= now for one in gathering)
    return [one.lead for one in (leads if is_over else ripe)]


def _may_batch(configuration: Configuration) -> bool:
    """False when no lead of the configuration can be assigned together with others."""
    named = {str(configuration.strategy.name)}
    named |= {rule.action.strategy for rule in configuration.rules if isinstance(rule.action, SetStrategy)}
    return bool(named & {StrategyName.OPTIMAL, StrategyName.HYBRID})


def _is_together(choice: Choice) -> bool:
    """True when the lead waits for a batch, and no rule sends it to the managers or holds it back first."""
    plan = choice.plan
    return plan.escalate is None and plan.held_until is None and is_batched(choice.settings.name, _tier(choice))


def _tier(choice: Choice) -> Tier:
    return Tier(choice.facts.lead.tier or Tier.TIER4)


def _score(choice: Choice) -> float:
    return choice.facts.lead.score or 0.0


def _left(agent: Agent, given: int, configuration: Configuration) -> int:
    """Offers that the agent may still have in this minute, hour and day."""
    policy = configuration.eligibility
    hourly = policy.max_per_hour if agent.max_per_hour is None else agent.max_per_hour
    daily = policy.max_per_day if agent.max_per_day is None else agent.max_per_day
    left = [configuration.queues.drain_per_minute - given]
    left += [] if hourly is None else [hourly - agent.offers_last_hour]
    left += [] if daily is None else [daily - agent.offers_today]
    return min(left)


def _assign(choices: Mapping[LeadId, Choice], slots: Mapping[AgentId, int]) -> dict[LeadId, AgentId]:
    left = dict(slots)
    assigned: dict[LeadId, AgentId] = {}
    for lead_id, choice in choices.items():
        first = choice.decision.candidates[0] if choice.decision.candidates else None
        if first is not None and first.preferred and left[first.agent_id] > 0:
            left[first.agent_id] -= 1
            assigned[lead_id] = first.agent_id
    requests = [
        BatchLead(lead_id=lead_id, score=_score(choice), fitness=_fitness(choice))
        for lead_id, choice in choices.items()
        if lead_id not in assigned
    ]
    strategy = batch_strategy_of(next(iter(choices.values())).settings)
    return {**assigned, **(strategy.assign(requests, left) if strategy is not None and requests else {})}


def _fitness(choice: Choice) -> dict[AgentId, float]:
    return {candidate.agent_id: candidate.fitness.total for candidate in choice.decision.candidates}


def _matrix(
    choices: Mapping[LeadId, Choice], slots: Mapping[AgentId, int], assigned: Mapping[LeadId, AgentId]
) -> dict[str, Any]:
    """The whole batch as plain JSON: the fitness of every lead with every agent, in the order of `agents`."""
    agents: Collection[AgentId] = sorted(slots)
    return {
        "agents": [str(agent) for agent in agents],
        "slots": [slots[agent] for agent in agents],
        "leads": [
            {
                "lead": str(lead_id),
                "score": _score(choice),
                "assigned": str(assigned[lead_id]) if lead_id in assigned else None,
                "fitness": [_fitness(choice).get(agent) for agent in agents],
            }
            for lead_id, choice in choices.items()
        ],
    }
