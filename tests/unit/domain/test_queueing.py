"""What happens to a waiting lead: where it waits, when that is too long, and what a batch gives it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.configuration import Configuration
from domain.ids import AgentId
from domain.lifecycle import Lead, Transition, Unchanged, decide
from domain.lifecycle.actor import Role
from domain.lifecycle.commands import Breach, MoveToHot, Reassign, RecordScore, Rescore, Restart, Route
from domain.lifecycle.plan import RoutePlan
from domain.lifecycle.state import EventType, LifecycleState
from domain.queue import QueueType, queue_sla
from domain.queue_policy import QueuePolicy
from domain.routing.candidate import StrategyFacts
from domain.routing.strategies import STRATEGIES
from domain.routing.strategy_settings import StrategyName, StrategySettings
from domain.tier import Tier
from tests.unit.domain.lives import ANN, BOB, MANAGER, START, after, context, given, missed, offered, received, scored
from tests.unit.domain.strategies.pools import candidate

_DAY = timedelta(hours=24)
_HOW_TO = Path(__file__).parents[3] / "docs" / "how-to" / "queues.md"


def _waiting() -> Lead:
    return after(scored(), Route(**given()), context(START))


def _types(transition: Transition) -> list[EventType]:
    return [event.type for event in transition.events]


def _moved(lead: Lead, *, hours: float, queue: QueueType = QueueType.WAITING, stale: bool = False) -> Transition:
    at = START + timedelta(hours=hours)
    command = MoveToHot(**given(at=at), from_queue=queue, stale=stale)
    decided = decide(lead, command, context(at))
    assert isinstance(decided, Transition), decided
    return decided


@pytest.mark.parametrize(
    ("queue", "tier", "hours"),
    [
        (QueueType.WAITING, Tier.TIER1, 2),
        (QueueType.WAITING, Tier.TIER2, 24),
        (QueueType.WAITING, Tier.TIER4, 48),
        (QueueType.REASSIGNMENT, Tier.TIER3, 24),
        (QueueType.HOT, Tier.TIER4, 2),
        (QueueType.NURTURE, Tier.TIER4, 168),
    ],
)
def test_the_earlier_limit_counts(queue: QueueType, tier: Tier, hours: int) -> None:
    assert queue_sla(queue, tier, START, START) == START + timedelta(hours=hours)
    late = START + timedelta(hours=1)
    assert queue_sla(queue, tier, START, late) <= late + timedelta(hours=hours)


def test_waiting_again_never_extends_the_limit() -> None:
    lead = _waiting()
    assert lead.queue_sla_at == START + timedelta(hours=48)
    later = START + timedelta(hours=10)
    again = after(lead, Route(**given(at=later, command_id="again")), context(later))
    assert (again.queue_sla_at, again.failed_assignments) == (lead.queue_sla_at, 2)
    passed_on = missed(offered(), None)
    assert passed_on.queue_sla_at == START + timedelta(seconds=300) + _DAY


def test_after_so_many_tries_a_manager_decides() -> None:
    lead = replace(_waiting(), failed_assignments=2)
    ctx = replace(context(START), configuration=Configuration(queues=QueuePolicy(max_attempts=3)))
    decided = decide(lead, Route(**given()), ctx)
    assert isinstance(decided, Transition)
    assert decided.after.state is LifecycleState.ESCALATED
    assert [event.data["reason"] for event in decided.events] == ["attempts_used_up"]


@pytest.mark.parametrize(
    ("tier", "breaches_before"), [(Tier.TIER1, True), (Tier.TIER2, False), (Tier.TIER3, False), (Tier.TIER4, False)]
)
def test_by_default_a_lead_without_anybody_is_the_managers_before_long_queue_limits_end(
    tier: Tier, breaches_before: bool
) -> None:
    lead = after(received(), RecordScore(**given(), score=60, tier=tier), context(START))
    at, limit = START, None
    while lead.state is not LifecycleState.ESCALATED:
        lead = after(lead, Route(**given(at=at)), context(at))
        limit, at = lead.queue_sla_at, lead.wake_at or at
    assert lead.escalated_at == START + timedelta(hours=2, minutes=50)
    assert limit is not None
    assert (limit < lead.escalated_at) == breaches_before
    assert "2 h 50 min" in _HOW_TO.read_text(encoding="utf-8")


def test_waiting_for_a_batch_is_no_failed_try() -> None:
    ctx = replace(context(START, ANN), plan=RoutePlan(queue=QueueType.ACTIVE))
    decided = decide(scored(), Route(**given()), ctx)
    assert isinstance(decided, Transition)
    assert (decided.queue, decided.after.failed_assignments) == (QueueType.ACTIVE, 0)
    assert _types(decided) == [EventType.QUEUED]


_BATCH = RoutePlan(queue=QueueType.NURTURE, batched=True)
_RULE = RoutePlan(queue=QueueType.NURTURE)


@pytest.mark.parametrize(("plan", "queue"), [(_BATCH, QueueType.WAITING), (_RULE, QueueType.NURTURE)])
def test_a_lead_that_is_meant_to_wait_and_that_nobody_may_have_is_tried_in_vain(
    plan: RoutePlan, queue: QueueType
) -> None:
    decided = decide(scored(), Route(**given()), replace(context(START), plan=plan))
    assert isinstance(decided, Transition)
    assert (decided.queue, decided.after.failed_assignments) == (queue, 1)
    assert _types(decided) == [EventType.FAILED_ASSIGNMENT, EventType.QUEUED]


@pytest.mark.parametrize("plan", [_BATCH, _RULE])
def test_its_tries_are_used_up_like_any_others(plan: RoutePlan) -> None:
    lead = replace(_waiting(), failed_assignments=2)
    configuration = Configuration(queues=QueuePolicy(max_attempts=3))
    ctx = replace(context(START), configuration=configuration, plan=plan)
    decided = decide(lead, Route(**given()), ctx)
    assert isinstance(decided, Transition)
    assert [event.data["reason"] for event in decided.events] == ["attempts_used_up"]
    somebody = replace(ctx, candidate=ANN)
    decided = decide(lead, Route(**given()), somebody)
    assert isinstance(decided, Transition)
    assert (decided.queue, decided.events, decided.after.failed_assignments) == (QueueType.NURTURE, (), 2)


@pytest.mark.parametrize("candidate", [None, BOB])
@pytest.mark.parametrize(("plan", "queue"), [(_BATCH, QueueType.REASSIGNMENT), (_RULE, QueueType.NURTURE)])
def test_after_a_miss_a_lead_waits_for_the_next_batch_among_those_to_reassign(
    plan: RoutePlan, queue: QueueType, candidate: AgentId | None
) -> None:
    lead = offered()
    assert lead.claim_expires_at is not None
    at = lead.claim_expires_at
    command = Breach(**given(at=at), epoch=lead.epoch, due_at=at)
    decided = decide(lead, command, replace(context(at, candidate), plan=plan))
    assert isinstance(decided, Transition)
    assert (decided.queue, decided.after.failed_assignments) == (queue, 0 if candidate else 1)


def test_past_its_limit_a_lead_breaches_and_moves_once() -> None:
    first = _moved(_waiting(), hours=48)
    assert _types(first) == [EventType.SLA_BREACHED, EventType.QUEUE_REORDERED]
    assert first.queue is QueueType.HOT
    assert first.events[1].data == {"previousQueue": "waiting", "newQueue": "hot", "reason": "sla"}
    again = MoveToHot(**given(at=START + timedelta(hours=60)), from_queue=QueueType.HOT, stale=True)
    assert isinstance(decide(first.after, again, context(START + timedelta(hours=60))), Unchanged)


def test_a_lead_that_is_hardly_tried_is_warned_of_and_moves_once() -> None:
    first = _moved(_waiting(), hours=25, stale=True)
    assert _types(first) == [EventType.SLA_WARNING, EventType.QUEUE_REORDERED]
    assert first.events[1].data["reason"] == "stale"
    again = MoveToHot(**given(at=START + timedelta(hours=26)), from_queue=QueueType.HOT, stale=True)
    assert isinstance(decide(first.after, again, context(START + timedelta(hours=26))), Unchanged)
    # It is in the hot queue already, so the breach that follows is all that is left to say.
    breached = _moved(first.after, hours=48, queue=QueueType.HOT)
    assert _types(breached) == [EventType.SLA_BREACHED]


def test_before_its_limit_a_lead_stays_where_it_is() -> None:
    early = MoveToHot(**given(at=START + timedelta(hours=1)), from_queue=QueueType.WAITING)
    assert isinstance(decide(_waiting(), early, context(START + timedelta(hours=1))), Unchanged)
    assert isinstance(decide(offered(), early, context(START + timedelta(hours=1))), Unchanged)


def test_once_hot_a_lead_waits_in_the_hot_queue() -> None:
    hot = _moved(_waiting(), hours=48).after
    at = START + timedelta(hours=49)
    decided = decide(hot, Route(**given(at=at)), context(at))
    assert isinstance(decided, Transition)
    assert decided.queue is QueueType.HOT


def test_a_restart_begins_with_a_clean_sheet() -> None:
    hot = _moved(_waiting(), hours=48).after
    at = START + timedelta(hours=49)
    again = after(hot, Restart(**given(MANAGER, at)), context(at))
    assert (again.moved_to_hot_at, again.queue_breached_at) == (None, None)
    assert again.queue_sla_at is not None
    assert again.failed_assignments == 1


def test_another_score_is_another_place() -> None:
    command = Rescore(**given(), score=90, tier=Tier.TIER1)
    decided = decide(_waiting(), command, context(START))
    assert isinstance(decided, Transition)
    assert (decided.after.score, decided.after.tier) == (90, Tier.TIER1)
    assert (decided.after.wake_at, decided.after.epoch) == (_waiting().wake_at, _waiting().epoch)
    assert _types(decided) == [EventType.RESCORED]
    assert isinstance(decide(decided.after, command, context(START)), Unchanged)


def test_only_waiting_leads_are_scored_again() -> None:
    command = Rescore(**given(), score=90, tier=Tier.TIER1)
    held = after(_waiting(), Reassign(**given(MANAGER), to_agent=ANN), context(START))
    assert MANAGER.role is Role.MANAGER
    for lead in (scored(), offered(), held):
        assert isinstance(decide(lead, command, context(START)), Unchanged)


@pytest.mark.parametrize("name", [StrategyName.OPTIMAL, StrategyName.HYBRID])
def test_whom_a_batch_chose_goes_first(name: StrategyName) -> None:
    best, second, third = candidate(1, fitness=90), candidate(2, fitness=80), candidate(3, fitness=70)
    settings = StrategySettings(name=name)
    alone = STRATEGIES[name].rank([third, best, second], StrategyFacts(settings=settings))
    assert alone.order == (best, second, third)
    batched = STRATEGIES[name].rank([third, best, second], StrategyFacts(settings=settings, assigned=third.agent_id))
    assert (batched.order, batched.tie_break) == ((third, best, second), "assigned")
    gone = STRATEGIES[name].rank([second, best], StrategyFacts(settings=settings, assigned=third.agent_id))
    assert gone.order == (best, second)
