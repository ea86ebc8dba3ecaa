"""An explanation in plain words. Agents are named by their rank, so the words hold no names."""

from __future__ import annotations

from datetime import UTC

from domain.routing.explanation import Explanation, Outcome, RuleShown, ScoreShown
from domain.routing.tie_break import tie_break_words

_BY_ROUTING = frozenset({Outcome.OFFERED, Outcome.INVITED, Outcome.QUEUED, Outcome.HELD})
_ESCALATED = {
    "attempts_used_up": "nobody could take it, as often as it may be tried",
    "reassignments_used_up": "as many agents missed their windows as may",
    "other_reassignments_used_up": "it was given back as often as it may be",
    "waited_too_long": "it waited longer than a lead may",
    "broadcast_unclaimed": "nobody claimed it in the whole round",
    "rule": "a rule says so",
}
_ORDERS = {
    "greedy": "highest fitness first",
    "least_loaded": "least loaded first",
    "round_robin": "fewest turns first",
    "weighted": "furthest behind its share first",
    "reinforcement": "highest draw first",
    "optimal": "the best assignment of all waiting leads together",
    "hybrid": "hot leads at once, the others together",
    "broadcast": "many are invited, the first to claim has it",
    "manual": "the named agent or nobody",
}


def sentences_of(explanation: Explanation) -> tuple[str, ...]:
    """What the explanation holds, one thing per sentence; says no more than its members do."""
    said = [_outcome(explanation)]
    if explanation.score is not None:
        said.append(_score(explanation.score))
    said += [_rule(rule) for rule in explanation.rules]
    if explanation.strategy is not None:
        name = explanation.strategy.name
        said.append(f"Strategy {name}: {_ORDERS.get(name, 'its own order')}.")
        size = (explanation.strategy.notes.get("batch") or {}).get("size")
        if size is not None:
            said.append(f"Decided in one batch with {_some(size - 1, 'other lead')}.")
        words = tie_break_words(explanation.strategy, explanation.candidates)
        if words is not None:
            said.append(f"Of the first two, {words}.")
    if explanation.considered is not None:
        eligible = explanation.eligible or 0
        said.append(f"{_some(explanation.considered, 'agent')} considered, {eligible} eligible.")
    if explanation.eligible is not None and explanation.ranked is not None:
        left_out = explanation.eligible - explanation.ranked
        if left_out > 0:
            said.append(f"The strategy leaves out {left_out} of those eligible.")
    if explanation.outcome in _BY_ROUTING and not explanation.inputs_kept:
        said.append("What the decision looked at is not kept any more; this is what the routing history keeps.")
    return tuple(said)


def _outcome(explanation: Explanation) -> str:
    match explanation.outcome:
        case Outcome.OFFERED:
            return _offered(explanation)
        case Outcome.INVITED:
            return f"Offered to {_some(explanation.invited, 'agent')} at once; the first to claim has it."
        case Outcome.GIVEN:
            given = f"Given to the agent by hand, by {_by(explanation.by)}; routing did not choose"
            return f"{given}. Overruled: {', '.join(explanation.overruled)}." if explanation.overruled else f"{given}."
        case Outcome.CLAIMED if explanation.invited:
            return f"Claimed first by one of {explanation.invited} who were invited; whom to invite was decided before."
        case Outcome.CLAIMED:
            return "Claimed by the agent itself after the escalation; routing did not choose."
        case Outcome.ESCALATED:
            why = _ESCALATED.get(explanation.code or "", (explanation.code or "").replace("_", " "))
            to = "the agent who answers for escalated leads" if explanation.agent is not None else "the managers"
            return f"Escalated to {to}: {why or 'the reason is not kept'}."
        case Outcome.HELD:
            until = (
                f" until {explanation.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
                if explanation.until is not None
                else ""
            )
            return f"Held back by a rule{until}."
        case _:
            return _waits(explanation)


def _offered(explanation: Explanation) -> str:
    if explanation.forced:
        return "Offered by force to the named agent, whatever the filters say."
    rank, ranked = explanation.rank, explanation.ranked
    who = "Offered"
    if rank is not None:
        of = f" of {ranked}" if ranked is not None else ""
        who = f"Offered to candidate {rank}{of}"
    if explanation.preferred:
        who += ", who goes first as the preferred agent"
    if explanation.lost:
        who += f"; {explanation.lost} better placed had no free slot any more"
    return f"{who}."


def _waits(explanation: Explanation) -> str:
    queue = f" in the queue {explanation.queue}" if explanation.queue else ""
    if explanation.code is not None or explanation.ranked == 0:
        return f"Waits{queue}: nobody could take it."
    return f"Waits{queue}, as strategy or rule say; that is no failed try."


def _score(score: ScoreShown) -> str:
    parts = [f"{factor.name} {factor.points:.1f}" for factor in score.factors]
    parts += [f"{one.name.replace('_', ' ')} {one.points:+.1f}" for one in score.adjustments if one.applied]
    of = f": {', '.join(parts)}" if parts else ""
    tier = f" ({score.tier})" if score.tier else ""
    shown = [f"{one.name.replace('_', ' ')} {one.points:+.1f}" for one in score.adjustments if not one.applied]
    beside = f"; shown and not added: {', '.join(shown)}" if shown else ""
    return f"Score {score.value:.1f}{tier}{of}{beside}."


def _rule(rule: RuleShown) -> str:
    name = f"Rule {rule.name!r}" if rule.name is not None else "A rule"
    return f"{name} takes agents out." if rule.effect == "agents" else f"{name} decides the {rule.effect}."


def _by(role: str) -> str:
    return {"admin": "an admin", "manager": "a manager", "agent": "an agent", "service": "another system"}.get(
        role, "Baton"
    )


def _some(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
