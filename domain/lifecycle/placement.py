"""Where a lead that needs an agent goes: an offer, a queue, or an escalation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.ids import AgentId
from domain.lifecycle.lead import Lead, PendingReassignment
from domain.lifecycle.state import EventType, LifecycleState, OfferKind, OfferStatus, Reason
from domain.lifecycle.transition import (
    Context,
    Event,
    Invited,
    OfferChanged,
    OfferOpened,
    Placement,
    ReassignmentRow,
)
from domain.lifecycle.waiting import wait_for_somebody, wait_in_line, wait_until
from domain.routing.offer_plan import OfferPlan, invited
from domain.sla.policy import OutOfHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A paid debt: the lead without it, the audit row, and the end of the assignment that was missed."""

    lead: Lead
    row: ReassignmentRow | None = None
    ended: tuple[OfferChanged, ...] = ()


_HELD = frozenset({OutOfHours.HOLD, OutOfHours.FIRST})


def settle(lead: Lead, to_agent: AgentId | None, at: datetime) -> Settlement:
    """Pay the re-assignment row that the lead owes, now that the next agent is known.

    Without a next agent (an escalation to the managers' queue, a broadcast) the debt stays, only the missed
    assignment ends, once.
    The same agent again is no change of agent: no row, but it counts against the cap, so that a pool of one
    agent is not rung for ever.
    """
    owed = lead.pending
    if owed is None:
        return Settlement(lead=lead)
    counted = lead
    ended: tuple[OfferChanged, ...] = ()
    if owed.missed and lead.state is not LifecycleState.ESCALATED and not lead.in_round:
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
    """Where the plan sends the lead: to the managers, into a queue, or to the candidate when there is one.

    A rule holds a lead back once: held again and again it would never be offered. Out of hours it waits for the
    opening, by policy. A try that finds nobody is a failed one, also when the lead would have had to wait anyway.
    """
    plan = context.plan
    lead = replace(lead, policy=None if plan.own_policy else plan.policy or lead.policy)
    clock = context.clock(lead)
    if plan.escalate is not None:
        return escalate(lead, context, at, reason=plan.escalate)
    if plan.held_until is not None and lead.held_until is None and plan.held_until > at:
        return wait_until(lead, plan.held_until, plan.queue, at)
    opening = clock.opening(at) if clock.policy.out_of_hours in _HELD else None
    if opening is not None:
        return wait_until(lead, clock.spread(opening, lead.id), plan.queue, at)
    if plan.queue is not None and context.candidate is not None:
        return wait_in_line(lead, plan.queue, context, at)
    if plan.queue is None and plan.offers is not None and context.ranked:
        return invite(lead, plan.offers, context, at)
    if context.candidate is not None:
        return offer(lead, context.candidate, context, at)
    # Also where the lead is meant to wait: what nobody may have waits in vain for the next batch.
    if lead.failed_assignments + 1 >= context.configuration.queues.max_attempts:
        return escalate(lead, context, at, reason="attempts_used_up")
    return wait_for_somebody(lead, context, at)


def offer(lead: Lead, agent: AgentId, context: Context, at: datetime) -> Placement:
    """A new offer with a fresh claim window; the epoch moves on, earlier windows are void."""
    settlement = settle(lead, agent, at)
    expires_at = context.clock(lead).claim_deadline(at)
    after = replace(
        settlement.lead,
        state=LifecycleState.OFFERED,
        epoch=lead.epoch + 1,
        agent=agent,
        assigned_at=at,
        assignment_method=context.plan.strategy,
        history_id=context.history_id,
        lead_claimed=False,
        claim_started_at=at,
        claim_expires_at=expires_at,
        contact_started_at=None,
        contact_expires_at=None,
        contact_breached=False,
        first_action_completed=False,
        offer_step=0,
        wake_at=expires_at,
        failed_assignments=0,
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


def invite(
    lead: Lead,
    plan: OfferPlan,
    context: Context,
    at: datetime,
    *,
    staying: tuple[AgentId, ...] = (),
    started_at: datetime | None = None,
) -> Placement:
    """The step of a broadcast that routing has ranked for: those `staying` keep their invitation, others join them.

    The epoch moves on with every step. The claim window is that of the whole round, which began at `started_at`, or
    begins now; where the lead's own window ends is the end of the step.
    """
    settlement = settle(lead, None, at)
    steps = plan.steps[context.step - 1 :]
    hours = context.clock(lead).hours
    step_ends_at = hours.add(at, timedelta(seconds=steps[0].seconds))
    round_ends_at = hours.add(at, timedelta(seconds=sum(step.seconds for step in steps)))
    agents = invited(plan, context.step, context.ranked, context.ranked, staying)
    after = replace(
        settlement.lead,
        state=LifecycleState.OFFERED,
        epoch=lead.epoch + 1,
        agent=None,
        assigned_at=None,
        assignment_method=None,
        lead_claimed=False,
        claim_started_at=started_at or at,
        claim_expires_at=step_ends_at,
        contact_started_at=None,
        contact_expires_at=None,
        contact_breached=False,
        first_action_completed=False,
        offer_step=context.step,
        wake_at=step_ends_at,
        failed_assignments=0,
        parked_at=None,
        parked_code=None,
    )
    data = {"epoch": after.epoch, "round": after.offer_step}
    return Placement(
        after=after,
        events=tuple(
            Event(type=EventType.ASSIGNED, agent=agent, data=data) for agent in agents if agent not in staying
        ),
        changed=settlement.ended,
        invited=Invited(agents=agents, epoch=after.epoch, step=after.offer_step, claim_expires_at=round_ends_at),
    )


def hold(lead: Lead, context: Context, at: datetime) -> Lead:
    """The lead as its agent holds it from now on: claimed, with a fresh contact window."""
    expires_at = context.clock(lead).contact_deadline(at)
    return replace(
        lead,
        state=LifecycleState.CLAIMED,
        lead_claimed=True,
        claim_expires_at=None,
        contact_started_at=at,
        contact_expires_at=expires_at,
        contact_breached=False,
        first_action_completed=False,
        offer_step=0,
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


def escalate(lead: Lead, context: Context, at: datetime, reason: str) -> Placement:
    """Re-assignments are used up: the fallback owner holds the lead, or the managers' queue when there is none.

    It can still be claimed, and has a window of its own. Out of hours it is at level 0, which tells nobody: the
    managers are told at the opening.
    """
    owner = context.sla(lead).fallback_owner
    settlement = settle(lead, owner, at)
    clock = context.clock(lead)
    expires_at = clock.escalation_deadline(at, level=1)
    opening = clock.opening(at)
    level = 1 if opening is None else 0
    wake_at = opening or expires_at
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
        claim_expires_at=wake_at,
        contact_started_at=None,
        contact_expires_at=None,
        contact_breached=False,
        first_action_completed=False,
        offer_step=0,
        escalation_level=level,
        escalated_at=at,
        wake_at=wake_at,
        failed_assignments=0,
        parked_at=None,
        parked_code=None,
    )
    event = Event(type=EventType.ESCALATED, agent=owner, data={"epoch": after.epoch, "level": level, "reason": reason})
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
