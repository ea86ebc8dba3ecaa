"""Callers who want the same lead, and callers who say the same thing twice at once."""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import uuid4

from domain.contact import ContactResult
from domain.errors import CommandConflictError
from domain.ids import LeadId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Breach, Claim, Command, Contact, Outcome, Reassign, Release, Withdraw
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import CloseReason, LifecycleState
from services.applied import Answer, Applied, Refused
from tests.races.arena import Arena, accepted, agent
from tests.races.rounds import rounds

_LEADS = 5


async def _escalated(arena: Arena) -> list[Lead]:
    """Leads that anybody may claim: their only window was missed."""
    leads = await arena.offered(_LEADS)
    await arena.pass_deadlines(lead.claim_expires_at for lead in leads)
    missed = [
        arena.give(lead.id, arena.command(Breach, epoch=lead.epoch, due_at=lead.claim_expires_at)) for lead in leads
    ]
    return [accepted(answer) for answer in await asyncio.gather(*missed)]


@rounds(quick=2, slow=60)
async def test_ten_callers_want_one_lead(arena: Arena, rounds: int) -> None:
    await arena.configure(sla={"max_reassignments": 0})
    people = await arena.populate(10)
    for _ in range(rounds):
        leads = await _escalated(arena)
        assert {lead.state for lead in leads} == {LifecycleState.ESCALATED}
        calls = [(lead, caller) for lead in leads for caller in people.agents]
        answers = await arena.together(
            *(arena.give(lead.id, arena.command(Claim, agent(caller))) for lead, caller in calls)
        )
        for lead in leads:
            mine = [answer for (called, _), answer in zip(calls, answers, strict=True) if called is lead]
            _one_won(mine)
        await arena.clear(leads, people.admin)
    await arena.check()


def _one_won(answers: list[Answer]) -> None:
    winners = [answer.lead for answer in answers if isinstance(answer, Applied)]
    assert len(winners) == 1
    for answer in answers:
        if isinstance(answer, Refused):
            assert answer.refusal.code == "AlreadyClaimed"
            assert answer.refusal.detail["claimed_by"] == str(winners[0].agent)
            claimed_at = datetime.fromisoformat(answer.refusal.detail["claimed_at"])
            assert claimed_at == winners[0].contact_started_at


@rounds(quick=2, slow=60)
async def test_the_same_command_three_times_at_once_counts_once(arena: Arena, rounds: int) -> None:
    """Also those which the state that they lead to would refuse, and those that find another holder there."""
    people = await arena.populate(3)
    admin = Actor(role=Role.ADMIN, id=people.admin)
    for _ in range(rounds):
        leads = await arena.offered(_LEADS)
        holders = [agent(lead.agent or uuid4()) for lead in leads]
        steps: list[list[Command]] = [
            [arena.command(Claim, holder) for holder in holders],
            [arena.command(Contact, holder, result=ContactResult.NO_ANSWER) for holder in holders],
            [arena.command(Release, holder, code="busy") for holder in holders],
            [arena.command(Reassign, admin, to_agent=holder.id) for holder in holders],
            [arena.command(Outcome, holder, result=CloseReason.WON) for holder in holders],
        ]
        for commands in steps:
            await _three_times(arena, leads, commands)
    await arena.check()


async def _three_times(arena: Arena, leads: list[Lead], commands: list[Command]) -> None:
    ids = [lead.id for lead in leads]
    sent = list(zip(ids, commands, strict=True)) * 3
    answers = await arena.together(*(arena.give(lead_id, command) for lead_id, command in sent))
    for place in range(len(ids)):
        mine = [answer for answer in answers[place :: len(ids)] if isinstance(answer, Applied)]
        assert len(mine) == 3, "a repeat is never refused"
        assert [answer.changed for answer in mine].count(True) == 1
        assert all(answer.result == mine[0].result for answer in mine), "every repeat gets the first answer"


@rounds(quick=2, slow=60)
async def test_one_id_for_two_leads_at_once_is_one_command(arena: Arena, rounds: int) -> None:
    people = await arena.populate(3)
    for _ in range(rounds):
        leads = await arena.offered(2 * _LEADS)
        pairs = list(zip(leads[:_LEADS], leads[_LEADS:], strict=True))
        admin = Actor(role=Role.ADMIN, id=people.admin)
        commands = [arena.command(Withdraw, admin) for _ in pairs]
        answers = await arena.together(
            *(
                _give_or_conflict(arena, lead.id, command)
                for pair, command in zip(pairs, commands, strict=True)
                for lead in pair
            )
        )
        for place in range(_LEADS):
            assert sorted(answers[2 * place : 2 * place + 2]) == ["applied", "conflict"]
        await arena.clear(leads, people.admin)
    await arena.check()


async def _give_or_conflict(arena: Arena, lead_id: LeadId, command: Command) -> str:
    try:
        return "applied" if isinstance(await arena.give(lead_id, command), Applied) else "refused"
    except CommandConflictError:
        return "conflict"


@rounds(quick=2, slow=40)
async def test_one_call_reported_by_three_systems_is_one_attempt(arena: Arena, rounds: int) -> None:
    people = await arena.populate(3)
    switchboard = Actor(role=Role.SERVICE, id=uuid4())
    for _ in range(rounds):
        leads = await arena.offered(_LEADS)
        claims = (arena.give(lead.id, arena.command(Claim, agent(lead.agent or uuid4()))) for lead in leads)
        await asyncio.gather(*claims)
        reports = [
            arena.give(lead.id, arena.command(Contact, switchboard, external_id=f"call-{lead.id}"))
            for lead in leads
            for _ in range(3)
        ]
        answers = await arena.together(*reports)
        assert [isinstance(answer, Applied) and answer.changed for answer in answers].count(True) == _LEADS
        attempts = await arena.sql(
            "SELECT count(*) FROM contact_attempts WHERE lead_id = ANY($1)", [lead.id for lead in leads]
        )
        assert attempts == [(_LEADS,)]
        await arena.clear(leads, people.admin)
    await arena.check()
