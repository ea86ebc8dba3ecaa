"""Where a lead that needs an agent goes: an offer, a queue, or an escalation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.ids import AgentId
from domain.lifecycle.lead import Lead, PendingReassignment
from domain.lifecycle.state import EventType, LifecycleState, OfferKind, OfferStatus, Reason
from domain.lifecycle.transition import Context, Event, OfferChanged, OfferOpened, ReassignmentRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The lead at its new place, and what has to be written for it."""

    after: Lead
    events: tuple[Event, ...]
    opened: OfferOpened | None = None
    changed: tuple[OfferChanged, ...] = ()
    reassignment: ReassignmentRow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A paid debt: the lead without it, the audit row, and the end of the assignment that was missed."""

    lead: Lead
    row: ReassignmentRow | None = None
    ended: tuple[OfferChanged, ...] = ()


def settle(lead: Lead, to_agent: AgentId | None, at: datetime) -> Settlement:
    """Pay the re-assignment row that the lead owes, now that the next agent is known.

    Without a next agent (an escalation to the managers' queue) the debt stays, only the missed assignment ends.
    The same agent again is no change of agent: no row, but it counts against the cap, so that a pool of one
    agent is not rung for ever.
    """
    owed = lead.pending
    if owed is None:
        return Settlement(lead=lead)
    counted = lead
    ended: tuple[OfferChanged, ...] = ()
    if owed.missed and lead.state is not LifecycleState.ESCALATED:
        counted = replace(lead, sla_reassignments=lead.sla_reassignments + 1)
        ended = (
            OfferChanged(
                agent=owed.from_agent,
                epoch=lead.epoch,
                changes={"ended_at": at, "end_code": owed.reason},
                ended=True,
                converted=False,
                feedback=owed.reason,
            ),
        )
    if to_agent is None:
        return Settlement(lead=counted, ended=ended)
    if owed.from_agent == to_agent:
        return Settlement(lead=replace(counted, pending=None), ended=ended)
    row = ReassignmentRow(
        from_agent=owed.from_agent, to_agent=to_agent, by=owed.by, reason=owed.reason, notes=owed.notes
    )
    return Settlement(lead=count_reassignment(counted, row, at), row=row, ended=ended)


def count_reassignment(lead: Lead, row: ReassignmentRow, at: datetime) -> Lead:
    """The lead's own record of a re-assignment row: `reassignment_count` is the number of rows."""
    return replace(
        lead,
        pending=None,
        previous_agent=row.from_agent,
        reassignment_count=lead.reassignment_count + 1,
        reassignment_reason=row.reason,
        reassigned_at=at,
    )


def owe(lead: Lead, reason: Reason, by: AgentId, notes: str | None = None) -> Lead:
    """Note who loses the lead. When nobody has it, an older debt stays as it is."""
    if lead.agent is None:
        return lead
    return replace(lead, pending=PendingReassignment(from_agent=lead.agent, reason=reason, by=by, notes=notes))


def place(lead: Lead, context: Context, at: datetime) -> Placement:
    """Offer the lead to the candidate, or queue it when there is none."""
    if context.candidate is None:
        return queue(lead, context, at)
    return offer(lead, context.candidate, context, at)


def offer(lead: Lead, agent: AgentId, context: Context, at: datetime) -> Placement:
    """A new offer with a fresh claim window; the epoch moves on, earlier windows are void."""
    settlement = settle(lead, agent, at)
    expires_at = context.configuration.sla.claim_deadline(at)
    after = replace(
        settlement.lead,
        state=LifecycleState.OFFERED,
        epoch=lead.epoch + 1,
        agent=agent,
        assigned_at=at,
        assignment_method=context.strategy,
        history_id=context.history_id,
        lead_claimed=False,
        claim_started_at=at,
        claim_expires_at=expires_at,
        contact_started_at=None,
        contact_expires_at=None,
        contact_breached=False,
        first_action_completed=False,
        wake_at=expires_at,
        parked_at=None,
        parked_code=None,
    )
    return Placement(
        after=after,
        events=(assigned_event(settlement.row, agent, after.epoch),),
        opened=OfferOpened(
            agent=agent,
            epoch=after.epoch,
            kind=OfferKind.SINGLE,
            status=OfferStatus.OPEN,
            claim_expires_at=expires_at,
        ),
        changed=settlement.ended,
        reassignment=settlement.row,
    )


def hold(lead: Lead, context: Context, at: datetime) -> Lead:
    """The lead as its agent holds it from now on: claimed, with a fresh contact window."""
    expires_at = context.configuration.sla.contact_deadline(at)
    return replace(
        lead,
        state=LifecycleState.CLAIMED,
        lead_claimed=True,
        claim_expires_at=None,
        contact_started_at=at,
        contact_expires_at=expires_at,
        contact_breached=False,
        first_action_completed=False,
        wake_at=expires_at,
        parked_at=None,
        parked_code=None,
    )


def assigned_event(row: ReassignmentRow | None, agent: AgentId, epoch: int) -> Event:
    """`reassigned` when another agent had the lead before, else `assigned`."""
    if row is None:
        return Event(type=EventType.ASSIGNED, agent=agent, data={"epoch": epoch})
    data = {"epoch": epoch, "reason": row.reason, "from_agent": str(row.from_agent) if row.from_agent else None}
    return Event(type=EventType.REASSIGNED, agent=agent, data=data)


def queue(lead: Lead, context: Context, at: datetime) -> Placement:
    """Nobody is eligible: the lead waits, visibly, and is tried again. The epoch stays: a late claim still counts."""
    after = replace(
        lead,
        state=LifecycleState.QUEUED,
        agent=None,
        assigned_at=None,
        assignment_method=None,
        lead_claimed=False,
        claim_expires_at=None,
        contact_expires_at=None,
        wake_at=at + timedelta(seconds=context.configuration.sla.queue_retry_seconds),
        parked_at=None,
        parked_code=None,
    )
    failed = Event(type=EventType.FAILED_ASSIGNMENT, data={"epoch": lead.epoch, "reason": "nobody_eligible"})
    queued = () if lead.state is LifecycleState.QUEUED else (Event(type=EventType.QUEUED, data={"epoch": lead.epoch}),)
    return Placement(after=after, events=(failed, *queued))


def escalate(lead: Lead, context: Context, at: datetime, reason: str) -> Placement:
    """Re-assignments are used up: the fallback owner holds the lead, or the managers' queue when there is none.

    It can still be claimed, and has a window of its own.
    """
    owner = context.configuration.sla.fallback_owner
    settlement = settle(lead, owner, at)
    expires_at = context.configuration.sla.escalation_deadline(at, level=1)
    after = replace(
        settlement.lead,
        state=LifecycleState.ESCALATED,
        epoch=lead.epoch + 1,
        agent=owner,
        assigned_at=at if owner is not None else None,
        assignment_method="escalation" if owner is not None else None,
        history_id=context.history_id if owner is not None else lead.history_id,
        lead_claimed=False,
        claim_started_at=at,
        claim_expires_at=expires_at,
        contact_started_at=None,
        contact_expires_at=None,
        contact_breached=False,
        first_action_completed=False,
        escalation_level=1,
        escalated_at=at,
        wake_at=expires_at,
        parked_at=None,
        parked_code=None,
    )
    event = Event(type=EventType.ESCALATED, agent=owner, data={"epoch": after.epoch, "level": 1, "reason": reason})
    opened = None
    if owner is not None:
        opened = OfferOpened(
            agent=owner,
            epoch=after.epoch,
            kind=OfferKind.ESCALATION,
            status=OfferStatus.OPEN,
            claim_expires_at=expires_at,
        )
    return Placement(after=after, events=(event,), opened=opened, changed=settlement.ended, reassignment=settlement.row)
