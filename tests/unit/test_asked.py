"""What the drain remembers of leads that nobody could take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from db.repositories.pool import Free
from domain.ids import AgentId, LeadId
from services.asked import Asked

_NOW = datetime(2026, 3, 2, 9, 0, 30, tzinfo=UTC)
_SOON = _NOW + timedelta(seconds=1)
_SKILLED = datetime(2026, 1, 1, tzinfo=UTC)
_ANN, _BOB = AgentId(UUID(int=1)), AgentId(UUID(int=2))
_LEAD = LeadId(UUID(int=100))


def _with(*, live: int = 3, held: int = 5, skilled_at: datetime = _SKILLED) -> Free:
    return Free(live=live, held=held, skilled_at=skilled_at)


def _asked() -> Asked:
    asked = Asked()
    asked.notice({_ANN: _with(live=3)}, _NOW)
    asked.in_vain([_LEAD], _NOW)
    return asked


def test_asking_again_at_once_is_of_no_use() -> None:
    asked = _asked()
    asked.notice({_ANN: _with(live=3)}, _SOON)
    assert asked.lately(_SOON) == [_LEAD]


@pytest.mark.parametrize(
    "free",
    [
        pytest.param({_ANN: _with(live=3), _BOB: _with(live=0, held=0)}, id="somebody comes"),
        pytest.param({_ANN: _with(live=2)}, id="a slot is freed"),
        pytest.param({_ANN: _with(held=4)}, id="a lead that was held is closed"),
        pytest.param({_ANN: _with(skilled_at=_SOON)}, id="somebody learns something"),
    ],
)
def test_news_of_an_agent_is_a_reason_to_ask(free: Mapping[AgentId, Free]) -> None:
    asked = _asked()
    asked.notice(free, _SOON)
    assert asked.lately(_SOON) == []


@pytest.mark.parametrize(
    "free",
    [
        pytest.param({_ANN: _with(live=4, held=6)}, id="a slot is taken"),
        pytest.param({}, id="everybody goes"),
    ],
)
def test_less_room_is_no_reason(free: Mapping[AgentId, Free]) -> None:
    asked = _asked()
    asked.notice(free, _SOON)
    assert asked.lately(_SOON) == [_LEAD]


def test_whoever_comes_back_is_news() -> None:
    asked = _asked()
    asked.notice({}, _SOON)
    asked.notice({_ANN: _with(live=3)}, _SOON)
    assert asked.lately(_SOON) == []


def test_five_seconds_are_a_reason() -> None:
    asked = _asked()
    assert asked.lately(_NOW + timedelta(seconds=4.9)) == [_LEAD]
    assert asked.lately(_NOW + timedelta(seconds=5)) == []


def test_a_new_minute_is_a_reason() -> None:
    asked = Asked()
    late = _NOW.replace(second=59)
    asked.notice({_ANN: _with(live=3)}, late)
    asked.in_vain([_LEAD], late)
    asked.notice({_ANN: _with(live=3)}, late + timedelta(seconds=1))
    assert asked.lately(late + timedelta(seconds=1)) == []


def test_what_may_be_asked_again_is_remembered_until_it_is_forgotten() -> None:
    asked = _asked()
    later = _NOW + timedelta(seconds=6)
    assert (asked.lately(later), asked.ever()) == ([], [_LEAD])
    asked.forget(later)
    assert asked.ever() == []
