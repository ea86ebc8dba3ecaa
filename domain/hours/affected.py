"""What new hours would do to windows that are open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.hours.hours import Hours
from domain.ids import LeadId


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWindow:
    """A lead's window that runs, from aware instant to aware instant."""

    lead_id: LeadId
    started_at: datetime
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedDeadline:
    """What the deadline of a lead is, and what it would be."""

    lead_id: LeadId
    deadline: datetime
    becomes: datetime


def affected(windows: Iterable[OpenWindow], old: Hours, new: Hours) -> tuple[MovedDeadline, ...]:
    """The windows whose deadline the new hours would move, in the given order; for a preview, nothing is changed.

    A window keeps its working time: what lies between its start and its deadline by the old hours, with what pauses
    and outages gave back, is laid on the new ones from the start. Raises ConfigurationError when they never open.
    """
    moved = (
        MovedDeadline(
            lead_id=window.lead_id,
            deadline=window.deadline,
            becomes=new.add(window.started_at, old.between(window.started_at, window.deadline)),
        )
        for window in windows
    )
    return tuple(one for one in moved if one.becomes != one.deadline)
