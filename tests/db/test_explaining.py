"""Explanations of real decisions on a real database: what was decided, and for whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from db.session import Engines, reader_transaction
from domain.ids import AgentId, LeadId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Claim, Decline, Reassign, RecordScore, Restart, Route
from domain.routing.explanation import Outcome, Verdict
from domain.tier import Tier
from services.applied import Applied
from services.configurations import Configurations
from services.explaining import Explaining
from services.new_lead import NewLead
from tests.db.databases import Database
from tests.db.desk import Desk, make_desk, rule
from tests.support.people import populate

_SCORE = {
    "profile": "balanced",
    "factors": {"status": {"value": 50.0, "weight": 0.25, "points": 12.5}},
    "adjustments": {"commission": {"points": 5.0, "applied": False}},
}


@pytest.fixture
async def desk(database: Database, engines: Engines) -> Desk:
    return await make_desk(database, engines)


async def test_who_got_it_and_why(desk: Desk) -> None:
    first, second, third = sorted(desk.people.agents)
    await desk.run(
        f"""UPDATE "AgentAvailability" SET status = 'Break' WHERE "agentId" = '{third}';
            UPDATE "AgentAvailability" SET "maxCapacity" = 10 WHERE "agentId" = '{second}'"""
    )
    busy = await desk.hand.offered()
    assert await desk.hand.holder(busy) == first
    lead_id = await desk.hand.receive()
    await desk.hand.give(lead_id, RecordScore, score=12.5, tier=Tier.TIER4, explanation=_SCORE)
    await desk.hand.give(lead_id, Route)

    told = await desk.told(lead_id)
    assert (told.outcome, told.agent, told.rank, told.ranked) == (Outcome.OFFERED, second, 1, 2)
    assert (told.considered, told.eligible, told.config_version, told.inputs_kept) == (3, 2, 1, True)
    assert [(group.reason, group.count) for group in told.dropped] == [("status", 1)]
    assert told.dropped[0].meaning == "The agent's status is another than Available, or none is known."
    assert told.strategy is not None
    assert (told.strategy.name, told.strategy.tie_break) == ("greedy", "fitness")
    assert told.strategy.seed is not None
    winner, other = told.candidates
    assert (winner.agent, other.agent, winner.utilization, other.utilization) == (second, first, 0.0, 20.0)
    assert told.sentences == (
        "Offered to candidate 1 of 2.",
        "Score 60.0 (Tier2).",
        "Strategy greedy: highest fitness first.",
        f"Of the first two, the higher fitness won, {winner.fitness:.1f} against {other.fitness:.1f}.",
        "3 agents considered, 2 eligible.",
    )


async def test_the_score_with_its_factors_and_adjustments(desk: Desk) -> None:
    lead_id = (await desk.hand.intake.receive(_new()))[0].id
    await desk.hand.give(lead_id, RecordScore, score=12.5, tier=Tier.TIER4, explanation=_SCORE)
    await desk.hand.give(lead_id, Route)
    score = (await desk.told(lead_id)).score
    assert score is not None
    assert (score.value, score.tier, score.profile) == (12.5, "Tier4", "balanced")
    assert [(factor.name, factor.points) for factor in score.factors] == [("status", 12.5)]
    assert [(one.name, one.points, one.applied) for one in score.adjustments] == [("commission", 5.0, False)]
    said = "Score 12.5 (Tier4): status 12.5; shown and not added: commission +5.0."
    assert said in (await desk.told(lead_id)).sentences


def _new() -> NewLead:
    return NewLead(source="website", phone="+12025550123", external_id=uuid4().hex)


async def test_defect_it_explains_the_decision_and_not_today(desk: Desk) -> None:
    """The routing migration computed its explanations from the agents as they were when somebody asked."""
    lead_id = await desk.hand.offered()
    before = [await desk.told(lead_id, agent=AgentId(agent)) for agent in desk.people.agents]
    newcomer = uuid4()
    await desk.configure(weights="capacity", rules=[rule("all to the managers", "escalate")])
    await desk.run(
        f"""UPDATE crm_agents SET is_active = false, rating = 1, accepts_new_leads = false WHERE role = 'agent';
            UPDATE "AgentAvailability" SET status = 'Offline', "currentLoad" = 5, "maxCapacity" = 5;
            UPDATE crm_leads SET insurance_type = 'Home', language = 'fi', state = 'CA', employee_count = 1000;
            DELETE FROM "AgentSpecialization";
            INSERT INTO "AgentPerformanceMetrics" ("agentId", "periodDate", "conversionRate", "updatedAt")
            SELECT id, now(), 1, now() FROM crm_agents WHERE role = 'agent';
            INSERT INTO crm_agents (id, role, created_at) VALUES ('{newcomer}', 'agent', now() + interval '1 hour')"""
    )
    after = [await desk.told(lead_id, agent=AgentId(agent)) for agent in desk.people.agents]
    assert after == before
    answer = (await desk.told(lead_id, agent=AgentId(newcomer))).answer
    assert answer is not None
    assert answer.sentences == ("Was not an agent then: entered after this decision.",)


async def test_defect_the_reasons_are_no_placeholders(desk: Desk) -> None:
    """The routing migration wrote the same capacity and bonus for everybody."""
    filled = [await desk.hand.offered() for _ in range(4)]
    told = [await desk.told(lead_id) for lead_id in filled]
    capacities = [
        factor.value
        for one in told
        for factor in one.candidates[0].factors
        if factor.name == "capacity" and one.candidates[0].agent == one.agent
    ]
    assert capacities == [100.0, 100.0, 100.0, 80.0]


async def test_why_not_somebody_else(desk: Desk) -> None:
    await desk.run(
        f"""UPDATE "AgentSpecialization" SET languages = '["fi"]' WHERE "agentId" = '{desk.people.agents[2]}'"""
    )
    lead_id = await desk.hand.offered(language="en")
    told = await desk.told(lead_id)
    winner, other = (one.agent for one in told.candidates)
    answers = {
        agent: (await desk.told(lead_id, agent=AgentId(agent))).answer
        for agent in (winner, other, desk.people.agents[2], desk.people.admin)
    }
    verdicts = {agent: answer.verdict for agent, answer in answers.items() if answer is not None}
    assert verdicts == {
        winner: Verdict.CHOSEN,
        other: Verdict.RANKED,
        desk.people.agents[2]: Verdict.DROPPED,
        desk.people.admin: Verdict.NOT_CONSIDERED,
    }
    second, dropped = answers[other], answers[desk.people.agents[2]]
    assert second is not None
    assert dropped is not None
    assert (second.rank, second.ranked, second.winner) == (2, 2, told.candidates[0])
    assert second.sentences[0] == "Candidate 2 of 2; one who stood before it got the lead."
    assert "of the one who got it: specialization" in second.sentences[1]
    assert (dropped.reason, dropped.meaning) == (
        "language",
        "No specialisation that fits so far is in the lead's language.",
    )


async def test_candidates_behind_the_best_twenty_have_factors_too(desk: Desk) -> None:
    many = await populate(desk.database, agents=25)
    lead_id = await desk.hand.offered()
    told = await desk.told(lead_id)
    assert (len(told.candidates), told.ranked, told.eligible) == (20, 28, 28)
    shown = {one.agent for one in told.candidates}
    last = max(agent for agent in (*many.agents, *desk.people.agents) if agent not in shown)
    answer = (await desk.told(lead_id, agent=AgentId(last))).answer
    assert answer is not None
    assert answer.candidate is not None
    assert answer.winner is not None
    assert (answer.rank, answer.candidate.fitness) == (28, answer.winner.fitness)


async def test_a_lead_that_nobody_could_take(desk: Desk) -> None:
    lead_id = await desk.hand.offered(language="fi")
    told = await desk.told(lead_id)
    assert (told.outcome, told.queue, told.agent, told.ranked, told.code) == (
        Outcome.QUEUED,
        "waiting",
        None,
        0,
        "nobody_eligible",
    )
    assert told.sentences[0] == "Waits in the queue waiting: nobody could take it."
    assert [(group.reason, group.count) for group in told.dropped] == [("language", 3)]


async def test_rules_that_hold_escalate_prefer_and_force(desk: Desk) -> None:
    chosen = max(desk.people.agents)
    await desk.configure(rules=[rule("after lunch", "hold", until="2099-01-01T12:00:00Z")])
    held = await desk.told(await desk.hand.offered())
    assert (held.outcome, [(one.effect, one.name) for one in held.rules]) == (
        Outcome.HELD,
        [("placement", "after lunch")],
    )
    assert held.sentences[0] == "Held back by a rule until 2099-01-01 12:00 UTC."
    assert "Rule 'after lunch' decides the placement." in held.sentences

    await desk.configure(rules=[rule("to the managers", "escalate", code="vip")])
    escalated = await desk.told(await desk.hand.offered())
    assert (escalated.outcome, escalated.code, escalated.agent) == (Outcome.ESCALATED, "vip", None)
    assert escalated.sentences[0] == "Escalated to the managers: vip."

    await desk.configure(rules=[rule("hers", "assign_to", agent=str(chosen))])
    preferred = await desk.told(await desk.hand.offered())
    assert (preferred.agent, preferred.preferred, preferred.forced) == (chosen, True, False)
    assert preferred.sentences[0] == "Offered to candidate 1 of 3, who goes first as the preferred agent."
    assert "Of the first two, the preferred agent goes before all others." in preferred.sentences

    await desk.run(f"UPDATE \"AgentAvailability\" SET status = 'Offline' WHERE \"agentId\" = '{chosen}'")
    await desk.configure(rules=[rule("hers alone", "assign_to", agent=str(chosen), force=True)])
    forced = await desk.told(await desk.hand.offered())
    assert (forced.agent, forced.forced, forced.strategy and forced.strategy.name) == (chosen, True, "manual")
    assert forced.sentences[0] == "Offered by force to the named agent, whatever the filters say."
    left_out = (await desk.told(LeadId(forced.lead_id), agent=AgentId(min(desk.people.agents)))).answer
    assert left_out is not None
    assert left_out.verdict is Verdict.LEFT_OUT


async def test_every_turn_of_a_life(desk: Desk) -> None:
    lead_id = await desk.hand.offered()
    declined = await desk.hand.holder(lead_id)
    await desk.hand.by_holder(lead_id, Decline)
    manager = Actor(role=Role.MANAGER, id=desk.people.manager)
    for body in ({"kind": Reassign, "to_agent": AgentId(declined)}, {"kind": Restart}):
        kind: Any = body.pop("kind")
        desk.hand.clock.move(timedelta(seconds=1))
        command = kind(command_id=uuid4().hex, actor=manager, received_at=desk.hand.clock.now(), **body)
        assert isinstance(await desk.hand.lifecycle.apply(lead_id, command, tells=True), Applied)
    await desk.hand.by_holder(lead_id, Claim)

    admin = Actor(role=Role.ADMIN, id=desk.people.admin)
    async with reader_transaction(desk.engines.reader, admin.id) as connection:
        turns = await Explaining(Configurations()).explain_all(connection, lead_id, admin)
    assert isinstance(turns, list)
    assert [turn.outcome for turn in turns] == [Outcome.OFFERED, Outcome.OFFERED, Outcome.GIVEN, Outcome.OFFERED]
    assert [turn.seq for turn in turns] == list(turns[0].decisions)
    assert {group.reason: group.count for group in turns[1].dropped} == {"barred": 1}
    assert turns[2].agent == declined
    assert turns[2].sentences[0] == "Given to the agent by hand, by a manager; routing did not choose."
    assert (turns[2].candidates, turns[2].strategy, turns[2].considered) == ((), None, None)
    assert {group.reason for group in turns[3].dropped} == {"earlier_holder"}


async def test_turns_and_settings_are_shown(desk: Desk) -> None:
    await desk.configure(strategy={"name": "round_robin", "pool": "west"})
    await desk.hand.offered()
    told = await desk.told(await desk.hand.offered())
    assert told.strategy is not None
    assert (told.strategy.name, dict(told.strategy.settings)) == ("round_robin", {"pool": "west"})
    assert sorted(told.strategy.notes["turns"].values()) == [0, 0, 1]
    assert "Of the first two, equal in everything that counts; the smaller id won, so that there is one order." in (
        told.sentences
    )


async def test_the_steps_of_a_broadcast_and_the_claim(desk: Desk) -> None:
    await desk.configure(strategy={"name": "broadcast"})
    lead_id = await desk.hand.offered()
    first = await desk.told(lead_id)
    await desk.hand.miss(lead_id)
    second = await desk.told(lead_id)
    assert (first.outcome, first.invited, second.outcome, second.invited) == (Outcome.INVITED, 1, Outcome.INVITED, 2)
    assert (first.ranked, first.inputs_kept, second.sentences[0]) == (
        3,
        True,
        "Offered to 2 agents at once; the first to claim has it.",
    )
    claimer, third = (one.agent for one in second.candidates if one.agent != first.candidates[0].agent)
    answers = [(await desk.told(lead_id, agent=AgentId(agent))).answer for agent in (claimer, third)]
    assert [answer.verdict if answer else None for answer in answers] == [Verdict.INVITED, Verdict.RANKED]
    seen = await desk.told(lead_id, Actor(role=Role.AGENT, id=claimer))
    assert [one.agent for one in seen.candidates] == [claimer]

    await desk.hand.give(lead_id, Claim, claimer)
    claimed = await desk.told(lead_id)
    assert (claimed.outcome, claimed.agent, claimed.invited) == (Outcome.CLAIMED, claimer, 2)
    assert claimed.decisions == (first.seq, second.seq, claimed.seq)
    desk.hand.clock.move(timedelta(days=91))
    assert await desk.prune() == 2
    assert (await desk.told(lead_id)).decisions == claimed.decisions
    assert (await desk.told(lead_id, seq=first.seq)).invited == 1


async def test_why_nobody_got_it_when_the_tries_are_used_up(desk: Desk) -> None:
    """An escalation has looked at everybody too, and says what it saw."""
    first, *_ = desk.people.agents
    await desk.run("""UPDATE "AgentAvailability" SET status = 'Break'""")
    await desk.configure(queues={"max_attempts": 1})
    lead_id = await desk.hand.offered()
    told = await desk.told(lead_id, agent=first)
    assert (told.outcome, told.code, told.considered, told.eligible) == (Outcome.ESCALATED, "attempts_used_up", 3, 0)
    assert told.answer is not None
    assert (told.answer.verdict, told.answer.reason) == (Verdict.DROPPED, "status")
