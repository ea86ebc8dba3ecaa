"""Stopping a lead's clock and letting it go on, with two taps."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import UTC, datetime

from console.answers import Lead
from console.choice import choose
from console.commands import Commands
from console.later import LATER, instant_of
from console.notice import Said
from console.visit import Visit
from console.wording import PAUSE_REASONS

_PAUSABLE = frozenset({"queued", "offered", "escalated", "claimed", "attempting", "contacted"})
_TRIED = frozenset({"attempting", "contacted"})


def can_stop(lead: Lead, visit: Visit) -> bool:
    """Whether this person may pause the lead, or let it go on: its holder, or who supervises."""
    holds = lead.lifecycle_state in _TRIED | {"claimed"} and lead.assigned_agent_id == visit.session.person
    return lead.lifecycle_state in _PAUSABLE and (holds or visit.session.supervises)


def stop_label(lead: Lead) -> str:
    """What the button says."""
    if lead.paused:
        return "Resume"
    return "Later" if lead.lifecycle_state in _TRIED else "Pause"


async def stop_or_go_on(lead: Lead, commands: Commands, visit: Visit) -> Awaitable[Said] | None:
    """The command that follows from a tap on the button; None when the person changes their mind.

    A paused lead goes on; one that was tried is put off; any other is paused, and asked why.
    """
    if lead.paused:
        return commands.resume(lead)
    code = None
    if lead.lifecycle_state not in _TRIED:
        code = await choose("Why is it to wait?", PAUSE_REASONS)
        if code is None:
            return None
    choice = await choose("Until when?", LATER)
    if choice is None:
        return None
    until = instant_of(choice, visit.session.zone, now=datetime.now(UTC))
    return commands.pause(lead, code, until) if code is not None else commands.snooze(lead, until)
