"""Where a lead's running window stands, for whoever looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.customer.waiting_reason import waiting_reason
from domain.customer.zone import CustomerZone, ZoneSource
from domain.hours.fallback import ContactHours
from domain.hours.hours import ALWAYS, Hours
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import LifecycleState
from domain.sla.clock import SlaClock


class Window(StrEnum):
    """What runs. `next_try` is the time until a customer who did not answer is tried again."""

    CLAIM = "claim"
    CONTACT = "contact"
    QUEUE = "queue"
    ESCALATION = "escalation"
    NEXT_TRY = "next_try"


class SlaHealth(StrEnum):
    """`warned`: a warning was given. `due`: the end has passed. `waiting`: no working time. `none`: nothing runs."""

    OK = "ok"
    WARNED = "warned"
    DUE = "due"
    WAITING = "waiting"
    PAUSED = "paused"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaStatus:
    """One lead's clock at one instant.

    `left_s` are working seconds, 0 at the least; `used` is the share of the window that is over, 0 to 1. `missed` is
    whether a window of this lead was ever missed. `waiting_reason` is a sentence that says why the window stands
    still though nobody paused it.
    """

    window: Window | None
    health: SlaHealth
    due_at: datetime | None = None
    left_s: float | None = None
    used: float | None = None
    warnings_given: int = 0
    next_reminder_at: datetime | None = None
    next_try_at: datetime | None = None
    paused_until: datetime | None = None
    waiting_reason: str | None = None
    missed: bool = False


def sla_status(lead: Lead, clock: SlaClock, now: datetime) -> SlaStatus:
    """The status at the aware instant `now`. `clock` is that of the lead's policy."""
    window, due_at = _window(lead)
    missed = lead.claim_breached or lead.contact_breached or lead.queue_breached_at is not None
    if window is None or due_at is None:
        paused_until = lead.wake_at if lead.paused_at else None
        health = SlaHealth.PAUSED if lead.paused_at else SlaHealth.NONE
        return SlaStatus(window=None, health=health, paused_until=paused_until, missed=missed)
    hours, seconds = _measure(lead, window, clock)
    left = max(hours.between(lead.paused_at or now, due_at), timedelta()).total_seconds()
    reason = _reason(lead, window, hours, clock, now)
    return SlaStatus(
        window=window,
        health=_health(lead, now, due_at, waits=reason is not None),
        due_at=due_at,
        left_s=left,
        used=None if not seconds else min(max(1 - left / seconds, 0.0), 1.0),
        warnings_given=lead.alarm_level if window is not Window.NEXT_TRY else 0,
        next_reminder_at=lead.remind_at,
        next_try_at=lead.next_try_at,
        paused_until=lead.wake_at if lead.paused_at else None,
        waiting_reason=reason,
        missed=missed,
    )


def _window(lead: Lead) -> tuple[Window | None, datetime | None]:
    match lead.state:
        case LifecycleState.OFFERED:
            return Window.CLAIM, lead.window_ends_at
        case LifecycleState.CLAIMED:
            return Window.CONTACT, lead.window_ends_at
        case LifecycleState.QUEUED:
            return Window.QUEUE, lead.queue_sla_at
        case LifecycleState.ESCALATED:
            return Window.ESCALATION, lead.window_ends_at
        case LifecycleState.ATTEMPTING:
            return Window.NEXT_TRY, lead.next_try_at
        case _:
            return None, None


def _measure(lead: Lead, window: Window, clock: SlaClock) -> tuple[Hours, float | None]:
    """The hours on which the window runs, and its length in seconds; None where it has none of its own."""
    match window:
        case Window.CLAIM:
            return clock.hours, clock.policy.claim_seconds
        case Window.CONTACT:
            return clock.contact_hours, clock.policy.contact_seconds
        case Window.QUEUE:
            assert lead.queue_sla_at is not None
            # Queues run on wall-clock time.
            return ALWAYS, (lead.queue_sla_at - lead.created_at).total_seconds()
        case Window.ESCALATION:
            # Neither the wait for the opening nor that after the last level is a window's length.
            runs = 0 < lead.escalation_level < clock.policy.escalation_levels
            return clock.hours, clock.policy.escalation_seconds if runs else None
        case Window.NEXT_TRY:
            return ALWAYS, None


def _reason(lead: Lead, window: Window, hours: Hours, clock: SlaClock, now: datetime) -> str | None:
    if lead.paused_at is not None or window in (Window.QUEUE, Window.NEXT_TRY) or hours.is_open(now):
        return None
    if window is Window.CONTACT:
        zone = CustomerZone(zones=lead.customer_zones, taken_from=ZoneSource.UNKNOWN)
        told = waiting_reason(zone=zone, hours=clock.policy.calling, state=lead.customer_state, now=now)
        if told is not None:
            stand_in = hours.stand_in(now) if isinstance(hours, ContactHours) else None
            return told if stand_in is None else f"{told} {stand_in}"
    return f"Outside working hours; the window goes on at {hours.next_open(now):%Y-%m-%d %H:%M} UTC."


def _health(lead: Lead, now: datetime, due_at: datetime, *, waits: bool) -> SlaHealth:
    if lead.paused_at is not None:
        return SlaHealth.PAUSED
    if now >= due_at:
        return SlaHealth.DUE
    if waits:
        return SlaHealth.WAITING
    return SlaHealth.WARNED if lead.alarm_level else SlaHealth.OK
