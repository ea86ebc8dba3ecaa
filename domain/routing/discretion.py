"""What an agent may read of a decision: its own part, and of the others ranks and counts only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from domain.routing.agent_answer import answer_words
from domain.routing.explanation import Explanation, RuleShown, StrategyShown
from domain.routing.sentences import sentences_of


def as_seen_by(explanation: Explanation, agent: UUID) -> Explanation:
    """The explanation without other agents' ids and factors, and without what may name them: rules and settings.

    The words are made again from what is left, so they hold no more than it; the first sentence names nobody.
    """
    strategy, answer = explanation.strategy, explanation.answer
    hidden: dict[str, Any] = {
        "agent": explanation.agent if explanation.agent == agent else None,
        "overruled": explanation.overruled if explanation.agent == agent else (),
        "candidates": tuple(one for one in explanation.candidates if one.agent == agent),
        "rules": tuple(RuleShown(effect=rule.effect, id=None, name=None) for rule in explanation.rules),
        "strategy": None
        if strategy is None
        else StrategyShown(name=strategy.name, settings={}, seed=None, tie_break=strategy.tie_break, notes={}),
    }
    if answer is not None:
        kept = answer.model_copy(update={"winner": None})
        words = (*answer.sentences[:1], *answer_words(kept, explanation.outcome)[1:])
        hidden["answer"] = kept.model_copy(update={"sentences": words})
    seen = explanation.model_copy(update=hidden)
    said = (*explanation.sentences[:1], *sentences_of(seen)[1:])
    return seen.model_copy(update={"sentences": said})
