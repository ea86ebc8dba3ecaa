"""Many agents are invited to one lead and want it at once."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any

from db.repositories.decision_records import newest_decisions
from db.session import write_transaction
from domain.ids import AgentId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Breach, Claim, Command, Decline, Outcome, Reassign, Route, Withdraw
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import CloseReason
from services.applied import Applied, Refused
from services.configurations import Configurations
from services.decisions import decision_fault
from services.invariants import check_invariants
from tests.db.databases import run_script
from tests.races.arena import Arena, accepted, agent, refused
from tests.races.rounds import rounds

_LEADS = 4
_ALL_AT_ONCE: list[dict[str, Any]] = [{"seconds": 60, "take": "all"}]
_WIDENING: list[dict[str, Any]] = [
    {"seconds": 60, "take": 1},
    {"seconds": 60, "take": 3},
    {"seconds": 180, "take": "all"},
]


async def _broadcast(arena: Arena, steps: list[dict[str, Any]]) -> None:
    """Leads that come from now on are offered to many."""
    body = json.dumps({"strategy": {"name": "broadcast", "plan": {"steps": steps}}})
    await run_script(
        arena.database.owner,
        f"INSERT INTO configuration_versions (version, body) SELECT max(version) + 1, '{body}'"
        " FROM configuration_versions",
    )


async def _invited(arena: Arena, lead: Lead) -> list[AgentId]:
    rows = await arena.sql(
        "SELECT agent_id FROM lead_offers WHERE lead_id = $1 AND epoch = $2 AND status = 'open' ORDER BY agent_id",
        lead.id,
        lead.epoch,
    )
    return [AgentId(row[0]) for row in rows]


async def _loads(arena: Arena) -> dict[Any, int]:
    rows = await arena.sql('SELECT "agentId", "currentLoad" FROM "AgentAvailability" WHERE "currentLoad" > 0')
    return {row[0]: row[1] for row in rows}


async def _replays(arena: Arena) -> None:
    """Every recorded decision, made again, is the same."""
    configurations = Configurations()
    async with write_transaction(arena.engines.service) as connection:
        records = await newest_decisions(connection, 1000)
        assert records
        for record in records:
            configuration = await configurations.get(connection, record.config_version)
            assert decision_fault(record, configuration) is None


def _step_over(arena: Arena, lead: Lead) -> Command:
    return arena.command(Breach, epoch=lead.epoch, due_at=lead.claim_expires_at)


@rounds(quick=2, slow=60)
async def test_ten_invited_agents_claim_at_once(arena: Arena, rounds: int) -> None:
    await _broadcast(arena, _ALL_AT_ONCE)
    people = await arena.populate(10)
    for _ in range(rounds):
        leads = await arena.offered(_LEADS)
        assert all(lead.in_round and lead.offer_step == 1 for lead in leads)
        assert await _loads(arena) == {}, "an invitation takes no slot"
        calls = [(lead, caller) for lead in leads for caller in people.agents]
        answers = await arena.together(
            *(arena.give(lead.id, arena.command(Claim, agent(caller), epoch=lead.epoch)) for lead, caller in calls)
        )
        winners: Counter[Any] = Counter()
        for lead in leads:
            mine = [answer for (called, _), answer in zip(calls, answers, strict=True) if called is lead]
            (winner,) = [answer.lead for answer in mine if isinstance(answer, Applied)]
            winners[winner.agent] += 1
            lost = [answer.refusal for answer in mine if isinstance(answer, Refused)]
            assert [refusal.code for refusal in lost] == ["AlreadyClaimed"] * 9
            assert {refusal.detail["claimed_by"] for refusal in lost} == {str(winner.agent)}
            told = {datetime.fromisoformat(refusal.detail["claimed_at"]) for refusal in lost}
            assert told == {winner.contact_started_at}
            ends = await arena.sql(
                "SELECT status, end_code, count(*) FROM lead_offers WHERE lead_id = $1 GROUP BY 1, 2 ORDER BY 1",
                lead.id,
            )
            assert ends == [("claimed", None, 1), ("withdrawn", "claimed_by_other", 9)]
            history = await arena.sql(
                'SELECT id, "assignedAgentId", "routingStrategy", "assignmentReason" ->> \'invited\','
                ' "assignmentReason" ->> \'round\' FROM "LeadRoutingHistory" WHERE "leadId" = $1',
                lead.id,
            )
            assert history == [(winner.history_id, winner.agent, "broadcast", "10", "1")]
        assert await _loads(arena) == dict(winners)
        await arena.clear(leads, people.admin)
        assert await _loads(arena) == {}
    await _replays(arena)
    await arena.check()


@rounds(quick=2, slow=60)
async def test_claims_race_with_the_end_of_the_step(arena: Arena, rounds: int) -> None:
    """Whether the claim or the next step commits first: the claim of somebody invited counts."""
    await _broadcast(arena, _WIDENING)
    people = await arena.populate(5)
    for _ in range(rounds):
        leads = await arena.offered(_LEADS)
        callers = [(await _invited(arena, lead))[0] for lead in leads]
        claims = [
            arena.command(Claim, agent(caller), epoch=lead.epoch) for lead, caller in zip(leads, callers, strict=True)
        ]
        await arena.pass_deadlines(lead.claim_expires_at for lead in leads)
        steps = [_step_over(arena, lead) for lead in leads]
        answers = await arena.together(
            *(arena.give(lead.id, command) for lead, command in zip(leads, claims, strict=True)),
            *(arena.give(lead.id, command) for lead, command in zip(leads, steps, strict=True)),
        )
        for lead, caller, answer in zip(leads, callers, answers, strict=False):
            assert accepted(answer).agent == caller
            held = await arena.current(lead.id)
            assert (held.state, held.agent, held.claim_breached) == ("claimed", caller, False)
            assert await _invited(arena, held) == []
        await arena.clear(leads, people.admin)
    await _replays(arena)
    await arena.check()


@rounds(quick=2, slow=60)
async def test_everybody_declines_at_once(arena: Arena, rounds: int) -> None:
    """Each decline ends one invitation; the last one begins the next step, and the last of all ends the round."""
    await _broadcast(arena, [{"seconds": 60, "take": 4}, {"seconds": 60, "take": 6}])
    await arena.populate(6)
    for _ in range(rounds):
        leads = await arena.offered(_LEADS)
        asked: dict[Any, set[AgentId]] = {lead.id: set() for lead in leads}
        for expected in (4, 2):
            calls = []
            for lead in leads:
                now = await arena.current(lead.id)
                invited = await _invited(arena, now)
                assert len(invited) == expected
                assert not asked[lead.id] & set(invited), "whoever declined is not asked again"
                asked[lead.id] |= set(invited)
                calls += [(lead, now.epoch, caller) for caller in invited]
            answers = await arena.together(
                *(
                    arena.give(lead.id, arena.command(Decline, agent(caller), epoch=epoch))
                    for lead, epoch, caller in calls
                )
            )
            assert all(accepted(answer) for answer in answers)
        for lead in leads:
            ended = await arena.current(lead.id)
            assert (ended.state, ended.claim_breached, ended.reassignment_count) == ("escalated", False, 0)
        admin = await arena.sql("SELECT id FROM crm_agents WHERE role = 'admin'")
        await arena.clear(leads, admin[0][0])
    await _replays(arena)
    await arena.check()


@rounds(quick=2, slow=60)
async def test_a_full_agent_is_refused_and_stays_invited(arena: Arena, rounds: int) -> None:
    """Two leads, one free slot: one claim wins, the other invitation stays open for when there is room."""
    await _broadcast(arena, _ALL_AT_ONCE)
    people = await arena.populate(1, capacity=1)
    only = people.agents[0]
    admin = Actor(role=Role.ADMIN, id=people.admin)
    for _ in range(rounds):
        leads = await arena.offered(2)
        answers = await arena.together(
            *(arena.give(lead.id, arena.command(Claim, agent(only), epoch=lead.epoch)) for lead in leads)
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["Applied", "Refused"]
        won = next(answer.lead for answer in answers if isinstance(answer, Applied))
        full = next(refused(answer) for answer in answers if isinstance(answer, Refused))
        assert full.refusal.code == "AtCapacity"
        waiting = next(lead for lead in leads if lead.id != won.id)
        assert await _invited(arena, waiting) == [only]
        assert await _loads(arena) == {only: 1}
        accepted(await arena.give(won.id, arena.command(Outcome, admin, result=CloseReason.INVALID)))
        again = accepted(await arena.give(waiting.id, arena.command(Claim, agent(only), epoch=waiting.epoch)))
        assert again.agent == only
        await arena.clear([waiting], people.admin)
    await arena.check()


@rounds(quick=2, slow=60)
async def test_a_claim_races_with_a_manager(arena: Arena, rounds: int) -> None:
    """Reassigned or withdrawn at the moment of the claim: one order or the other, and no invitation is left over."""
    await _broadcast(arena, _ALL_AT_ONCE)
    people = await arena.populate(4)
    admin = Actor(role=Role.ADMIN, id=people.admin)
    for _ in range(rounds):
        leads = await arena.offered(2 * _LEADS)
        commands = [
            arena.command(Reassign, admin, to_agent=people.agents[0]) if number % 2 else arena.command(Withdraw, admin)
            for number, _ in enumerate(leads)
        ]
        await arena.together(
            *(arena.give(lead.id, arena.command(Claim, agent(people.agents[1]))) for lead in leads),
            *(arena.give(lead.id, command) for lead, command in zip(leads, commands, strict=True)),
        )
        for number, lead in enumerate(leads):
            ended = await arena.current(lead.id)
            assert (ended.state, ended.agent) == (
                ("claimed", people.agents[0]) if number % 2 else ("closed", ended.agent)
            )
            assert await _invited(arena, ended) == []
        await arena.clear(leads[1::2], people.admin)
    await arena.check()


async def test_the_check_misses_no_invitation(arena: Arena) -> None:
    """A lead that is offered to nobody, and an invitation to a lead that somebody has, are found."""
    await _broadcast(arena, _ALL_AT_ONCE)
    people = await arena.populate(2)
    first, second = await arena.offered(2)
    accepted(await arena.give(second.id, arena.command(Claim, agent(people.agents[0]))))
    assert (await check_invariants(arena.engines.service)).violations == ()
    await arena.sql("UPDATE lead_offers SET status = 'withdrawn' WHERE lead_id = $1", first.id)
    await arena.sql(
        "UPDATE lead_offers SET status = 'open', ended_at = NULL WHERE lead_id = $1 AND claimed_at IS NULL", second.id
    )
    found = (await check_invariants(arena.engines.service)).violations
    assert {(violation.check, violation.id) for violation in found} == {("holder", first.id), ("holder", second.id)}


async def test_steps_that_find_nobody_are_passed_over(arena: Arena) -> None:
    """Nobody speaks the customer's language: the step that no longer asks for it comes first."""
    steps: list[dict[str, Any]] = [{"seconds": 60, "take": 1}, {"seconds": 60, "take": 2, "soften": ["language"]}]
    await _broadcast(arena, steps)
    people = await arena.populate(2)
    (lead,) = await arena.receive(1)
    await run_script(arena.database.owner, f"UPDATE crm_leads SET language = 'es' WHERE id = '{lead.id}'")
    offered = accepted(await arena.give(lead.id, arena.command(Route)))
    assert (offered.state, offered.offer_step, offered.epoch) == ("offered", 2, 1)
    assert set(await _invited(arena, offered)) == set(people.agents)
    await _replays(arena)
    await arena.check()
