"""Every command in every state: the expectation of the table test, and the source of docs/reference/lifecycle.md.

Run as a module to write the document anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from domain.ids import AgentId
from domain.lifecycle import Lead, Transition, Unchanged, decide
from domain.lifecycle.actor import SYSTEM, Actor
from domain.lifecycle.commands import (
    AgentGone,
    Breach,
    Claim,
    Command,
    Complete,
    Contact,
    Decline,
    EndPause,
    Expire,
    Extend,
    MigrateConfiguration,
    MoveToHot,
    Outcome,
    Park,
    Pause,
    Reassign,
    RecordScore,
    Release,
    Remind,
    Rescore,
    Restart,
    Resume,
    Route,
    Snooze,
    Withdraw,
)
from domain.lifecycle.state import LifecycleState
from domain.lifecycle.transition import Invitation
from domain.queue import QueueType
from domain.sla.outage import Outage
from domain.tier import Tier
from tests.unit.domain.lives import (
    ANN,
    BOB,
    CAT,
    MANAGER,
    SERVICE,
    START,
    WINDOW,
    after,
    attempting,
    broadcast,
    claimed,
    contacted,
    context,
    escalated,
    given,
    missed,
    offered,
    offered_to_many,
    paused,
    person,
    received,
    scored,
)

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "lifecycle.md"
_LATER = START + 2 * WINDOW

STATES: Mapping[str, Lead] = {
    "received": received(),
    "incomplete": replace(received(), state=LifecycleState.INCOMPLETE, wake_at=START + timedelta(days=30)),
    "queued": after(scored(), Route(**given()), context(START)),
    "queued, claim missed": missed(offered(), None),
    "queued, contact missed": missed(claimed(), None),
    "offered": offered(),
    "offered to many": offered_to_many(),
    "claimed": claimed(),
    "attempting": attempting(),
    "contacted": contacted(),
    "escalated": escalated(),
    "queued, paused": paused(after(scored(), Route(**given()), context(START))),
    "offered, paused": paused(offered()),
    "claimed, paused": paused(claimed()),
    "closed": after(contacted(), Outcome(**given(person(ANN)), result="lost"), context(START)),
}

# One word per state, in the order of STATES: the state afterwards, - for nothing to do, or the refusal's code.
EXPECTED: Mapping[str, str] = {
    "score": "received - - - - - - - - - - - - - -",
    "score again": "- - queued queued queued - - - - - - - - - -",
    "waiting too long": "- - queued queued queued - - - - - - - - - -",
    "route, somebody eligible": "offered - offered offered offered - - - - - - - - - -",
    "route, nobody eligible": "queued - queued queued queued - - - - - - - - - -",
    "claim by the agent": "WrongState WrongState WrongState claimed WrongState claimed claimed - - - claimed WrongState claimed - WrongState",
    "claim by another": "WrongState WrongState WrongState WrongState WrongState NotEligible NotEligible AlreadyClaimed AlreadyClaimed AlreadyClaimed claimed WrongState NotEligible AlreadyClaimed WrongState",
    "claim, stale epoch": "WrongState WrongState StaleOffer StaleOffer StaleOffer StaleOffer StaleOffer - - - StaleOffer StaleOffer StaleOffer - WrongState",
    "decline by the agent": "WrongState WrongState WrongState WrongState WrongState offered offered WrongState WrongState WrongState WrongState WrongState offered WrongState WrongState",
    "contact by the agent, reached": "WrongState WrongState WrongState WrongState contacted WrongState WrongState contacted contacted contacted WrongState WrongState WrongState contacted WrongState",
    "contact by the agent, no answer": "WrongState WrongState WrongState WrongState attempting WrongState WrongState attempting attempting contacted WrongState WrongState WrongState attempting WrongState",
    "contact by another": "WrongState WrongState WrongState WrongState Forbidden WrongState WrongState Forbidden Forbidden Forbidden WrongState WrongState WrongState Forbidden WrongState",
    "outcome by the agent": "WrongState WrongState WrongState WrongState WrongState WrongState WrongState closed closed closed WrongState WrongState WrongState closed WrongState",
    "outcome by a manager": "closed closed closed closed closed closed closed closed closed closed closed closed closed closed WrongState",
    "release by the agent": "WrongState WrongState WrongState WrongState WrongState WrongState WrongState offered offered offered WrongState WrongState WrongState offered WrongState",
    "reassign by a manager": "claimed WrongState claimed claimed claimed claimed claimed claimed claimed claimed claimed claimed claimed claimed WrongState",
    "reassign by an agent": "Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden",
    "complete": "WrongState received WrongState WrongState WrongState WrongState WrongState WrongState WrongState WrongState WrongState WrongState WrongState WrongState WrongState",
    "withdraw by the source": "closed closed closed closed closed closed closed closed closed closed closed closed closed closed WrongState",
    "withdraw by an agent": "Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden WrongState",
    "restart by a manager": "WrongState WrongState offered offered offered offered offered offered offered offered offered offered offered offered WrongState",
    "restart by an agent": "Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden",
    "migrate by a manager": "received incomplete queued queued queued offered offered claimed attempting contacted escalated queued offered claimed WrongState",
    "migrate by an agent": "Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden Forbidden",
    "pause by the agent": "WrongState WrongState Forbidden Forbidden Forbidden Forbidden WrongState claimed attempting contacted Forbidden Forbidden Forbidden claimed WrongState",
    "pause by a manager": "WrongState WrongState queued queued queued offered WrongState claimed attempting contacted escalated queued offered claimed WrongState",
    "pause for too long": "WrongState WrongState WrongState WrongState WrongState WrongState WrongState WrongState WrongState WrongState WrongState WrongState WrongState WrongState WrongState",
    "snooze by the agent": "WrongState WrongState WrongState WrongState WrongState WrongState WrongState WrongState attempting contacted WrongState WrongState WrongState WrongState WrongState",
    "snooze by another": "WrongState WrongState WrongState WrongState WrongState WrongState WrongState WrongState Forbidden Forbidden WrongState WrongState WrongState WrongState WrongState",
    "resume by the agent": "- - - - - - - - - - - Forbidden Forbidden claimed WrongState",
    "resume by a manager": "- - - - - - - - - - - queued offered claimed WrongState",
    "end of the pause": "- - - - - - - - - - - queued offered claimed -",
    "reminder due": "- - queued queued queued offered - claimed attempting - - - - - -",
    "outage over": "- - - - - offered - claimed - - - - - - -",
    "agent gone": "- - - - - offered - offered offered offered - - - - -",
    "window missed": "- - - - - offered offered offered - - escalated - - - -",
    "last deadline": "- closed - - - - - - closed closed - - - - -",
    "park, when something is due": "received incomplete queued queued queued offered offered claimed attempting contacted escalated - - - -",
    "park, when nothing is due": "received - - - - - - - - - - - - - -",
}


@dataclass(frozen=True)
class Case:
    """A command as somebody gives it, and the agent that routing would choose for it."""

    command: Command
    candidate: AgentId | None = None


def case(name: str, lead: Lead) -> Case:
    """The command of a row of the table, for a lead."""

    def by(actor: Actor) -> dict[str, Any]:
        return given(actor, _LATER)

    due_at = lead.wake_at or _LATER
    on_time = given(SYSTEM, due_at)
    stale = lead.epoch - 1 if lead.epoch else 99
    cases = {
        "score": Case(RecordScore(**by(SYSTEM), score=60, tier=Tier.TIER3)),
        "score again": Case(Rescore(**by(SYSTEM), score=90, tier=Tier.TIER1)),
        "waiting too long": Case(MoveToHot(**by(SYSTEM), from_queue=QueueType.WAITING, stale=True)),
        "route, somebody eligible": Case(Route(**by(SYSTEM)), BOB),
        "route, nobody eligible": Case(Route(**by(SYSTEM))),
        "claim by the agent": Case(Claim(**by(person(ANN)))),
        "claim by another": Case(Claim(**by(person(BOB)))),
        "claim, stale epoch": Case(Claim(**by(person(ANN)), epoch=stale)),
        "decline by the agent": Case(Decline(**by(person(ANN))), BOB),
        "contact by the agent, reached": Case(Contact(**by(person(ANN)), result="connected")),
        "contact by the agent, no answer": Case(Contact(**by(person(ANN)), result="no_answer")),
        "contact by another": Case(Contact(**by(person(BOB)), result="connected")),
        "outcome by the agent": Case(Outcome(**by(person(ANN)), result="won")),
        "outcome by a manager": Case(Outcome(**by(MANAGER), result="invalid")),
        "release by the agent": Case(Release(**by(person(ANN)), code="x"), BOB),
        "reassign by a manager": Case(Reassign(**by(MANAGER), to_agent=CAT)),
        "reassign by an agent": Case(Reassign(**by(person(ANN)), to_agent=CAT)),
        "complete": Case(Complete(**by(SERVICE))),
        "withdraw by the source": Case(Withdraw(**by(SERVICE))),
        "withdraw by an agent": Case(Withdraw(**by(person(ANN)))),
        "restart by a manager": Case(Restart(**by(MANAGER)), BOB),
        "restart by an agent": Case(Restart(**by(person(ANN))), BOB),
        "migrate by a manager": Case(MigrateConfiguration(**by(MANAGER), version=2)),
        "migrate by an agent": Case(MigrateConfiguration(**by(person(ANN)), version=2)),
        "pause by the agent": Case(Pause(**by(person(ANN)), code="x")),
        "pause by a manager": Case(Pause(**by(MANAGER), code="x", until=_LATER + timedelta(days=1))),
        "pause for too long": Case(Pause(**by(MANAGER), code="x", until=_LATER + timedelta(days=400))),
        "snooze by the agent": Case(Snooze(**by(person(ANN)), until=_LATER + timedelta(days=1))),
        "snooze by another": Case(Snooze(**by(person(BOB)), until=_LATER + timedelta(days=1))),
        "resume by the agent": Case(Resume(**by(person(ANN)))),
        "resume by a manager": Case(Resume(**by(MANAGER))),
        "end of the pause": Case(EndPause(**on_time, due_at=due_at)),
        "reminder due": Case(
            Remind(**given(SYSTEM, lead.remind_at or _LATER), epoch=lead.epoch, due_at=lead.remind_at or _LATER)
        ),
        "outage over": Case(Extend(**by(SYSTEM))),
        "agent gone": Case(AgentGone(**by(SYSTEM), epoch=lead.epoch), BOB),
        "window missed": Case(Breach(**on_time, epoch=lead.epoch, due_at=due_at), BOB),
        "last deadline": Case(Expire(**on_time, due_at=due_at)),
        "park, when something is due": Case(Park(**on_time, code="x")),
        "park, when nothing is due": Case(Park(**given(SYSTEM, lead.last_at), code="x")),
    }
    return cases[name]


def answer(name: str, lead: Lead) -> str:
    """What the transition function makes of it, in the table's words."""
    tried = case(name, lead)
    idle = name == "park, when nothing is due"
    now = lead.last_at if idle else max(_LATER, tried.command.received_at)
    if name == "reminder due":
        now = tried.command.received_at
    seen = context(now, tried.candidate)
    if name == "outage over":
        seen = replace(seen, outages=(Outage(starts_at=START + WINDOW / 2, ends_at=_LATER),))
    if lead.in_round:
        invitations = tuple(
            Invitation(agent=agent, since=lead.epoch, claim_expires_at=START + WINDOW) for agent in (ANN, CAT)
        )
        ranked = () if tried.candidate is None else (tried.candidate,)
        seen = broadcast(now, *ranked, step=2, invitations=invitations)
    decided = decide(lead, tried.command, seen)
    if isinstance(decided, Transition):
        return decided.after.state.value
    return "-" if isinstance(decided, Unchanged) else decided.code.value


def document() -> str:
    """The reference page, from the table."""
    lines = [
        "# The lead's life: every command in every state",
        "",
        "Written by `python -m tests.unit.domain.lifecycle_table` from the table that the tests hold against",
        "`domain.lifecycle.decide`; do not edit it by hand.",
        "",
        "A lower-case word is the state afterwards, `-` means that there is nothing to do (a success), a word with",
        "a capital is the code of the refusal. “The agent” is whoever the lead is offered to or held by, or who",
        "missed the window it waits for; of a lead that is offered to many, one of those invited. Where a move needs",
        "another agent, one is eligible. Commands that answer an earlier assignment in time are excused: see",
        "`TestExcuses` in the tests of the lifecycle.",
        "",
        "| command | " + " | ".join(STATES) + " |",
        "|---" * (len(STATES) + 1) + "|",
    ]
    for name, words in EXPECTED.items():
        cells = [word if word == "-" else f"`{word}`" if word[0].isupper() else word for word in words.split()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
