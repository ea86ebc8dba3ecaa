"""What each command should do to a lead of the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.contact import ContactResult
from domain.lifecycle.actor import SYSTEM, Role
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
    Outcome,
    Pause,
    Reassign,
    RecordScore,
    Release,
    Remind,
    Restart,
    Resume,
    Route,
    Snooze,
    Withdraw,
)
from tests.simulation.model import (
    DAY,
    FORBIDDEN,
    FULL,
    HELD,
    LAST,
    LEVELS,
    MOVES,
    NOT_ELIGIBLE,
    PAUSE,
    RAISE,
    STALE,
    WRONG_STATE,
    Debt,
    Expected,
    Lead,
    Past,
    Refused,
    escalated,
    given_up,
    held,
    paid,
    paused,
    resumed,
    routed,
    step,
    unwilling,
)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What a command meets besides the lead: the time, and who is there with a free slot."""

    now: datetime
    routable: Sequence[UUID]
    full: frozenset[UUID]


def expected(lead: Lead, command: Command, scene: Scene) -> Expected:
    """A refusal's code, or the leads that may follow. Time leaves a paused lead alone; whoever acts resumes it."""
    match command:
        case Pause() | Snooze():
            return _pause(lead, command, scene)
        case Resume():
            return _resume(lead, command, scene)
        case EndPause():
            over = lead.paused_at is not None and lead.wake_at == command.due_at <= command.received_at
            return [step(resumed(lead, scene.now))] if over else [lead]
        case _ if lead.paused_at is None:
            return _going(lead, command, scene)
        case _ if command.actor is SYSTEM:
            return [lead]
    going = resumed(lead, scene.now)
    after = _going(going, command, scene)
    return [lead if one is going else one for one in after] if isinstance(after, list) else after


def _pause(lead: Lead, command: Pause | Snooze, scene: Scene) -> Expected:
    fits = HELD | {"queued", "offered", "escalated"} if isinstance(command, Pause) else {"attempting", "contacted"}
    if lead.state not in fits:
        return WRONG_STATE
    if not _theirs(lead, command):
        return FORBIDDEN
    if command.until is not None and not scene.now < command.until <= scene.now + PAUSE:
        return WRONG_STATE
    return [paused(lead, scene.now, command.until)]


def _resume(lead: Lead, command: Resume, scene: Scene) -> Expected:
    if lead.paused_at is None:
        return WRONG_STATE if lead.state == "closed" else [lead]
    return [step(resumed(lead, scene.now))] if _theirs(lead, command) else FORBIDDEN


def _theirs(lead: Lead, command: Pause | Snooze | Resume) -> bool:
    return command.actor.supervises or (lead.state in HELD and lead.agent == command.actor.id)


def _going(lead: Lead, command: Command, scene: Scene) -> Expected:
    match command:
        case Claim():
            return _claim(lead, command, scene)
        case Decline():
            return _decline(lead, command, scene)
        case Contact():
            return _contact(lead, command, scene)
        case Outcome() | Withdraw():
            return _end(lead, command, scene)
        case Release():
            return _release(lead, command, scene)
        case Reassign():
            return _reassign(lead, command, scene)
        case Restart():
            return _restart(lead, command, scene)
        case Complete():
            return _complete(lead, command, scene)
        case _:
            return _by_itself(lead, command, scene)


def _claim(lead: Lead, command: Claim, scene: Scene) -> Expected:
    agent = command.actor.id
    if command.actor.role is Role.SERVICE:
        return FORBIDDEN
    if lead.state in HELD:
        return [lead] if lead.agent == agent else Refused("AlreadyClaimed")
    if lead.state not in ("offered", "queued", "escalated"):
        return WRONG_STATE
    if command.epoch is not None and command.epoch != lead.epoch:
        return STALE
    if lead.state == "offered":
        return [held(lead, agent, scene.now, epoch=lead.epoch)] if lead.agent == agent else NOT_ELIGIBLE
    if lead.state == "queued" and (lead.debt is None or (lead.debt.agent, lead.debt.missed) != (agent, "claim")):
        return WRONG_STATE
    if agent in scene.full:
        return FULL
    if lead.state == "queued":
        return [held(lead, agent, scene.now, epoch=lead.epoch)]
    return [held(paid(lead, agent), agent, scene.now, epoch=lead.epoch + 1)]


def _decline(lead: Lead, command: Decline, scene: Scene) -> Expected:
    agent = command.actor.id
    if command.epoch is not None and command.epoch != lead.epoch:
        return STALE
    if lead.state != "offered":
        return WRONG_STATE
    if lead.agent != agent:
        return FORBIDDEN
    debt = Debt(agent=agent, returned=True)
    return given_up(lead, debt, scene.routable, frozenset({agent}), scene.now)


def _contact(lead: Lead, command: Contact, scene: Scene) -> Expected:
    giver = command.actor.id
    occurred_at = min(command.occurred_at or command.received_at, scene.now)
    past = _answered(lead, command)
    if past is not None:
        if past.due is None or past.began is None or max(past.began, occurred_at) > past.due:
            return STALE
        return [step(lead)]
    others = command.actor.role is Role.AGENT and giver != lead.agent
    if lead.state == "closed":
        late = lead.closed_at is None or occurred_at > lead.closed_at
        return WRONG_STATE if lead.agent is None or others or late else [step(lead)]
    if command.epoch is not None and command.epoch != lead.epoch:
        return STALE
    waits_for_late = lead.state == "queued" and lead.debt is not None and lead.debt.missed == "contact"
    holder = lead.debt.agent if waits_for_late and lead.debt else lead.agent if lead.state in HELD else None
    if holder is None:
        return WRONG_STATE
    if command.actor.role is Role.AGENT and giver != holder:
        return FORBIDDEN
    reached = command.result is ContactResult.CONNECTED or lead.state == "contacted"
    return [
        step(
            lead,
            state="contacted" if reached else "attempting",
            agent=holder,
            wake_at=lead.wake_at if lead.attempted else scene.now + LAST,
            attempted=True,
            debt=None,
        )
    ]


