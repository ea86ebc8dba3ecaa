"""Writing one transition: everything that follows from it, in the transaction of the lead's lock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from db.repositories.assignments import change_offer, end_history, insert_reassignment, open_history, open_offer
from db.repositories.evidence import insert_attempt, insert_outcome
from db.repositories.queue import dequeue, enqueue
from db.repositories.recording import LedgerEntry, record_transition
from db.repositories.routing_inputs import insert_decision_inputs
from db.session import WriteConnection
from domain.lifecycle.commands import Breach, Expire, RecordScore
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import LifecycleState, OfferKind
from domain.lifecycle.transition import Transition
from domain.queue import QueueType, queue_sla
from domain.tier import Tier
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
        due_at=command.due_at if isinstance(command, Breach | Expire) else None,
        result=result,
        told_at=told_at,
    )
    await record_transition(connection, after, entry, transition.events)
    for change in transition.changed:
        await change_offer(connection, after.id, change)
        if change.ended:
            await end_history(connection, after.id, change, at)
    if transition.opened is not None:
        await _open_assignment(connection, transition, choice)
    if transition.reassignment is not None:
        await insert_reassignment(connection, after.id, transition.reassignment, at)
    if transition.attempt is not None:
        await insert_attempt(connection, after.id, transition.attempt)
    if transition.outcome is not None:
        await insert_outcome(connection, after, transition.outcome)
    await _write_queue(connection, before, after, at)
    if choice is not None and (transition.opened is not None or after.state is LifecycleState.QUEUED):
        await insert_decision_inputs(
            connection,
            lead_id=after.id,
            seq=after.seq,
            at=at,
            config_version=after.config_version,
            history_id=after.history_id if transition.opened is not None else None,
            inputs=choice.inputs(),
        )
    return result


async def _open_assignment(connection: WriteConnection, transition: Transition, choice: Choice | None) -> None:
    opened, after = transition.opened, transition.after
    assert opened is not None
    chosen_by_routing = opened.kind is OfferKind.SINGLE and choice is not None
    if chosen_by_routing and choice is not None:
        strategy, reason = choice.decision.strategy, choice.reason(opened.agent)
    else:
        explanation = f"{opened.kind} assignment by {transition.command.actor.role}"
        strategy, reason = "manual", {"strategy": "manual", "explanation": [explanation]}
    await open_history(connection, after, opened, strategy=strategy, reason=reason)
    await open_offer(connection, after, opened)


async def _write_queue(connection: WriteConnection, before: Lead, after: Lead, at: datetime) -> None:
    if after.state is LifecycleState.QUEUED:
        if before.state is LifecycleState.QUEUED and before.wake_at == after.wake_at:
            return
        queue = QueueType.REASSIGNMENT if after.pending is not None else QueueType.WAITING
        tier = after.tier or Tier.TIER4
        await enqueue(connection, after, queue, queue_sla(queue, tier, after.created_at, at), at)
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
    if isinstance(command, RecordScore):
        result["score"] = {"value": command.score, "tier": command.tier, **command.explanation}
    return result
