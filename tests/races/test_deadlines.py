"""People against time: who commits first wins, and when the command arrived decides whether it was in time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

from domain.lifecycle.commands import Breach, Claim, Contact, Outcome
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import CloseReason, LifecycleState
from services.applied import Answer, Applied
from tests.races.arena import Arena, accepted, agent, refused
from tests.races.rounds import rounds

_AROUND = [timedelta(milliseconds=by) for by in (-1000, -1, 0, 1, 1000)]
"""When a command arrives, seen from its deadline: exactly the deadline is in time."""


def _breach(arena: Arena, lead: Lead, *, early: bool = False) -> Breach:
    due_at = lead.claim_expires_at or lead.contact_expires_at
    assert due_at is not None
    scheduled_at = due_at - timedelta(microseconds=1) if early else due_at
    command = arena.command(Breach, received_at=scheduled_at, epoch=lead.epoch, due_at=due_at)
    assert isinstance(command, Breach)
    return command


async def _offer(arena: Arena, lead: Lead, epoch: int) -> tuple[bool, bool, bool, int]:
    """The assignment of an epoch: claim breached, contact breached, excused; and its breach events."""
    rows = await arena.sql(
        """SELECT o.claim_breached, o.contact_breached, o.breach_excused,
                  (SELECT count(*) FROM "RoutingEvent" e WHERE e."leadId" = o.lead_id
                     AND e."eventType" = 'sla_breached' AND (e."eventData" ->> 'epoch')::int = o.epoch)
             FROM lead_offers o WHERE o.lead_id = $1 AND o.epoch = $2""",
        lead.id,
        epoch,
    )
    claim, contact, excused, events = rows[0]
    return claim, contact, excused, events


@rounds(quick=3, slow=40)
async def test_a_claim_against_the_timer(arena: Arena, rounds: int) -> None:
    people = await arena.populate(4)
    for _ in range(rounds):
        leads = await arena.offered(2 * len(_AROUND))
        await arena.pass_deadlines(lead.claim_expires_at for lead in leads)
        deltas = _AROUND * 2
        races = [_claim_against_breach(arena, lead, delta) for lead, delta in zip(leads, deltas, strict=True)]
        for lead, delta, (claim, breach) in zip(leads, deltas, await arena.together(*races), strict=True):
            in_time = delta <= timedelta(0)
            now = await arena.current(lead.id)
            if isinstance(claim, Applied):
                assert not accepted_change(breach), "a claim that was answered is not breached any more"
                assert (now.state, now.agent, now.epoch) == (LifecycleState.CLAIMED, lead.agent, 1)
                assert await _offer(arena, lead, 1) == (not in_time, False, False, 0 if in_time else 1)
            else:
                assert refused(claim).refusal.code == "StaleOffer"
                assert accepted_change(breach)
                assert (now.state, now.epoch) == (LifecycleState.OFFERED, 2)
                assert now.agent != lead.agent
                assert await _offer(arena, lead, 1) == (True, False, in_time, 1)
        await arena.clear(leads, people.admin)
    await arena.check()


async def _claim_against_breach(arena: Arena, lead: Lead, delta: timedelta) -> tuple[Answer, Answer]:
    """The claim and the timer at once; the timer twice, as after a lost answer, and once too early."""
    assert lead.claim_expires_at is not None
    claim = arena.command(Claim, agent(lead.agent or uuid4()), received_at=lead.claim_expires_at + delta, epoch=1)
    breach = _breach(arena, lead)
    early, claimed, breached, again = await arena.together(
        arena.give(lead.id, _breach(arena, lead, early=True)),
        arena.give(lead.id, claim),
        arena.give(lead.id, breach),
        arena.give(lead.id, breach),
    )
    assert not accepted_change(early), "no window is breached early"
    return claimed, breached if accepted_change(breached) else again


def accepted_change(answer: Answer) -> bool:
    """True when the command changed the lead."""
    return isinstance(answer, Applied) and answer.changed


@rounds(quick=3, slow=50)
async def test_a_claim_against_the_timer_when_nobody_else_is_there(arena: Arena, rounds: int) -> None:
    people = await arena.populate(1, capacity=len(_AROUND))
    for _ in range(rounds):
        leads = await arena.offered(len(_AROUND))
        await arena.pass_deadlines(lead.claim_expires_at for lead in leads)
        races = [_claim_against_breach(arena, lead, delta) for lead, delta in zip(leads, _AROUND, strict=True)]
        for lead, (claim, breach) in zip(leads, await arena.together(*races), strict=True):
            # Every slot is taken, so a missed lead waits, and its agent may still be late; or the slots of those
            # that wait already let him be rung again.
            now = await arena.current(lead.id)
            if isinstance(claim, Applied):
                assert (now.state, now.agent, now.epoch) == (LifecycleState.CLAIMED, lead.agent, 1)
            else:
                assert accepted_change(breach)
                assert refused(claim).refusal.code in ("StaleOffer", "AtCapacity")
        await arena.clear(leads, people.admin)
    await arena.check()


@rounds(quick=3, slow=40)
async def test_an_outcome_or_an_attempt_against_the_timer(arena: Arena, rounds: int) -> None:
    people = await arena.populate(4)
    for _ in range(rounds):
        offered = await arena.offered(2 * len(_AROUND))
        claims = (arena.give(lead.id, arena.command(Claim, agent(lead.agent or uuid4()))) for lead in offered)
        leads = [accepted(answer) for answer in await asyncio.gather(*claims)]
        await arena.pass_deadlines(lead.contact_expires_at for lead in leads)
        half = len(_AROUND)
        outcomes = await arena.together(*(_outcome_against_breach(arena, lead) for lead in leads[:half]))
        for lead, (said, breach) in zip(leads, outcomes, strict=False):
            _closed_or_passed_on(await arena.current(lead.id), said, breach)
        attempts = zip(leads[half:], _AROUND, strict=True)
        await arena.together(*(_attempt_against_breach(arena, lead, delta) for lead, delta in attempts))
        await arena.clear([lead for lead in leads if (await arena.current(lead.id)).is_open], people.admin)
    await arena.check()


async def _outcome_against_breach(arena: Arena, lead: Lead) -> tuple[Answer, Answer]:
    said, breach = await arena.together(
        arena.give(lead.id, arena.command(Outcome, agent(lead.agent or uuid4()), result=CloseReason.WON)),
        arena.give(lead.id, _breach(arena, lead)),
    )
    return said, breach


def _closed_or_passed_on(now: Lead, said: Answer, breach: Answer) -> None:
    assert accepted_change(said) != accepted_change(breach)
    if accepted_change(said):
        assert (now.state, now.close_reason, now.contact_breached) == (LifecycleState.CLOSED, CloseReason.WON, False)
    else:
        assert refused(said).refusal.code == "WrongState"
        assert (now.state, now.epoch) == (LifecycleState.OFFERED, 2)


async def _attempt_against_breach(arena: Arena, lead: Lead, delta: timedelta) -> None:
    """Evidence never takes a lead back; an attempt in time is nobody's breach, whoever commits first."""
    assert lead.contact_expires_at is not None
    in_time = delta <= timedelta(0)
    attempt = arena.command(Contact, agent(lead.agent or uuid4()), occurred_at=lead.contact_expires_at + delta)
    said, breach = await arena.together(arena.give(lead.id, attempt), arena.give(lead.id, _breach(arena, lead)))
    now = await arena.current(lead.id)
    if accepted_change(breach):
        assert (now.state, now.epoch) == (LifecycleState.OFFERED, 2)
        assert isinstance(said, Applied) == in_time, "evidence of an attempt in time is kept, other evidence is stale"
        assert await _offer(arena, lead, 1) == (False, True, in_time, 1)
    else:
        assert (now.state, now.agent, now.epoch) == (LifecycleState.CONTACTED, lead.agent, 1)
        assert now.contacted_late is not in_time
        assert await _offer(arena, lead, 1) == (False, not in_time, False, 0 if in_time else 1)
