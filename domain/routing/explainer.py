"""From the record of a decision to its explanation. Pure: reads the record and the configuration it names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.configuration import Configuration
from domain.lifecycle.state import EventType, LifecycleState
from domain.routing.eligibility import MEANINGS, DropReason
from domain.routing.explanation import (
    CandidateShown,
    DroppedGroup,
    Explanation,
    Outcome,
    RuleShown,
    ScoreAdjustment,
    ScoreFactor,
    ScoreShown,
    StrategyShown,
    candidate_shown,
)
from domain.routing.recorded_decision import RecordedDecision
from domain.routing.sentences import sentences_of

SHOWN = 20
"""How many candidates are shown: as many as the routing history keeps."""


def explain(
    record: RecordedDecision, configuration: Configuration | None, decisions: tuple[int, ...] = ()
) -> Explanation:
    """The explanation of a recorded decision.

    `configuration` is the version that the record names; without it rules that only their id is kept of have no
    name, and candidates of whom only the facts are kept are not shown.
    """
    outcome = _outcome(record)
    events = {event.type: event for event in record.events}
    ended = events.get(EventType.ESCALATED) or events.get(EventType.FAILED_ASSIGNMENT)
    held, waits = events.get(EventType.HELD), events.get(EventType.QUEUED)
    ranked = _ranked(record)
    rank = _place(record, outcome)
    candidates = _candidates(record, configuration)
    eligible = None if record.considered is None else len(record.considered) - len(record.dropped or ())
    if eligible is None and record.by_routing and len(candidates) < SHOWN:
        eligible = len(candidates)
    explanation = Explanation(
        lead_id=record.lead_id,
        seq=record.seq,
        at=record.at,
        config_version=record.config_version,
        outcome=outcome,
        agent=record.agent,
        by=record.by,
        code=ended.data.get("reason") if ended is not None else None,
        until=datetime.fromisoformat(held.data["until"]) if held is not None else None,
        queue=waits.data.get("queue") if waits is not None else None,
        invited=len(record.invited) if outcome is Outcome.INVITED else int(record.reason.get("invited", 0)),
        forced=bool(record.settings.get("force", record.reason.get("forced", False))),
        overruled=tuple(record.reason.get("overruled", ())),
        preferred=any(one.preferred and one.agent == record.agent for one in candidates),
        inputs_kept=record.inputs is not None,
        score=score_shown(record),
        rules=_rules(record, configuration),
        strategy=_strategy(record),
        considered=None if eligible is None else eligible + sum(record.dropped_counts.values()),
        eligible=eligible,
        ranked=ranked,
        rank=rank,
        lost=len(record.lost),
        candidates=candidates,
        dropped=_dropped(record),
        decisions=decisions,
    )
    return explanation.model_copy(update={"sentences": sentences_of(explanation)})


def candidate_of(record: RecordedDecision, agent: UUID, configuration: Configuration | None) -> CandidateShown | None:
    """A candidate with its factors as kept, or from its recorded facts; None when neither is kept."""
    kept = record.fitness_kept()
    known = kept.get(agent) or record.fitness_from_facts(agent, configuration)
    if known is None:
        return None
    order = record.ranked if record.ranked is not None else list(kept)
    return candidate_shown(
        agent,
        known[0],
        rank=order.index(agent) + 1 if agent in order else None,
        preferred=known[1],
        lost=agent in record.lost,
    )


def score_shown(record: RecordedDecision) -> ScoreShown | None:
    """The score at that time, as it was stored; None when the lead had none."""
    score: Mapping[str, Any] = record.reason.get("score") or record.score
    if "value" not in score:
        return None
    return ScoreShown(
        value=score["value"],
        tier=score.get("tier"),
        profile=score.get("profile"),
        factors=tuple(ScoreFactor(name=name, **values) for name, values in score.get("factors", {}).items()),
        adjustments=tuple(ScoreAdjustment(name=name, **one) for name, one in score.get("adjustments", {}).items()),
    )


def _outcome(record: RecordedDecision) -> Outcome:
    if record.state is LifecycleState.ESCALATED:
        return Outcome.ESCALATED
    if record.state is LifecycleState.QUEUED:
        return Outcome.HELD if record.events_of(EventType.HELD) else Outcome.QUEUED
    if record.agent is None:
        return Outcome.INVITED
    if record.state is LifecycleState.OFFERED:
        return Outcome.OFFERED
    return Outcome.CLAIMED if record.kind == "claim" else Outcome.GIVEN


def _ranked(record: RecordedDecision) -> int | None:
    if record.ranked is not None:
        return len(record.ranked)
    kept = len(record.fitness_kept())
    return kept if record.by_routing and kept < SHOWN else None


def _place(record: RecordedDecision, outcome: Outcome) -> int | None:
    order = record.ranked if record.ranked is not None else list(record.fitness_kept())
    if outcome is not Outcome.OFFERED or record.agent not in order:
        return None
    return order.index(record.agent) + 1


def _candidates(record: RecordedDecision, configuration: Configuration | None) -> tuple[CandidateShown, ...]:
    order = list(record.fitness_kept()) or (record.ranked or [])
    shown = (candidate_of(record, agent, configuration) for agent in order[:SHOWN])
    return tuple(candidate for candidate in shown if candidate is not None)


def _rules(record: RecordedDecision, configuration: Configuration | None) -> tuple[RuleShown, ...]:
    names = {str(rule.id): rule.name for rule in configuration.rules} if configuration is not None else {}
    fired: Mapping[str, Any] = record.reason.get("rules") or (record.inputs or {}).get("rules", {})
    placing = tuple(
        RuleShown(effect=effect, id=UUID(rule["id"]), name=rule["name"])
        if isinstance(rule, Mapping)
        else RuleShown(effect=effect, id=UUID(rule), name=names.get(rule))
        for effect, rule in fired.items()
    )
    about = record.reason.get("agentRules")
    if about is None:
        kept = dict.fromkeys((record.inputs or {}).get("taken_out", {}).values())
        about = [{"id": rule, "name": names.get(rule)} for rule in kept]
    return (*placing, *(RuleShown(effect="agents", id=UUID(rule["id"]), name=rule["name"]) for rule in about))


def _strategy(record: RecordedDecision) -> StrategyShown | None:
    if record.strategy is None:
        return None
    return StrategyShown(
        name=record.strategy,
        settings={name: value for name, value in record.settings.items() if name != "name"},
        seed=record.seed,
        tie_break=record.tie_break,
        notes=record.reason.get("notes", {}),
    )


def _dropped(record: RecordedDecision) -> tuple[DroppedGroup, ...]:
    counts = record.dropped_counts
    known = [reason for reason in DropReason if reason.value in counts]
    return tuple(
        DroppedGroup(reason=reason.value, count=counts[reason.value], meaning=MEANINGS[reason]) for reason in known
    )
