"""How a decision is put together: instants, refusals, and the transition itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from domain.ids import AgentId
from domain.lifecycle.commands import Command, Outcome
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import EventType, LifecycleState, OfferStatus
from domain.lifecycle.transition import (
    Attempt,
    Context,
    Event,
    Invited,
    OfferChanged,
    OfferOpened,
    Placement,
    ReassignmentRow,
    Refusal,
    RefusalCode,
    Transition,
)
from domain.queue import QueueType


def instant(lead: Lead, context: Context) -> datetime:
    """When a person's command takes effect: never before the lead's last transition."""
    return max(context.now, lead.last_at)


def later_instant(lead: Lead, command: Command, context: Context) -> datetime:
    """When time's command takes effect.

    The workflow's clock, this process's clock and the lead's last transition, whichever is latest: nothing is
    born expired after an outage, and nothing runs backwards.
    """
    return max(command.received_at, context.now, lead.last_at)


def advance(
    command: Command,
    at: datetime,
    before: Lead,
    after: Lead,
    *,
    events: Sequence[Event] = (),
    opened: OfferOpened | None = None,
    changed: Sequence[OfferChanged] = (),
    reassignment: ReassignmentRow | None = None,
    attempt: Attempt | None = None,
    outcome: Outcome | None = None,
    queue: QueueType | None = None,
    invited: Invited | None = None,
    late_fact: bool = False,
) -> Transition:
    """The transition to `after`, numbered."""
    return Transition(
        command=command,
        at=at,
        before=before,
        after=replace(after, seq=before.seq + 1, last_at=at),
        events=tuple(events),
        opened=opened,
        changed=tuple(changed),
        reassignment=reassignment,
        attempt=attempt,
        outcome=outcome,
        queue=queue,
        invited=invited,
        late_fact=late_fact,
    )


def moved(
    command: Command,
    at: datetime,
    before: Lead,
    placement: Placement,
    *,
    events: Sequence[Event] = (),
    changed: Sequence[OfferChanged] = (),
) -> Transition:
    """The transition to a new place; `events` come before those of the placement."""
    return advance(
        command,
        at,
        before,
        placement.after,
        events=(*events, *placement.events),
        opened=placement.opened,
        changed=(*changed, *placement.changed),
        reassignment=placement.reassignment,
        queue=placement.queue,
        invited=placement.invited,
    )


def late_answer(lead: Lead, agent: AgentId, window: Literal["claim", "contact"], *, by_system: bool = False) -> Event:
    """The breach that an agent's own late claim or contact puts on record, before the timer does."""
    data = {"epoch": lead.epoch, "window": window}
    return Event(type=EventType.SLA_BREACHED, agent=agent, data={**data, "cause": "outage"} if by_system else data)


def late_claim(lead: Lead, agent: AgentId, *, late: bool, by_system: bool = False) -> tuple[Event, ...]:
    """The breach that a claim puts on record; nothing when it is in time, or the breach is on record already."""
    # The lead's own flag may stem from an earlier assignment; an open window says that this one is not yet breached.
    on_record = lead.claim_expires_at is None
    return (late_answer(lead, agent, "claim", by_system=by_system),) if late and not on_record else ()


def claimed_offer(after: Lead, at: datetime, *, late: bool) -> dict[str, object]:
    """What a claim changes in the offer that it answers; `after` is the lead as the claimer holds it."""
    changes: dict[str, object] = {
        "status": OfferStatus.CLAIMED,
        "claimed_at": at,
        "contact_started_at": at,
        "contact_expires_at": after.contact_expires_at,
    }
    return {**changes, "claim_breached": True} if late else changes


def ended_offer(lead: Lead, at: datetime, status: OfferStatus, *, code: str | None = None) -> tuple[OfferChanged, ...]:
    """The current assignment ends without an outcome; nothing when no agent has the lead.

    A waiting lead's missed assignment is still open for its late agent, and ends here too. During a round there is
    no assignment, but every open invitation ends.
    """
    if lead.in_round:
        withdrawn = {"status": OfferStatus.WITHDRAWN, "ended_at": at, "end_code": code or status.value}
        return (OfferChanged(agent=None, epoch=lead.epoch, changes=withdrawn),)
    if lead.state is LifecycleState.QUEUED and lead.pending is not None and lead.pending.missed:
        return ended_offer(
            replace(lead, agent=lead.pending.from_agent, pending=None), at, OfferStatus.MISSED, code=lead.pending.reason
        )
    if lead.agent is None:
        return ()
    return (
        OfferChanged(
            agent=lead.agent,
            epoch=lead.epoch,
            changes={"status": status, "ended_at": at, "end_code": code},
            ended=True,
            converted=False,
            feedback=code or status.value,
        ),
    )


def wrong_state(lead: Lead, wanted: str) -> Refusal:
    """The lead is not where the command expects it."""
    return Refusal(
        code=RefusalCode.WRONG_STATE,
        message=f"the lead is {lead.state}; {wanted}",
        detail={"state": lead.state, "epoch": lead.epoch},
    )


def stale_offer(lead: Lead, epoch: int | None) -> Refusal:
    """The command answers an assignment that is over."""
    return Refusal(
        code=RefusalCode.STALE_OFFER,
        message=f"this answers assignment {epoch}, the lead is at assignment {lead.epoch}; it has moved on",
        detail={"state": lead.state, "epoch": lead.epoch},
    )


def forbidden(message: str) -> Refusal:
    """The caller may not do this."""
    return Refusal(code=RefusalCode.FORBIDDEN, message=message)
