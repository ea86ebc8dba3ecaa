"""Actions as they are written, and when a held lead is released."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import yaml

from domain.errors import InvalidInputError
from domain.rules import action_text, parse_action
from domain.rules.action import ACTIONS, AssignTo, Escalate, Hold, MoveQueue, Reroute, SetPolicy, SetStrategy
from tests.unit.domain.rules.samples import ANN, BOB, NORTH, NOW

MADRID = "Europe/Madrid"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("escalate", Escalate()),
        ("reroute", Reroute()),
        ('{"type": "escalate", "params": {"code": "vip"}}', Escalate(code="vip")),
        ({"type": "escalate"}, Escalate()),
        ({"type": "assign_to", "params": {"agent": str(ANN), "force": True}}, AssignTo(agent=ANN, force=True)),
        ({"type": "assign_to", "params": {"team": str(NORTH)}}, AssignTo(team=NORTH)),
        ({"type": "hold", "params": {"minutes": 30, "code": "night"}}, Hold(minutes=30, code="night")),
        ({"type": "reroute", "params": {"pool": str(NORTH)}}, Reroute(team=NORTH)),
        ({"type": "reroute", "params": {"exclude": [str(ANN), str(BOB)]}}, Reroute(exclude=(ANN, BOB))),
        ({"type": "move_queue", "params": {"queue": "nurture"}}, MoveQueue(queue="nurture")),
        ({"type": "set_policy", "params": {"policy": "fast"}}, SetPolicy(policy="fast")),
        (
            {"type": "set_strategy", "params": {"strategy": "weighted", "params": {"x": 1}}},
            SetStrategy(strategy="weighted", params={"x": 1}),
        ),
    ],
)
def test_forms(raw: object, expected: object) -> None:
    action = parse_action(raw)
    assert action == expected
    assert type(action) is type(expected)
    assert parse_action(action_text(action)) == action


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ("promote", "action"),
        ("assign_to", "action.assign_to"),
        ("{not json", "action"),
        (7, "action"),
        ({"type": "escalate", "agent": 1}, "action"),
        ({"type": "assign_to", "params": {"agent": str(ANN), "team": str(NORTH)}}, "action.assign_to"),
        ({"type": "assign_to", "params": {"team": str(NORTH), "force": True}}, "action.assign_to"),
        ({"type": "assign_to", "params": {"agent": "Ann"}}, "action.assign_to.agent"),
        ({"type": "escalate", "params": {"code": "free text, not a code"}}, "action.escalate.code"),
        ({"type": "escalate", "params": {"level": 2}}, "action.escalate.level"),
        ({"type": "escalate", "params": []}, "action.escalate"),
        ("hold", "action.hold"),
        ({"type": "hold", "params": {"minutes": 5, "until": "09:00"}}, "action.hold"),
        ({"type": "hold", "params": {"minutes": 0}}, "action.hold.minutes"),
        ({"type": "hold", "params": {"until": "tomorrow"}}, "action.hold.until"),
        ({"type": "hold", "params": {"until": "2026-01-31T09:00:00"}}, "action.hold.until"),
        ("move_queue", "action.move_queue.queue"),
    ],
)
def test_a_fault_names_its_place(raw: object, place: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_action(raw)
    assert caught.value.field == place


def test_an_unquoted_yaml_time_says_to_quote_it() -> None:
    with pytest.raises(InvalidInputError, match="quote the time"):
        parse_action(yaml.safe_load("{type: hold, params: {until: 18:00}}"))


def test_every_action_has_its_own_word() -> None:
    assert list(ACTIONS) == [
        "assign_to",
        "escalate",
        "hold",
        "reroute",
        "move_queue",
        "set_policy",
        "set_strategy",
    ]


@pytest.mark.parametrize(
    ("until", "now", "expected"),
    [
        ("09:00", "2026-06-15T06:59:00+00:00", "2026-06-15T07:00:00+00:00"),
        ("09:00", "2026-06-15T07:00:00+00:00", "2026-06-16T07:00:00+00:00"),
        ("09:00", "2026-06-15T22:30:00+00:00", "2026-06-16T07:00:00+00:00"),
        ("09:00", "2026-03-28T09:00:00+00:00", "2026-03-29T07:00:00+00:00"),
        ("09:00", "2026-10-24T08:00:00+00:00", "2026-10-25T08:00:00+00:00"),
        ("2026-06-16T09:00:00+02:00", "2026-06-15T00:00:00+00:00", "2026-06-16T07:00:00+00:00"),
        ("2026-06-14T09:00:00+02:00", "2026-06-15T00:00:00+00:00", "2026-06-15T00:00:00+00:00"),
    ],
)
def test_hold_until(until: str, now: str, expected: str) -> None:
    released = Hold(until=until).release_at(datetime.fromisoformat(now), MADRID)
    assert released == datetime.fromisoformat(expected)


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_hold_never_releases_in_the_past(day: str) -> None:
    start = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    for half_hours in range(96):
        now = start + timedelta(minutes=30 * half_hours)
        for until in ("02:30", "09:00", "00:00"):
            released = Hold(until=until).release_at(now, MADRID)
            assert now < released <= now + timedelta(hours=25)


def test_hold_for_minutes() -> None:
    assert Hold(minutes=90).release_at(NOW, MADRID) == datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
