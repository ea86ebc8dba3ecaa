"""A routing decision as it was recorded: the routing history's reason, and the inputs while they are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from domain.configuration import Configuration
from domain.ids import AgentId, LeadId
from domain.lifecycle.state import EventType, LifecycleState
from domain.routing.decision_record import DecisionInputs, dropped_in, inputs_from_plain
from domain.routing.eligibility import preferred_agents
from domain.routing.fitness import Fitness, fitness_of


@dataclass(frozen=True, kw_only=True)
class RecordedEvent:
    """An event that the decision's transition wrote."""

    type: str
    agent: UUID | None
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class RecordedDecision:
    """What is stored about one decision.

    `kind` and `by` are the ledger's command and the role of whoever gave it, `state` and `agent` where the lead was
    afterwards. `reason` is LeadRoutingHistory.assignmentReason, empty when nobody got the lead. `inputs` is the
    payload of decision_inputs, None when it was pruned or a person decided. `score` is the last one before it, and
    `invited` held an invitation after it.
    """

    lead_id: LeadId
    seq: int
    at: datetime
    kind: str
    by: str
    state: LifecycleState
    agent: UUID | None
    config_version: int | None
    history_strategy: str | None
    reason: Mapping[str, Any]
    inputs: Mapping[str, Any] | None
    score: Mapping[str, Any]
    events: Sequence[RecordedEvent]
    invited: Sequence[UUID] = ()

    def events_of(self, *types: EventType) -> list[RecordedEvent]:
        """The events of these types."""
        return [event for event in self.events if event.type in types]

    @property
    def by_routing(self) -> bool:
        """True when the strategy gave the lead to somebody; False for a queue, an escalation, or a person's choice."""
        return "candidates" in self.reason

    @cached_property
    def ranked(self) -> list[UUID] | None:
        """Who was to be tried, best first; None when that is not kept."""
        return None if self.inputs is None else [UUID(agent) for agent in self.inputs["ranked"]]

    @cached_property
    def dropped(self) -> dict[UUID, str] | None:
        """Everybody who was dropped, with the reason code; None when that is not kept."""
        if self.inputs is None:
            return None
        return {UUID(agent): reason for agent, reason in dropped_in(self.inputs).items()}

    @cached_property
    def considered(self) -> frozenset[UUID] | None:
        """Everybody who was looked at; None when that is not kept."""
        if self.inputs is None or self.dropped is None:
            return None
        return frozenset((*self.dropped, *(UUID(agent["id"]) for agent in self.inputs["agents"])))

    @property
    def dropped_counts(self) -> Mapping[str, int]:
        """How many agents failed each filter first."""
        if self.inputs is not None:
            return Counter(dropped_in(self.inputs).values())
        counts: Mapping[str, int] = self.reason.get("dropped", {})
        return counts

    @property
    def lost(self) -> list[UUID]:
        """Those who had no free slot any more when the lead was committed, in the order in which they were tried."""
        return [UUID(agent) for agent in (self.inputs or self.reason).get("lost", ())]

    @property
    def seed(self) -> int | None:
        """The strategy's seed."""
        seed: int | None = self.inputs["strategy"]["seed"] if self.inputs is not None else self.reason.get("seed")
        return seed

    @property
    def tie_break(self) -> str | None:
        """The criterion that separated the first two."""
        criterion: str | None = (self.inputs or self.reason).get("tieBreak")
        return criterion

    @property
    def settings(self) -> Mapping[str, Any]:
        """The strategy's settings other than the defaults; empty when they are not kept."""
        kept: Mapping[str, Any] = self.inputs["strategy"]["settings"] if self.inputs is not None else {}
        return kept

    @property
    def strategy(self) -> str | None:
        """The strategy's name; None for a person's choice."""
        if self.inputs is not None:
            return str(self.settings.get("name", "greedy"))
        return self.history_strategy if self.by_routing else None

    def fitness_kept(self) -> dict[UUID, tuple[Fitness, bool]]:
        """Factors as the routing history keeps them, of the best twenty, and who was preferred; in their order."""
        return {
            UUID(one["agent"]): (Fitness(**{name: one[name] for name in _FACTORS}), bool(one.get("preferred")))
            for one in self.reason.get("candidates", ())
            if isinstance(one, Mapping)
        }

    def fitness_from_facts(self, agent: UUID, configuration: Configuration | None) -> tuple[Fitness, bool] | None:
        """Factors of an agent of whom the record keeps the facts instead of the numbers, and whether it was preferred.

        By the formula and the weights of the configuration that the decision was made by, so the same numbers as
        then. None without facts.
        """
        if self._parsed is None or configuration is None:
            return None
        request = self._parsed.request
        known = next((one for one in self._parsed.agents if one.id == AgentId(agent)), None)
        if known is None:
            return None
        preferred = known.id in preferred_agents(request, configuration.eligibility)
        return fitness_of(known, request, configuration.weights), preferred

    @cached_property
    def _parsed(self) -> DecisionInputs | None:
        return None if self.inputs is None else inputs_from_plain(self.lead_id, self.inputs)


_FACTORS = ("specialization", "performance", "availability", "utilization", "total")
