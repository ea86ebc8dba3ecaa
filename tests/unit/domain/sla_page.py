"""What every event does to the windows in every state: the source of docs/reference/sla.md.

Run as a module to write the document anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from domain.lifecycle import Lead, Transition, Unchanged, decide
from domain.lifecycle.commands import (
    AgentGone,
    Breach,
    Claim,
    Command,
    Contact,
    Decline,
    EndPause,
    Expire,
    Extend,
    Outcome,
    Pause,
    Reassign,
    Release,
    Remind,
    Restart,
    Resume,
    Route,
    Snooze,
)
from domain.lifecycle.notices import notices_of
from domain.lifecycle.state import EventType, LifecycleState
from domain.lifecycle.transition import Invitation
from domain.sla.outage import Outage
from tests.unit.domain.lifecycle_table import STATES
from tests.unit.domain.lives import ANN, BOB, CAT, MANAGER, START, WINDOW, broadcast, context, given, person

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "sla.md"
_SOON, _LATE = START + timedelta(minutes=1), START + 2 * WINDOW
_OUTAGE = Outage(starts_at=_SOON, ends_at=_LATE)

Given = Callable[[Lead], tuple[Command, datetime]]


def _by_agent(kind: type[Command], at: datetime, **fields: object) -> Given:
    return lambda lead: (kind(**given(person(ANN), at), **fields), at)


def _due(lead: Lead) -> datetime:
    return lead.wake_at or _LATE


def _reminded(lead: Lead) -> tuple[Command, datetime]:
    at = lead.remind_at or _LATE
    return Remind(**given(at=at), epoch=lead.epoch, due_at=at), at


EVENTS: Mapping[str, Given] = {
    "routed, somebody is free": lambda lead: (Route(**given(at=_SOON)), _SOON),
    "claim in time": _by_agent(Claim, _SOON),
    "claim too late": _by_agent(Claim, _LATE),
    "declined": _by_agent(Decline, _SOON),
    "first try in time, no answer": _by_agent(Contact, _SOON, result="no_answer"),
    "first try too late, no answer": _by_agent(Contact, _LATE, result="no_answer"),
    "customer reached": _by_agent(Contact, _SOON, result="connected"),
    "warning or next try due": _reminded,
    "window over": lambda lead: (Breach(**given(at=_due(lead)), epoch=lead.epoch, due_at=_due(lead)), _due(lead)),
    "paused": lambda lead: (Pause(**given(MANAGER, _SOON), code="x"), _SOON),
    "snoozed": _by_agent(Snooze, _SOON, until=_LATE),
    "resumed": lambda lead: (Resume(**given(MANAGER, _LATE)), _LATE),
    "end of the pause": lambda lead: (EndPause(**given(at=_due(lead)), due_at=_due(lead)), _due(lead)),
    "outage over": lambda lead: (Extend(**given(at=_LATE)), _LATE),
    "agent gone": lambda lead: (AgentGone(**given(at=_SOON), epoch=lead.epoch), _SOON),
    "released": _by_agent(Release, _SOON, code="x"),
    "given to another by hand": lambda lead: (Reassign(**given(MANAGER, _SOON), to_agent=CAT), _SOON),
    "restarted": lambda lead: (Restart(**given(MANAGER, _SOON)), _SOON),
    "outcome": lambda lead: (Outcome(**given(MANAGER, _SOON), result="lost"), _SOON),
    "last deadline": lambda lead: (Expire(**given(at=_due(lead)), due_at=_due(lead)), _due(lead)),
}
_WINDOWS = {
    LifecycleState.OFFERED: "claim",
    LifecycleState.CLAIMED: "contact",
    LifecycleState.ESCALATED: "escalation",
}


def effect(name: str, lead: Lead) -> str:
    """What the event does to the lead, in the page's words."""
    command, at = EVENTS[name](lead)
    seen = context(at, BOB)
    if lead.in_round:
        invited = tuple(Invitation(agent=one, since=lead.epoch, claim_expires_at=START + WINDOW) for one in (ANN, CAT))
        seen = broadcast(at, BOB, step=2, invitations=invited)
    if name == "outage over":
        seen = replace(seen, outages=(_OUTAGE,))
    decided = decide(lead, command, seen)
    if isinstance(decided, Unchanged):
        return "-"
    if not isinstance(decided, Transition):
        return f"`{decided.code.value}`"
    return "; ".join([decided.after.state.value, *_effects(decided)])


def _effects(transition: Transition) -> list[str]:
    before, after = transition.before, transition.after
    words: list[str] = []
    for event in transition.events:
        if event.type is EventType.SLA_BREACHED:
            words.append(f"{event.data['window']} window missed")
        if event.type is EventType.SLA_WARNING:
            words.append(f"{event.data['window']} warning {event.data['level']}")
        if event.type is EventType.FOLLOW_UP_DUE:
            words.append("next try due")
    if before.paused_at is None and after.paused_at is not None:
        words.append("clock stops")
    elif after.window_due_at is not None and (before.epoch, before.state) != (after.epoch, after.state):
        words.append(f"{_WINDOWS[after.state]} window opens")
    elif after.window_due_at is not None and before.window_due_at != after.window_due_at:
        words.append(f"{_WINDOWS[after.state]} window moved")
    if after.next_try_at is not None and after.next_try_at != before.next_try_at:
        words.append("next try set")
    words += [f"tells the {'agent' if one.agent else one.audience}" for one in notices_of(transition)]
    return words


def document() -> str:
    """The reference page."""
    lines = [
        "# The SLA clock: every event in every state",
        "",
        "Written by `python -m tests.unit.domain.sla_page`, which asks `domain.lifecycle.decide`; do not edit it",
        "by hand.",
        "",
        "The first word is the state afterwards, then what becomes of the windows and who is told. `-`: nothing to do,",
        "a word with a capital: the code of the refusal. Windows, warnings and escalations run on the working time of",
        "the policy's calendar; without one the clock never stops. A moved window keeps the working time it had left.",
        "",
    ]
    for state, lead in STATES.items():
        lines += [f"## {state[0].upper()}{state[1:]}", "", "| event | what happens |", "|---|---|"]
        lines += [f"| {name} | {effect(name, lead)} |" for name in EVENTS]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
