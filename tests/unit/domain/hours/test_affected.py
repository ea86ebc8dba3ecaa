"""The preview of what new hours do to open windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.hours.affected import MovedDeadline, OpenWindow, affected
from domain.hours.calendar import Calendar
from domain.hours.hours import ALWAYS
from domain.ids import LeadId

_DAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = Calendar.model_validate({"weekly": dict.fromkeys(_DAYS, ("09:00-18:00",))})
LONGER = Calendar.model_validate({"weekly": dict.fromkeys(_DAYS, ("08:00-20:00",))})
_FIVE = timedelta(minutes=5)


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def _window(number: int, started_at: datetime, deadline: datetime | None = None) -> OpenWindow:
    return OpenWindow(
        lead_id=LeadId(UUID(int=number)), started_at=started_at, deadline=deadline or OFFICE.add(started_at, _FIVE)
    )


def _moved(window: OpenWindow, becomes: datetime) -> MovedDeadline:
    return MovedDeadline(lead_id=window.lead_id, deadline=window.deadline, becomes=becomes)


def test_only_deadlines_that_move_are_told() -> None:
    friday, noon, night = _window(1, _at(6, 17, 58)), _window(2, _at(6, 12)), _window(3, _at(6, 22))
    assert affected([friday, noon, night], OFFICE, LONGER) == (
        _moved(friday, _at(6, 18, 3)),
        _moved(night, _at(9, 8, 5)),
    )
    assert affected([friday, noon, night], OFFICE, OFFICE) == ()


def test_what_pauses_gave_back_is_kept() -> None:
    paused = _window(1, _at(6, 17, 58), _at(9, 9, 33))
    assert affected([paused], OFFICE, ALWAYS) == (_moved(paused, _at(6, 18, 33)),)
