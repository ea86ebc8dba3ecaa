"""A lead's timeline as sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from console.answers import TimelineEntry
from console.wording import plain, result_label, state_label

Name = Callable[[UUID | None], str | None]

_ICONS = {
    "received": "inbox",
    "scored": "speed",
    "assigned": "person_add",
    "reassigned": "redo",
    "queued": "hourglass_empty",
    "failed_assignment": "person_off",
    "claimed": "back_hand",
    "declined": "do_not_disturb",
    "contacted": "check_circle",
    "sla_breached": "timer_off",
    "sla_warning": "timer",
    "escalated": "priority_high",
    "closed": "flag",
    "withdrawn": "block",
    "rescored": "speed",
    "joined": "merge",
    "held": "pause_circle",
    "widened": "groups",
    "queue_reordered": "low_priority",
    "migrated": "published_with_changes",
    "paused": "pause_circle",
    "snoozed": "snooze",
    "resumed": "play_circle",
    "extended": "more_time",
    "set_to_break": "free_breakfast",
    "follow_up_due": "event_repeat",
    "follow_up_missed": "event_busy",
}
_BAD = frozenset({"sla_breached", "follow_up_missed", "escalated", "failed_assignment", "contact_late"})
_GOOD = frozenset({"claimed", "contacted"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what happened, an icon's name, a colour of the palette."""

    text: str
    icon: str
    color: str


def line(entry: TimelineEntry, name: Name) -> Line:
    """An entry for people. `name` turns an agent's id into a name."""
    if entry.what == "attempt":
        return Line(_by(result_label(entry.kind, str(entry.data.get("result", ""))), entry, name), "phone", "primary")
    if entry.what == "correction":
        return Line(_by(f"The call before was not this lead's: {plain(entry.kind)}", entry, name), "undo", "grey")
    if entry.what == "reassignment":
        return Line(_handover(entry, name), "redo", "accent")
    if entry.what == "transition":
        state = state_label(str(entry.data.get("state", "")))
        return Line(
            f"No. {entry.seq}: {plain(entry.kind)} by {_actor(entry, name)}, now {state.lower()}", "notes", "grey"
        )
    color = "negative" if entry.kind in _BAD else "positive" if entry.kind in _GOOD else "grey"
    return Line(_event(entry, name), _ICONS.get(entry.kind, "circle"), color)


def told_otherwise(entry: TimelineEntry) -> bool:
    """Whether other entries say the same in better words: transitions, and the event beside an attempt."""
    return entry.what == "transition" or entry.kind in ("contact_attempted", "reassigned")


def _event(entry: TimelineEntry, name: Name) -> str:
    data, who = entry.data, name(_id(entry.actor))
    # An event names the agent it is about; only a claim, a decline and a contact are surely that agent's own doing.
    by, about = (f" by {who}", f" ({who})") if who else ("", "")
    match entry.kind:
        case "received":
            return "Came in"
        case "scored":
            return f"Scored {_number(data.get('score'))}, {data.get('tier', 'no tier')}"
        case "assigned":
            return f"Offered to {who or 'somebody'}"
        case "queued":
            return f"Waits in the {plain(str(data['queue'])).lower()} queue" if "queue" in data else "Waits"
        case "rescored":
            return f"Scored again: {_number(data.get('to'))}, {data.get('tier', 'no tier')}"
        case "joined":
            return f"Came in again from {data.get('source', 'somewhere')}, joined to this lead"
        case "held":
            return "Held back by a rule"
        case "widened":
            return f"Nobody claimed; more agents are asked (step {data.get('step', '?')})"
        case "queue_reordered":
            return f"Moved to the {plain(str(data.get('newQueue', ''))).lower()} queue"
        case "migrated":
            return f"Follows configuration {data.get('to_version', '')} from now on"
        case "failed_assignment":
            return f"Nobody could take it: {plain(str(data.get('reason', 'unknown')))}"
        case "claimed":
            return f"Claimed{by}{', late' if data.get('late') else ''}"
        case "declined":
            return f"Declined{by}: {plain(str(data.get('code', 'unspecified')))}"
        case "contacted":
            return f"Customer reached{by}"
        case "contact_late":
            return f"The first attempt came late{about}"
        case "sla_warning":
            return f"Warning {data.get('level', '')} of the {data.get('window', '')} window{about}"
        case "paused" | "snoozed":
            until = str(data.get("until", ""))[:16].replace("T", " ")
            return f"{plain(entry.kind).capitalize()} until {until} UTC: {plain(str(data.get('code', '')))}"
        case "resumed":
            return "Goes on after a pause" if data.get("by") else "Goes on: the pause is over"
        case "extended":
            return f"Got back the time of an outage{about}"
        case "set_to_break":
            return f"You were set to Break after {data.get('ignored', 'several')} offers without an answer"
        case "follow_up_due":
            return f"To be tried again, attempt {data.get('attempt', '')}{about}"
        case "follow_up_missed":
            return f"Was not tried again in time{about}"
        case "sla_breached":
            return f"Missed the {data.get('window', '')} window{about}"
        case "escalated":
            return f"Escalated to the managers{about}"
        case "released" | "withdrawn":
            return f"{entry.kind.capitalize()}: {plain(str(data.get('code', 'unspecified')))}{about}"
        case "closed":
            return f"Closed: {plain(str(data.get('reason', '')))}{about}"
        case _:
            return f"{plain(entry.kind).capitalize()}{about}"


def _handover(entry: TimelineEntry, name: Name) -> str:
    to_agent, from_agent = name(_id(entry.data.get("to_agent"))), name(_id(entry.data.get("from_agent")))
    before = f" from {from_agent}" if from_agent else ""
    return f"Passed on{before} to {to_agent or 'somebody'} ({plain(entry.kind)})"


def _by(text: str, entry: TimelineEntry, name: Name) -> str:
    who = name(_id(entry.actor))
    return f"{text} ({who})" if who else text


def _actor(entry: TimelineEntry, name: Name) -> str:
    door, _, last = (entry.actor or "").rpartition(":")
    via = " through Temporal" if door.startswith("temporal") else ""
    match door.rpartition(":")[2]:
        case "system":
            return "Baton"
        case "service":
            return f"another system{via}"
        case _:
            return f"{name(_id(last)) or 'somebody'}{via}"


def _id(text: Any) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def _number(value: Any) -> str:
    return f"{value:.0f}" if isinstance(value, int | float) else "without a number"
