"""Who has to know of what a transition brought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.ids import AgentId
from domain.lifecycle.state import EventType
from domain.lifecycle.transition import Event, Transition


class Audience(StrEnum):
    """Everybody of a role."""

    MANAGERS = "managers"
    ADMINS = "admins"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One recipient: an agent, or everybody of a role. `data` holds ids, codes and numbers only."""

    kind: EventType
    agent: AgentId | None = None
    audience: Audience | None = None
    data: Mapping[str, Any]


_FOR = {
    EventType.SLA_BREACHED: Audience.MANAGERS,
    EventType.FOLLOW_UP_MISSED: Audience.MANAGERS,
    EventType.PARKED: Audience.ADMINS,
}


def notices_of(transition: Transition) -> tuple[Notice, ...]:
    """One notice for each event that somebody has to know of; the lead's own agent where it is his to act."""
    return tuple(notice for event in transition.events if (notice := _notice(event)) is not None)


def _notice(event: Event) -> Notice | None:
    if event.type in (EventType.SLA_WARNING, EventType.FOLLOW_UP_DUE) and event.agent is not None:
        return Notice(kind=event.type, agent=event.agent, data=event.data)
    if event.type is EventType.RESUMED and event.data.get("by") is None and event.agent is not None:
        # Whoever put the lead off did so to be told now.
        return Notice(kind=event.type, agent=event.agent, data=event.data)
    if event.type is EventType.SLA_WARNING:
        return Notice(kind=event.type, audience=Audience.MANAGERS, data=event.data)
    if event.type is EventType.ESCALATED and event.data.get("level") == 0:
        return None
    if event.type is EventType.ESCALATED:
        audience = Audience.MANAGERS if event.data.get("level") == 1 else Audience.ADMINS
        return Notice(kind=event.type, audience=audience, data=event.data)
    audience_of = _FOR.get(event.type)
    return None if audience_of is None else Notice(kind=event.type, audience=audience_of, data=event.data)
