"""Writing one transition: everything that follows from it, in the transaction of the lead's lock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from db.repositories.assignments import (
    change_offer,
    end_history,
    insert_reassignment,
    open_assignment,
    open_history,
    open_invitations,
)
from db.repositories.decision_records import inputs_row, insert_decision_inputs
from db.repositories.evidence import insert_attempt, insert_outcome
from db.repositories.notices import insert_notices
from db.repositories.queue import dequeue, enqueue, refresh
from db.repositories.recording import LedgerEntry, record_transition
from db.repositories.turns import change_membership, credit_turn, take_turn
from db.session import WriteConnection
from domain.lifecycle.commands import Breach, EndPause, Expire, RecordScore, Remind, Rescore
from domain.lifecycle.notices import notices_of
from domain.lifecycle.state import LifecycleState, OfferKind
from domain.lifecycle.transition import Transition
from domain.routing.strategies.turns import earns_credit
from services.choice import Choice


async def write_transition(
    connection: WriteConnection, transition: Transition, *, choice: Choice | None, told_at: datetime | None
) -> dict[str, Any]:
    """Write the transition; returns the stored answer.

    The caller holds the lead's lock and has changed the loads of the agents, whose locks it holds too.
    """
    before, after, at = transition.before, transition.after, transition.at
    result = _result(transition)
    command = transition.command
    entry = LedgerEntry(
        kind=transition.kind,
        command_id=command.command_id,
        body_hash=command.body_hash(),
        actor=str(command.actor),
        due_at=command.due_at if isinstance(command, Breach | EndPause | Expire | Remind) else None,
        result=result,
        told_at=told_at,
    )
    await record_transition(connection, after, entry, transition.events)
    if found := notices_of(transition):
        await insert_notices(connection, after.id, after.seq, found, at)
    for change in transition.changed:
        await change_offer(connection, after.id, change)
        if change.ended:
            await end_history(connection, after.id, change, at)
    if transition.opened is not None:
        await _open_assignment(connection, transition, choice)
    if transition.invited is not None:
        await open_invitations(connection, after, transition.invited)
    if transition.reassignment is not None:
        await insert_reassignment(connection, after.id, transition.reassignment, at)
    if transition.attempt is not None:
        await insert_attempt(connection, after.id, transition.attempt)
    if transition.outcome is not None:
        await insert_outcome(connection, after, transition.outcome)
    if after.close_reason is not None and before.agent is not None and earns_credit(after.close_reason):
        await credit_turn(connection, after.id, before.agent, before.epoch, at)
    await _write_queue(connection, transition)
    if choice is not None and _went_elsewhere(transition):
        await insert_decision_inputs(connection, inputs_row(after, choice.record(), history_id=None))
    return result


def _went_elsewhere(transition: Transition) -> bool:
    """True when a decision gave the lead to no one agent: to many, to a queue, or to whoever answers for it."""
    before, after = transition.before, transition.after
    escalated = after.state is LifecycleState.ESCALATED and before.state is not LifecycleState.ESCALATED
    return transition.invited is not None or after.state is LifecycleState.QUEUED or escalated


async def _open_assignment(connection: WriteConnection, transition: Transition, choice: Choice | None) -> None:
    opened, after = transition.opened, transition.after
    assert opened is not None
    if opened.kind is OfferKind.BROADCAST:
        # The claimer's row in lead_offers is its invitation, which is there already.
        await open_history(connection, after, opened, strategy="broadcast", reason=_claimed_first(transition))
        return
    if opened.kind is not OfferKind.SINGLE or choice is None:
        explanation = f"{opened.kind} assignment by {transition.command.actor.role}"
        reason: dict[str, Any] = {"strategy": "manual", "explanation": [explanation]}
        if transition.overruled:
            reason["overruled"] = list(transition.overruled)
        await open_assignment(connection, after, opened, strategy="manual", reason=reason)
        return
    await open_assignment(
        connection,
        after,
        opened,
        strategy=choice.decision.strategy.value,
        reason=choice.reason(opened.agent),
        pool=choice.pool,
        inputs=inputs_row(after, choice.record(), history_id=after.history_id),
    )
    if choice.pool is not None:
        await change_membership(connection, choice.pool, choice.membership, transition.at)
        await take_turn(connection, choice.pool, opened.agent, transition.at)


def _claimed_first(transition: Transition) -> dict[str, Any]:
    """Why the agent has it: the decision about whom to invite was recorded when the step of that epoch began."""
    before, opened = transition.before, transition.opened
    assert opened is not None
    return {
        "strategy": "broadcast",
        "configVersion": before.config_version,
        "epoch": opened.epoch,
        "round": before.offer_step,
        "invited": opened.invited,
        "explanation": [f"broadcast: the first of {opened.invited} invited to claim, in step {before.offer_step}"],
    }


async def _write_queue(connection: WriteConnection, transition: Transition) -> None:
    before, after = transition.before, transition.after
    if transition.queue is not None:
        tried = after.failed_assignments > before.failed_assignments
        await enqueue(connection, after, transition.queue, transition.at, tried=tried)
    elif after.state is LifecycleState.QUEUED:
        if (after.score, after.queue_sla_at) != (before.score, before.queue_sla_at):
            await refresh(connection, after, transition.at)
    elif before.state is LifecycleState.QUEUED:
        await dequeue(connection, after.id)


def _result(transition: Transition) -> dict[str, Any]:
    """The answer to the command: ids, codes and instants."""
    after, command = transition.after, transition.command
    result: dict[str, Any] = {
        "state": after.state,
        "epoch": after.epoch,
        "seq": after.seq,
        "agent": str(after.agent) if after.agent else None,
        "wake_at": after.wake_at.isoformat() if after.wake_at else None,
    }
    if isinstance(command, RecordScore | Rescore):
        result["score"] = {"value": command.score, "tier": command.tier, **command.explanation}
    if transition.overruled:
        result["overruled"] = list(transition.overruled)
    return result
