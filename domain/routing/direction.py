"""What the rules make of a lead before an agent is chosen: whom to ask, by which strategy, and where it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import ValidationError

from domain.configuration import Configuration
from domain.errors import ConfigurationError
from domain.ids import LeadId
from domain.lifecycle.plan import RoutePlan
from domain.queue import TIER_QUEUE, QueueType
from domain.routing.offer_plan import OfferPlan, OfferStep
from domain.routing.request import RoutingRequest
from domain.routing.strategies.hybrid import is_batched
from domain.routing.strategy_settings import StrategyName, StrategySettings
from domain.rules.action import AssignTo, Effect, Escalate, Hold, MoveQueue, Reroute
from domain.rules.evaluate import Verdict
from domain.rules.rule import Rule
from domain.sla.clock import SlaClock
from domain.sla.matching import matched_policy
from domain.sla.policy import OutOfHours
from domain.tier import Tier

_OPENING = timedelta(hours=1)
"""A lead that was held for the opening is everybody's for that long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """The request as the rules have changed it, the strategy, the plan, and the rule behind each effect."""

    request: RoutingRequest
    settings: StrategySettings
    plan: RoutePlan
    fired: Mapping[Effect, Rule]


def direct(
    request: RoutingRequest,
    verdict: Verdict,
    configuration: Configuration,
    *,
    tier: Tier,
    source: str,
    policy: str | None,
    held_until: datetime | None,
    waiting_since: datetime | None,
    now: datetime,
    from_queue: bool,
) -> Direction:
    """Turn a verdict into a direction.

    A named agent goes first, others only when it may not have the lead; with `force` nobody else. A lead that the
    drain takes `from_queue` is not sent back into a queue, or it would never leave it. One that has waited since
    `waiting_since` for longer than the configuration allows is a manager's decision. `policy` is the SLA policy that
    the lead has by now, which a rule's or the first that matches replaces; out of hours the policy may name who is on
    call, and let a lead that was held until the opening be everybody's.

    Raises ConfigurationError when a rule names a strategy, parameter or queue that does not exist.
    """
    settings = _settings(verdict, configuration)
    plan = RoutePlan()
    placement = verdict.placement
    if isinstance(placement, AssignTo):
        if placement.team is not None:
            request = replace(request, team=placement.team)
        elif placement.force:
            settings = StrategySettings(name=StrategyName.MANUAL, agent=placement.agent, force=True)
        else:
            request = replace(request, preferred_agent=placement.agent)
    elif isinstance(placement, Reroute):
        barred = request.barred | frozenset(placement.exclude)
        request = replace(request, barred=barred, team=placement.team or request.team)
    elif isinstance(placement, Escalate):
        plan = replace(plan, escalate=placement.code)
    elif isinstance(placement, Hold):
        plan = replace(plan, held_until=placement.release_at(now, configuration.time_zone))
    elif isinstance(placement, MoveQueue) and not from_queue:
        plan = replace(plan, queue=_queue(placement))
    if request.team is None and settings.team is not None:
        request = replace(request, team=settings.team)
    if plan.queue is None and not from_queue and is_batched(settings.name, tier):
        plan = replace(plan, queue=TIER_QUEUE[tier], batched=True)
    limit = timedelta(hours=configuration.queues.manager_after_hours)
    if plan.escalate is None and waiting_since is not None and now - waiting_since > limit:
        plan = replace(plan, escalate="waited_too_long")
    plan = replace(plan, policy=verdict.policy or _matched(request, plan, configuration, tier, source))
    by_day = configuration.by_day(policy)
    if plan.policy is None and by_day != policy:
        plan = replace(plan, policy=by_day, own_policy=by_day is None)
    sla = configuration.policy(plan.policy or by_day)
    if sla.out_of_hours is OutOfHours.ON_CALL and configuration.clock(sla).opening(now) is not None:
        request = replace(request, team=sla.on_call_team)
        plan = replace(plan, policy=sla.on_call_policy, own_policy=False)
    held = held_until is not None and held_until <= now < held_until + _OPENING
    asked_first = sla.out_of_hours is OutOfHours.FIRST and verdict.strategy is None
    if asked_first and held and _for_the_opening(held_until, request.lead_id, configuration.clock(sla)):
        everybody = OfferPlan(steps=(OfferStep(seconds=sla.claim_seconds, take="all"),))
        settings = StrategySettings(name=StrategyName.BROADCAST, team=settings.team, plan=everybody)
    offers = settings.plan if settings.name is StrategyName.BROADCAST else None
    plan = replace(plan, strategy=settings.name, offers=offers)
    return Direction(request=request, settings=settings, plan=plan, fired=verdict.fired)


def _for_the_opening(held_until: datetime | None, lead_id: LeadId, clock: SlaClock) -> bool:
    """True when a hold ended at the lead's own instant after an opening; a rule's ends at any other."""
    if held_until is None:
        return False
    opening = held_until - (clock.spread(held_until, lead_id) - held_until)
    return clock.opening(opening - timedelta.resolution) == opening


def _matched(
    request: RoutingRequest, plan: RoutePlan, configuration: Configuration, tier: Tier, source: str
) -> str | None:
    return matched_policy(
        configuration.policy_matches,
        tier=tier,
        queue=plan.queue or TIER_QUEUE[tier],
        line=request.line,
        source=source,
        team=request.team,
    )


def _settings(verdict: Verdict, configuration: Configuration) -> StrategySettings:
    chosen = verdict.strategy
    if chosen is None:
        return configuration.strategy
    try:
        return StrategySettings.model_validate({**chosen.params, "name": chosen.strategy})
    except ValidationError as error:
        first = error.errors()[0]
        name = verdict.fired[Effect.STRATEGY].name
        raise ConfigurationError(f"rule {name!r}: set_strategy {first['loc']}: {first['msg']}; correct it") from error


def _queue(placement: MoveQueue) -> QueueType:
    try:
        return QueueType(placement.queue)
    except ValueError as error:
        raise ConfigurationError(
            f"move_queue: there is no queue {placement.queue!r}; write one of {', '.join(QueueType)}"
        ) from error