def _answered(lead: Lead, command: Contact) -> Past | None:
    """The giver's own earlier assignment that the evidence is about."""
    mine = {epoch: past for epoch, past in lead.past.items() if past.agent == command.actor.id and epoch < lead.epoch}
    if command.epoch is not None:
        return mine.get(command.epoch)
    if lead.state == "queued" or lead.agent == command.actor.id or not mine:
        return None
    return mine[max(mine)]


def _end(lead: Lead, command: Outcome | Withdraw, scene: Scene) -> Expected:
    if lead.state == "closed":
        return WRONG_STATE
    if command.actor.role is Role.AGENT:
        if isinstance(command, Withdraw):
            return FORBIDDEN
        if lead.state not in HELD:
            return WRONG_STATE
        if lead.agent != command.actor.id:
            return FORBIDDEN
    return [_closed(lead, scene)]


def _closed(lead: Lead, scene: Scene) -> Lead:
    return step(lead, state="closed", wake_at=None, debt=None, closed_at=scene.now)


def _release(lead: Lead, command: Release, scene: Scene) -> Expected:
    if lead.state not in HELD or lead.agent is None:
        return WRONG_STATE
    if lead.agent != command.actor.id and not command.actor.supervises:
        return FORBIDDEN
    debt = Debt(agent=lead.agent, returned=True)
    return given_up(lead, debt, scene.routable, frozenset({lead.agent}), scene.now)


def _reassign(lead: Lead, command: Reassign, scene: Scene) -> Expected:
    to = command.to_agent
    if not command.actor.supervises:
        return FORBIDDEN
    if lead.state in ("closed", "incomplete"):
        return WRONG_STATE
    if lead.state in HELD and lead.agent == to:
        return [lead]
    if not command.force and lead.agent != to and to not in scene.routable:
        return NOT_ELIGIBLE
    previous = lead.debt.agent if lead.debt is not None else lead.agent
    counted = replace(lead, debt=None, rows=lead.rows + (previous != to))
    return [held(counted, to, scene.now, epoch=lead.epoch + 1)]


def _restart(lead: Lead, command: Restart, scene: Scene) -> Expected:
    if not command.actor.supervises:
        return FORBIDDEN
    if lead.state in ("closed", "incomplete", "received"):
        return WRONG_STATE
    last = lead.agent or (lead.debt.agent if lead.debt is not None else None)
    debt = Debt(agent=last) if last is not None else None
    fresh = replace(lead, debt=debt, moves=0, other_moves=0, level=0)
    return [replace(one, epoch=lead.epoch + 1) for one in routed(fresh, scene.routable, unwilling(lead), scene.now)]


def _complete(lead: Lead, command: Complete, scene: Scene) -> Expected:
    if command.actor.role is Role.AGENT:
        return FORBIDDEN
    return [step(lead, state="received", wake_at=scene.now)] if lead.state == "incomplete" else WRONG_STATE


def _by_itself(lead: Lead, command: Command, scene: Scene) -> Expected:
    """What time and routing do: nothing, unless the lead still waits for exactly that."""
    if isinstance(command, RecordScore):
        fits = lead.state == "received" and not lead.scored
        return [step(lead, scored=True, wake_at=scene.now)] if fits else [lead]
    if isinstance(command, Route):
        after = routed(lead, scene.routable, unwilling(lead), scene.now)
        fits = lead.state in ("received", "queued") and not (command.only_offer and after[0].agent is None)
        return after if fits else [lead]
    if isinstance(command, AgentGone):
        if command.epoch != lead.epoch or lead.agent is None or not (lead.state == "offered" or lead.state in HELD):
            return [lead]
        return given_up(lead, Debt(agent=lead.agent), scene.routable, frozenset({lead.agent}), scene.now)
    if isinstance(command, Remind):
        # Whether something was due the model does not know; a try after the last closes the lead.
        return [lead, step(lead), *([_closed(lead, scene)] if lead.state == "attempting" else [])]
    assert isinstance(command, Breach | Expire)
    if lead.wake_at != command.due_at or command.received_at < command.due_at:
        return [lead]
    if isinstance(command, Expire):
        return [_closed(lead, scene)] if lead.state in ("incomplete", "attempting", "contacted") else [lead]
    if command.epoch != lead.epoch or not lead.window:
        return [lead]
    if lead.agent is None:
        raised = min(lead.level + 1, LEVELS)
        return [step(lead, level=raised, wake_at=scene.now + (DAY if lead.level + 1 >= LEVELS else RAISE))]
    missed = replace(lead, debt=Debt(agent=lead.agent, missed="claim" if lead.state == "offered" else "contact"))
    if lead.moves >= MOVES:
        return escalated(missed, scene.now)
    return routed(missed, scene.routable, frozenset(), scene.now)
