"""Events of leads in words, and the colours of states."""

from __future__ import annotations

from db.repositories.demo_report import Happening

STATE_COLOURS = {
    "received": "white",
    "incomplete": "magenta",
    "queued": "yellow",
    "offered": "cyan",
    "claimed": "blue",
    "attempting": "bright_blue",
    "contacted": "green",
    "closed": "bright_green",
    "escalated": "red",
}
"""Every state in the order of a life."""

_EVENT_COLOURS = {
    "sla_breached": "red",
    "escalated": "red",
    "reassigned": "yellow",
    "queued": "yellow",
    "declined": "yellow",
    "released": "yellow",
    "contacted": "green",
    "closed": "green",
}


def colour_of(happening: Happening) -> str:
    """A Rich colour for the event: red for what went wrong, yellow for moving on, green for success."""
    return _EVENT_COLOURS.get(happening.kind, "default")


def words_of(happening: Happening) -> str:
    """One short sentence; names are those of agents, never of customers."""
    data, who = happening.data, happening.agent or "somebody"
    phrases = {
        "received": f"arrived from {data.get('source')}",
        "completed": "is complete now",
        "assigned": f"is offered to {who}",
        "reassigned": f"passes on to {who} ({data.get('reason')})",
        "queued": "waits",
        "failed_assignment": "finds nobody who is free",
        "queue_reordered": f"moves to the {data.get('newQueue')} queue",
        "widened": "asks more agents",
        "held": "is held back by a rule",
        "claimed": f"is claimed by {who}" + (", late" if data.get("late") else ""),
        "declined": f"is declined by {who}",
        "released": f"is given back by {who}",
        "restarted": "starts again",
        "sla_breached": f"{who} missed the {data.get('window')} window",
        "sla_warning": f"{who} is warned of the end of the {data.get('window')} window",
        "extended": "gets back the time of an outage",
        "paused": "is paused",
        "snoozed": f"is put off by {who}",
        "resumed": "goes on",
        "follow_up_due": f"{who} is to try again",
        "follow_up_missed": f"{who} forgot to try again",
        "contact_attempted": f"{who} tried: {data.get('channel')}, {data.get('result')}",
        "contact_late": f"{who} was late",
        "contacted": f"{who} reached the customer",
        "escalated": "escalates to the manager",
        "withdrawn": "is withdrawn by its source",
        "closed": f"closed: {data.get('reason')}",
    }
    return phrases.get(happening.kind, happening.kind)
