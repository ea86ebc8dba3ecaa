"""Why, or why not, one agent: the answer of a recorded decision."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.configuration import Configuration
from domain.routing.eligibility import MEANINGS, DropReason
from domain.routing.explainer import SHOWN, candidate_of
from domain.routing.explanation import AgentAnswer, CandidateShown, Outcome, Verdict
from domain.routing.recorded_decision import RecordedDecision

_BY_PEOPLE = frozenset({Outcome.GIVEN, Outcome.CLAIMED, Outcome.ESCALATED})


def answer_for(
    record: RecordedDecision,
    agent: UUID,
    configuration: Configuration | None,
    *,
    outcome: Outcome,
    since: datetime,
) -> AgentAnswer:
    """What the decision made of the agent. `since` is when the agent was entered: before that it was nobody's choice.

    Taken from the record alone, so what has changed about the agent since then makes no difference.
    """
    order = record.ranked if record.ranked is not None else list(record.fitness_kept())
    candidate = candidate_of(record, agent, configuration)
    winner = next((one for one in order if one == record.agent), None)
    answer = AgentAnswer(
        agent=agent,
        verdict=_verdict(record, agent, order, outcome),
        rank=order.index(agent) + 1 if agent in order else None,
        ranked=len(order) if record.ranked is not None or len(order) < SHOWN else None,
        candidate=candidate,
        winner=candidate_of(record, winner, configuration) if winner is not None and winner != agent else None,
    )
    if answer.verdict is Verdict.DROPPED and record.dropped is not None:
        code = record.dropped[agent]
        answer = answer.model_copy(update={"reason": code, "meaning": MEANINGS[DropReason(code)]})
    return answer.model_copy(update={"sentences": answer_words(answer, outcome, absent=since > record.at)})


def answer_words(answer: AgentAnswer, outcome: Outcome, *, absent: bool = False) -> tuple[str, ...]:
    """The answer in plain words; says no more than its members do. `absent`: the agent was entered later."""
    of = f" of {answer.ranked}" if answer.ranked is not None else ""
    match answer.verdict:
        case Verdict.CHOSEN:
            said = [f"Got the lead as candidate {answer.rank}{of}." if answer.rank is not None else "Got the lead."]
        case Verdict.INVITED:
            said = [f"Invited as candidate {answer.rank}{of}." if answer.rank is not None else "Invited."]
        case Verdict.DROPPED:
            said = [f"Dropped ({answer.reason}): {answer.meaning}"]
        case Verdict.LOST:
            said = [f"Candidate {answer.rank}{of}, and had no free slot any more when the lead was committed."]
        case Verdict.RANKED if outcome is Outcome.INVITED:
            said = [f"Candidate {answer.rank}{of}, and not invited yet."]
        case Verdict.RANKED if outcome is Outcome.OFFERED:
            said = [f"Candidate {answer.rank}{of}; one who stood before it got the lead."]
        case Verdict.RANKED:
            said = [f"Candidate {answer.rank}{of}; the decision gave the lead to no candidate."]
        case Verdict.LEFT_OUT:
            said = ["Eligible, but the strategy gives this agent no lead: it has no weight, or another one is named."]
        case Verdict.NOT_KEPT:
            said = ["Not one of the candidates that are kept; the inputs that would say why are not kept any more."]
        case _ if absent:
            said = ["Was not an agent then: entered after this decision."]
        case _:
            said = ["Not considered: no agent by role then, or nobody was looked at."]
    return (*said, *_comparison(answer))


def _verdict(record: RecordedDecision, agent: UUID, order: list[UUID], outcome: Outcome) -> Verdict:
    if agent == record.agent:
        return Verdict.CHOSEN
    if agent in record.invited:
        return Verdict.INVITED
    if agent in record.lost:
        return Verdict.LOST
    if agent in order:
        return Verdict.RANKED
    if record.considered is None or record.dropped is None:
        return Verdict.NOT_CONSIDERED if outcome in _BY_PEOPLE else Verdict.NOT_KEPT
    if agent in record.dropped:
        return Verdict.DROPPED
    return Verdict.LEFT_OUT if agent in record.considered else Verdict.NOT_CONSIDERED


def _comparison(answer: AgentAnswer) -> list[str]:
    own, winner = answer.candidate, answer.winner
    if own is None:
        return []
    if winner is None:
        return [f"Fitness {own.fitness:.1f}: {_factors(own)}."]
    theirs = {factor.name: factor.value for factor in winner.factors}
    parts = [f"{factor.name} {factor.value:.0f} against {theirs[factor.name]:.0f}" for factor in own.factors]
    return [f"Fitness {own.fitness:.1f} against {winner.fitness:.1f} of the one who got it: {', '.join(parts)}."]


def _factors(candidate: CandidateShown) -> str:
    return ", ".join(f"{factor.name} {factor.value:.0f} ({factor.impact})" for factor in candidate.factors)
