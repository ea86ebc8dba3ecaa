"""From a recorded decision to words: tie-breaks, lost slots, thresholds, and what an agent may read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.configuration import Configuration
from domain.ids import AgentId, LeadId
from domain.lifecycle.state import LifecycleState
from domain.routing.agent import Agent, Specialization
from domain.routing.agent_answer import answer_for
from domain.routing.candidate import StrategyFacts
from domain.routing.decision import decide_route
from domain.routing.decision_record import DecisionInputs, inputs_to_plain
from domain.routing.discretion import as_seen_by
from domain.routing.explainer import explain
from domain.routing.explanation import Impact, Outcome, Verdict, candidate_shown, confidence_of, impact_of
from domain.routing.fitness import Fitness
from domain.routing.recorded_decision import RecordedDecision, RecordedEvent
from domain.routing.request import RoutingRequest
from domain.routing.strategy_settings import StrategySettings

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEAD = LeadId(UUID(int=99))
AUTO = Specialization(
    line="Auto", segment="Individual", proficiency=3, max_concurrent=9, languages=frozenset(), territories=frozenset()
)
REQUEST = RoutingRequest(lead_id=LEAD, line="Auto", segment="Individual", language=None, territory=None)
CONFIGURATION = Configuration()


def agent(number: int, **facts: Any) -> Agent:
    known: dict[str, Any] = {
        "is_active": True,
        "accepts_new_leads": True,
        "role": "agent",
        "status": "Available",
        "load": 0,
        "capacity": 5,
        "held": 0,
        "max_held": 50,
        "specializations": (AUTO,),
        "performance": None,
        "last_assigned_at": None,
    }
    return Agent(id=AgentId(UUID(int=number)), **{**known, **facts})


def record(
    *agents: Agent, settings: StrategySettings | None = None, lost: tuple[int, ...] = (), **facts: Any
) -> RecordedDecision:
    """What is stored after these agents were judged and the first with a slot was offered the lead."""
    known = StrategyFacts(seed=7, settings=settings or StrategySettings(), **facts)
    decision = decide_route(REQUEST, agents, CONFIGURATION, known)
    gone = tuple(AgentId(UUID(int=number)) for number in lost)
    inputs = DecisionInputs(request=REQUEST, facts=known, agents=agents, filtered=(), lost=gone)
    order = [candidate.agent_id for candidate in decision.candidates]
    chosen = next((one for one in order if one not in gone), None)
    factors = ("specialization", "performance", "availability", "utilization", "total")
    reason = {
        "configVersion": 1,
        "tieBreak": decision.tie_break,
        "notes": dict(decision.notes),
        "seed": 7,
        "lost": [str(one) for one in gone],
        "dropped": {},
        "candidates": [
            {"agent": str(one.agent_id), "preferred": one.preferred}
            | {name: getattr(one.fitness, name) for name in factors}
            for one in decision.candidates[:20]
        ],
    }
    return RecordedDecision(
        lead_id=LEAD,
        seq=3,
        at=AT,
        kind="route",
        by="system",
        state=LifecycleState.OFFERED,
        agent=chosen,
        config_version=1,
        history_strategy=known.settings.name,
        reason=reason,
        inputs=inputs_to_plain(inputs, decision),
        score={},
        events=(),
    )


def words(recorded: RecordedDecision) -> str:
    return " ".join(explain(recorded, CONFIGURATION).sentences)


@pytest.mark.parametrize(
    ("value", "impact"),
    [(100, "positive"), (70.1, "positive"), (70, "neutral"), (40.1, "neutral"), (40, "negative"), (0, "negative")],
)
def test_golden_impact_of_a_factor(value: float, impact: Impact) -> None:
    assert impact_of(value) == impact


@pytest.mark.parametrize(("fitness", "confidence"), [(80.1, 0.9), (80, 0.75), (60.1, 0.75), (60, 0.5), (0, 0.5)])
def test_golden_confidence(fitness: float, confidence: float) -> None:
    assert confidence_of(fitness) == confidence


def test_golden_candidate() -> None:
    fitness = Fitness(specialization=100, performance=60, availability=100, utilization=40, total=78)
    shown = candidate_shown(UUID(int=1), fitness, rank=1)
    assert (shown.fitness, shown.response_minutes, shown.confidence) == (78, 15, 0.75)
    assert {factor.name: (factor.value, factor.impact) for factor in shown.factors} == {
        "specialization": (100, "positive"),
        "performance": (60, "neutral"),
        "availability": (100, "positive"),
        "capacity": (60, "neutral"),
    }


@pytest.mark.parametrize(
    ("agents", "settings", "facts", "said"),
    [
        ((agent(1), agent(2, load=1)), {}, {}, "Of the first two, the higher fitness won, 79.4 against 75.4."),
        (
            (agent(1, last_assigned_at=AT), agent(2)),
            {},
            {},
            "Of the first two, equal in all before that; whoever had waited longest for a lead won.",
        ),
        (
            (agent(1), agent(2)),
            {},
            {},
            "Of the first two, equal in everything that counts; the smaller id won, so that there is one order.",
        ),
        (
            (agent(1), agent(2, load=1)),
            {"name": "least_loaded"},
            {},
            "Of the first two, lower utilization won, 0 % against 20 %.",
        ),
        (
            (agent(1), agent(2)),
            {"name": "round_robin"},
            {"turns": {AgentId(UUID(int=1)): 4, AgentId(UUID(int=2)): 3}},
            "Of the first two, fewer turns won, 3 against 4.",
        ),
        (
            (agent(1), agent(2)),
            {"name": "weighted"},
            {"turns": {AgentId(UUID(int=1)): 2, AgentId(UUID(int=2)): 1}},
            "Of the first two, whoever was further behind its share won, 1 against 0.",
        ),
    ],
)
def test_what_separated_the_first_two(
    agents: tuple[Agent, ...], settings: dict[str, Any], facts: dict[str, Any], said: str
) -> None:
    recorded = record(*agents, settings=StrategySettings(**settings), **facts)
    assert said in words(recorded)


def test_equal_fitness_and_lower_utilization_are_said_with_both_numbers() -> None:
    recorded = record(agent(1), agent(2))
    fitness = {"performance": 60.0, "availability": 100.0, "total": 78.0}
    candidates = [
        {"agent": str(UUID(int=1)), "preferred": False, "specialization": 100.0, "utilization": 40.0, **fitness},
        {"agent": str(UUID(int=2)), "preferred": False, "specialization": 111.0, "utilization": 60.0, **fitness},
    ]
    assert recorded.inputs is not None
    recorded = replace(
        recorded,
        reason={**recorded.reason, "candidates": candidates},
        inputs={**recorded.inputs, "tieBreak": "utilization"},
    )
    assert "Of the first two, both 78.0; lower utilization won, 40 % against 60 %." in words(recorded)


def test_slots_that_were_lost_in_the_reservation() -> None:
    recorded = record(agent(1), agent(2, load=1), agent(3, load=2), lost=(1, 2))
    told = explain(recorded, CONFIGURATION)
    assert (told.agent, told.rank, told.ranked, told.lost) == (UUID(int=3), 3, 3, 2)
    assert told.sentences[0] == "Offered to candidate 3 of 3; 2 better placed had no free slot any more."
    assert [one.lost for one in told.candidates] == [True, True, False]
    answer = answer_for(recorded, UUID(int=1), CONFIGURATION, outcome=told.outcome, since=AT)
    assert (answer.verdict, answer.rank) == (Verdict.LOST, 1)
    assert answer.sentences[0] == "Candidate 1 of 3, and had no free slot any more when the lead was committed."


def test_a_weight_of_nothing_leaves_an_agent_out() -> None:
    nothing = AgentId(UUID(int=2))
    recorded = record(agent(1), agent(2), settings=StrategySettings(name="weighted", weights={nothing: 0}))
    assert "The strategy leaves out 1 of those eligible." in words(recorded)
    answer = answer_for(recorded, nothing, CONFIGURATION, outcome=Outcome.OFFERED, since=AT)
    assert answer.verdict is Verdict.LEFT_OUT
    assert answer.candidate is not None


def test_without_the_configuration_the_record_speaks_for_itself() -> None:
    told = explain(record(agent(1), agent(2)), None)
    assert [one.agent.int for one in told.candidates] == [1, 2]


def test_a_batch_is_said_to_be_one() -> None:
    recorded = record(agent(1))
    recorded = replace(recorded, reason={**recorded.reason, "notes": {"batch": {"id": "b", "size": 3}}})
    assert "Decided in one batch with 2 other leads." in words(recorded)


@pytest.mark.parametrize(
    ("facts", "outcome", "said"),
    [
        (
            {"kind": "reassign", "by": "admin", "state": LifecycleState.CLAIMED},
            "given",
            "Given to the agent by hand, by an admin; routing did not choose.",
        ),
        (
            {
                "kind": "reassign",
                "by": "manager",
                "state": LifecycleState.CLAIMED,
                "reason": {"strategy": "manual", "overruled": ["status", "licence"]},
            },
            "given",
            "Given to the agent by hand, by a manager; routing did not choose. Overruled: status, licence.",
        ),
        (
            {"kind": "claim", "by": "agent", "state": LifecycleState.CLAIMED},
            "claimed",
            "Claimed by the agent itself after the escalation; routing did not choose.",
        ),
        (
            {
                "kind": "claim",
                "state": LifecycleState.CLAIMED,
                "reason": {"strategy": "broadcast", "round": 2, "invited": 4},
            },
            "claimed",
            "Claimed first by one of 4 who were invited; whom to invite was decided before.",
        ),
        (
            {
                "state": LifecycleState.OFFERED,
                "agent": None,
                "invited": (UUID(int=1), UUID(int=2)),
            },
            "invited",
            "Offered to 2 agents at once; the first to claim has it.",
        ),
        (
            {
                "state": LifecycleState.ESCALATED,
                "events": [RecordedEvent(type="escalated", agent=None, data={"reason": "reassignments_used_up"})],
            },
            "escalated",
            "Escalated to the agent who answers for escalated leads: as many agents missed their windows as may.",
        ),
        (
            {"state": LifecycleState.QUEUED, "agent": None},
            "queued",
            "Waits, as strategy or rule say; that is no failed try.",
        ),
    ],
)
def test_where_it_went_instead(facts: dict[str, Any], outcome: str, said: str) -> None:
    told = explain(replace(record(agent(1), agent(2)), **facts), CONFIGURATION)
    assert (told.outcome, told.sentences[0]) == (outcome, said)


def test_before_and_after_the_inputs_are_pruned() -> None:
    recorded = record(agent(1), agent(2), lost=(1,))
    pruned = replace(recorded, inputs=None)
    before, after = explain(recorded, CONFIGURATION), explain(pruned, CONFIGURATION)
    assert after.candidates == before.candidates
    assert (after.lost, after.rank, after.ranked, after.inputs_kept) == (1, 2, 2, False)
    kept = answer_for(pruned, UUID(int=1), CONFIGURATION, outcome=Outcome.OFFERED, since=AT)
    assert (kept.verdict, kept.candidate) == (Verdict.LOST, before.candidates[0])
    gone = answer_for(pruned, UUID(int=3), CONFIGURATION, outcome=Outcome.OFFERED, since=AT)
    assert gone.verdict is Verdict.NOT_KEPT


def test_twenty_that_are_kept_may_have_been_more() -> None:
    recorded = replace(record(*(agent(number) for number in range(1, 31))), inputs=None)
    told = explain(recorded, CONFIGURATION)
    assert (len(told.candidates), told.ranked, told.eligible, told.considered) == (20, None, None, None)
    assert told.sentences[0] == "Offered to candidate 1."


def test_somebody_who_came_later_was_not_an_agent_then() -> None:
    answer = answer_for(
        record(agent(1)), UUID(int=9), CONFIGURATION, outcome=Outcome.OFFERED, since=AT + timedelta(days=1)
    )
    assert answer.verdict is Verdict.NOT_CONSIDERED
    assert answer.sentences == ("Was not an agent then: entered after this decision.",)


def test_an_agent_reads_ranks_and_counts_and_its_own_factors() -> None:
    recorded = record(agent(1), agent(2, load=1), agent(3, status="Break"))
    full = explain(recorded, CONFIGURATION)
    own = UUID(int=2)
    full = full.model_copy(update={"answer": answer_for(recorded, own, CONFIGURATION, outcome=full.outcome, since=AT)})
    seen = as_seen_by(full, own)
    assert str(UUID(int=1)) not in seen.model_dump_json()
    assert "79.4" not in seen.model_dump_json()
    assert [(one.rank, one.agent) for one in seen.candidates] == [(2, own)]
    assert [(group.reason, group.count) for group in seen.dropped] == [("status", 1)]
    assert seen.sentences[0] == full.sentences[0]
    assert "Of the first two, the higher fitness won." in seen.sentences
    assert seen.answer is not None
    assert seen.answer.sentences == (
        "Candidate 2 of 2; one who stood before it got the lead.",
        "Fitness 75.4: specialization 84 (positive), performance 50 (neutral), availability 100 (positive), "
        "capacity 80 (positive).",
    )
