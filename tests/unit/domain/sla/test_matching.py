"""Which policy a lead gets, and what a policy does while its calendar is closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from domain.configuration import Configuration
from domain.ids import LeadId, TeamId
from domain.queue import QueueType
from domain.routing.direction import Direction, direct
from domain.routing.request import RoutingRequest
from domain.routing.strategy_settings import StrategyName
from domain.rules.evaluate import judge
from domain.sla.matching import PolicyMatch, matched_policy
from domain.tier import Tier

_NIGHTS = TeamId(UUID(int=9))
_OPEN, _CLOSED = datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 2, 22, tzinfo=UTC)
_OFFICE = {"time_zone": "UTC", "weekly": {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}}


def _direct(
    body: dict[str, Any], now: datetime = _OPEN, held_until: datetime | None = None, policy: str | None = None
) -> Direction:
    configuration = Configuration.model_validate({"calendars": {"office": _OFFICE}, **body})
    return direct(
        RoutingRequest(lead_id=LeadId(UUID(int=1)), line="Auto", segment="Individual", language=None, territory=None),
        judge((), {}),
        configuration,
        tier=Tier.TIER1,
        source="web",
        policy=policy,
        held_until=held_until,
        waiting_since=None,
        now=now,
        from_queue=False,
    )


def _match(**wanted: Any) -> str | None:
    one = PolicyMatch.model_validate({"policy": "gold", **wanted})
    facts: dict[str, Any] = {"tier": Tier.TIER1, "queue": QueueType.HOT, "line": "Auto", "source": "web", "team": None}
    return matched_policy([one], **facts)


def test_a_match_without_conditions_fits_every_lead() -> None:
    assert _match() == "gold"


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        ("tier", "Tier1", "Tier2"),
        ("queue", "hot", "nurture"),
        ("line", "Auto", "Home"),
        ("source", "web", "fair"),
    ],
)
def test_every_named_field_has_to_fit(field: str, right: str, wrong: str) -> None:
    assert _match(**{field: [right, wrong]}) == "gold"
    assert _match(**{field: [wrong]}) is None
    assert _match(team=[str(_NIGHTS)]) is None


def test_the_first_match_counts_for_the_lead() -> None:
    policies = {"gold": {"claim_seconds": 60}, "rest": {}}
    matches = [{"policy": "gold", "tier": ["Tier1"]}, {"policy": "rest"}]
    assert _direct({"policies": policies, "policy_matches": matches}).plan.policy == "gold"


def test_a_name_that_does_not_exist_is_refused() -> None:
    for body in (
        {"policy_matches": [{"policy": "gold"}]},
        {"sla": {"calendar": "office"}},
        {"sla": {"out_of_hours": "on_call", "on_call_team": str(_NIGHTS), "on_call_policy": "night"}},
        {"sla": {"out_of_hours": "on_call"}},
    ):
        with pytest.raises(ValidationError):
            Configuration.model_validate(body)


def _on_call() -> dict[str, Any]:
    sla = {
        "calendar": "office",
        "out_of_hours": "on_call",
        "on_call_team": str(_NIGHTS),
        "on_call_policy": "night",
    }
    return {"sla": sla, "policies": {"night": {"claim_seconds": 900}}}


def test_out_of_hours_the_team_on_call_is_asked_under_its_own_policy() -> None:
    night = _direct(_on_call(), _CLOSED)
    assert (night.request.team, night.plan.policy) == (_NIGHTS, "night")
    day = _direct(_on_call(), _OPEN)
    assert (day.request.team, day.plan.policy) == (None, None)


def test_a_lead_that_is_passed_on_at_night_stays_with_the_team_on_call_and_by_day_it_is_everybodys() -> None:
    again = _direct(_on_call(), _CLOSED, policy="night")
    assert (again.request.team, again.plan.policy) == (_NIGHTS, "night")
    day = _direct(_on_call(), _OPEN, policy="night")
    assert (day.request.team, day.plan.policy, day.plan.own_policy) == (None, None, True)
    named = {**_on_call()["policies"], "gold": {**_on_call()["sla"]}}
    by_name = _direct({"sla": {}, "policies": named}, _OPEN, policy="night")
    assert (by_name.plan.policy, by_name.plan.own_policy) == ("gold", False)


_FIRST = {"sla": {"calendar": "office", "out_of_hours": "first", "claim_seconds": 240}}
_OPENS = datetime(2026, 3, 3, 9, tzinfo=UTC)
_SPREAD = timedelta(seconds=120) / 256
"""What puts off this lead, whose id ends in 1, after the opening."""


def test_at_the_opening_a_held_lead_is_everybodys() -> None:
    now = _OPENS + timedelta(seconds=40)
    first = _direct(_FIRST, now, held_until=_OPENS + _SPREAD)
    assert first.settings.name is StrategyName.BROADCAST
    assert [(step.seconds, step.take) for step in first.settings.plan.steps] == [(240, "all")]
    assert _direct(_FIRST, now).settings.name is StrategyName.GREEDY
    much_later = now + timedelta(hours=1)
    assert _direct(_FIRST, much_later, held_until=_OPENS + _SPREAD).settings.name is StrategyName.GREEDY


@pytest.mark.parametrize("released", [_OPENS + timedelta(seconds=40), _OPENS + timedelta(hours=3)])
def test_what_a_rule_has_held_back_is_not_everybodys(released: datetime) -> None:
    assert _direct(_FIRST, released, held_until=released).settings.name is StrategyName.GREEDY


def test_without_a_calendar_nothing_is_held_for_the_opening() -> None:
    body = {"sla": {"out_of_hours": "first"}}
    assert _direct(body, _OPENS, held_until=_OPENS).settings.name is StrategyName.GREEDY
