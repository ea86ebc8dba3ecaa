"""What the races and the random lives have found, each as the shortest story that shows it."""

from __future__ import annotations

from datetime import timedelta

from domain.contact import ContactResult
from domain.lifecycle.commands import Breach, Claim, Command, Contact
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import LifecycleState
from services.configurations import Configurations
from services.turns import Turns
from tests.races.arena import Arena, accepted, agent
from workflows.messages import Turn


async def _give(arena: Arena, lead: Lead, command: Command) -> Lead:
    return accepted(await arena.give(lead.id, command))


async def test_scoring_tried_again_after_its_answer_was_lost_does_not_park_the_lead(arena: Arena) -> None:
    """The second attempt sees the status that the first one has changed, and computes another score."""
    (lead,) = await arena.receive(1)
    turns = Turns(arena.lifecycle, arena.engines.service, arena.clock, Configurations())
    turn = Turn(lead_id=lead.id, seen=1, now=arena.clock.now(), epoch=0)
    first = await turns.score(turn)
    arena.clock.move(timedelta(days=4))
    again = await turns.score(turn.model_copy(update={"now": arena.clock.now()}))
    assert first is not None
    assert again == first
    assert again.parked_at is None


async def test_a_late_attempt_may_take_one_slot_too_many(arena: Arena) -> None:
    """It is a fact; the cap binds routing and claims."""
    people = await arena.populate(1, capacity=2)
    holder = agent(people.agents[0])
    missed, _ = await arena.offered(2)
    claimed = await _give(arena, missed, arena.command(Claim, holder))
    await arena.pass_deadlines([claimed.contact_expires_at])
    waiting = await _give(arena, missed, arena.command(Breach, epoch=1, due_at=claimed.contact_expires_at))
    assert waiting.state is LifecycleState.QUEUED
    await arena.offered(1)
    late = await _give(arena, missed, arena.command(Contact, holder, result=ContactResult.NO_ANSWER))
    assert late.state is LifecycleState.ATTEMPTING
    assert await arena.sql('SELECT "currentLoad" FROM "AgentAvailability"') == [(3,)]
    await arena.check()


async def test_a_claim_in_time_that_lost_against_the_timer_is_excused_in_the_queue_too(arena: Arena) -> None:
    people = await arena.populate(1, capacity=1)
    for late, excused in ((timedelta(0), True), (timedelta(microseconds=1), False)):
        (lead,) = await arena.offered(1)
        assert lead.claim_expires_at is not None
        await arena.pass_deadlines([lead.claim_expires_at])
        waiting = await _give(arena, lead, arena.command(Breach, epoch=1, due_at=lead.claim_expires_at))
        assert waiting.state is LifecycleState.QUEUED
        received_at = lead.claim_expires_at + late
        claim = arena.command(Claim, agent(people.agents[0]), received_at=received_at, epoch=1)
        assert (await _give(arena, lead, claim)).state is LifecycleState.CLAIMED
        offers = await arena.sql("SELECT claim_breached, breach_excused FROM lead_offers WHERE lead_id = $1", lead.id)
        assert offers == [(True, excused)]
        await arena.clear([lead], people.admin)
    await arena.check()
