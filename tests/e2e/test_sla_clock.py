"""Warnings, pauses and tries on real parts, each replayed."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from domain.ids import LeadId
from tests.support.eventually import assert_eventually
from tests.support.people import populate
from tests.support.world import World
from workflows.messages import PauseSignal

WINDOW = timedelta(seconds=300)
_SECOND = timedelta(seconds=1)


async def _offered(world: World) -> LeadId:
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    return lead_id


async def _notices(world: World, lead_id: LeadId) -> list[tuple[str, bool]]:
    rows = await world.sql(
        "SELECT kind, agent_id IS NOT NULL FROM notices WHERE lead_id = $1 ORDER BY at, kind", lead_id
    )
    return [(kind, personal) for kind, personal in rows]


async def test_each_warning_comes_once_and_none_after_the_claim(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    lead_id = await _offered(world)
    await world.advance(0.75 * WINDOW + _SECOND)
    assert [data["level"] for _, data in await world.events(lead_id, "sla_warning")] == [1]
    await world.advance(0.15 * WINDOW)
    warnings = await world.events(lead_id, "sla_warning")
    assert [(data["window"], data["level"]) for _, data in warnings] == [("claim", 1), ("claim", 2)]
    assert await _notices(world, lead_id) == [("sla_warning", True)] * 2

    assert (await world.command(lead_id, "claim", agent)).status_code == 200
    assert (await world.command(lead_id, "contact", agent, result="connected")).status_code == 200
    await world.advance(2 * WINDOW)
    assert len(await world.events(lead_id, "sla_warning", "sla_breached")) == 2
    early = await world.sql("SELECT count(*) FROM lead_transitions WHERE kind = 'remind' AND at < due_at")
    assert early == [(0,)]
    await world.replay(lead_id)


async def test_a_paused_offer_outlives_its_window_and_goes_on_with_what_was_left(world: World) -> None:
    people = await populate(world.database, agents=1)
    lead_id = await _offered(world)
    await world.advance(timedelta(seconds=100))
    paused = await world.command(lead_id, "pause", people.admin, code="system_check")
    assert (paused.status_code, paused.json()["paused"]) == (200, True), paused.text
    await world.advance(timedelta(hours=2))
    assert await world.events(lead_id, "sla_warning", "sla_breached") == []

    resumed = await world.command(lead_id, "resume", people.admin)
    assert resumed.status_code == 200, resumed.text
    lead = await world.lead(lead_id)
    assert lead.claim_expires_at is not None
    left = lead.claim_expires_at - lead.last_at
    assert timedelta(seconds=180) < left <= timedelta(seconds=200)
    offers = await world.sql("SELECT claim_expires_at FROM lead_offers WHERE lead_id = $1", lead_id)
    assert offers == [(lead.claim_expires_at,)]
    await world.advance(left + _SECOND)
    assert [data["window"] for _, data in await world.events(lead_id, "sla_breached")] == ["claim"]
    assert len(await world.events(lead_id, "sla_warning")) == 2
    await world.replay(lead_id)


async def test_a_pause_ends_by_itself(world: World) -> None:
    people = await populate(world.database, agents=1)
    lead_id = await _offered(world)
    until = world.clock.now() + timedelta(hours=1)
    await world.command(lead_id, "pause", people.admin, code="later", until=until.isoformat())
    await world.advance(timedelta(hours=1) + _SECOND)
    lead = await world.lead(lead_id)
    assert (lead.state, lead.paused_at) == ("offered", None)
    ((_, resumed),) = await world.events(lead_id, "resumed")
    assert resumed["by"] is None
    assert await _notices(world, lead_id) == [("resumed", True)]
    await world.replay(lead_id)


async def test_a_snoozed_lead_comes_back_to_its_holder(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    lead_id = await _offered(world)
    await world.command(lead_id, "claim", agent)
    await world.command(lead_id, "contact", agent, result="connected")
    until = world.clock.now() + timedelta(days=3)
    snoozed = await world.command(lead_id, "snooze", agent, code="call_me_thursday", until=until.isoformat())
    assert snoozed.status_code == 200, snoozed.text
    await world.advance(timedelta(days=3) - timedelta(minutes=1))
    assert await _notices(world, lead_id) == []
    await world.advance(timedelta(minutes=1) + _SECOND)
    lead = await world.lead(lead_id)
    assert (lead.state, lead.agent, lead.paused_at) == ("contacted", agent, None)
    assert await _notices(world, lead_id) == [("resumed", True)]
    await world.replay(lead_id)


async def test_a_released_lead_goes_to_the_other_and_a_restart_begins_anew(world: World) -> None:
    people = await populate(world.database, agents=2)
    lead_id = await _offered(world)
    first = (await world.lead(lead_id)).agent
    assert first is not None
    await world.command(lead_id, "claim", first)
    assert (await world.command(lead_id, "release", first, code="on_a_train")).status_code == 200
    second = (await world.until(lead_id, "offered")).agent
    assert {first, second} == set(people.agents)
    await world.advance(WINDOW + _SECOND)
    assert [data["window"] for _, data in await world.events(lead_id, "sla_breached")] == ["claim"]
    assert (await world.command(lead_id, "restart", people.manager)).status_code == 200
    await world.settle()
    lead = await world.lead(lead_id)
    assert (lead.sla_reassignments, lead.other_reassignments, lead.claim_breached) == (0, 0, False)
    await world.replay(lead_id)


async def test_a_pause_by_signal_leaves_the_same_row(world: World) -> None:
    people = await populate(world.database, agents=1)
    lead_id = await _offered(world)
    await world.settle()
    signal = PauseSignal(command_id=uuid4().hex, actor=people.admin, code="later")
    await world.handle(lead_id).signal("pause", signal)

    async def stands_still() -> bool:
        return (await world.lead(lead_id)).pause_code == "later"

    await assert_eventually(stands_still, 10, what="a paused lead")
    await world.replay(lead_id)


async def test_an_unanswered_customer_is_tried_again_and_in_the_end_unreachable(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    await world.configure(sla={"follow_ups": {"steps": [10, 120], "tries": 2}})
    lead_id = await _offered(world)
    await world.command(lead_id, "claim", agent)
    await world.command(lead_id, "contact", agent, result="no_answer")
    await world.advance(timedelta(minutes=10) + _SECOND)
    ((_, due),) = await world.events(lead_id, "follow_up_due")
    assert due["attempt"] == 2
    assert await _notices(world, lead_id) == [("follow_up_due", True)]
    await world.command(lead_id, "contact", agent, result="voicemail")
    await world.advance(timedelta(minutes=121))
    lead = await world.lead(lead_id)
    assert (lead.state, lead.close_reason) == ("closed", "unreachable")
    await world.handle(lead_id).result()
    assert await world.sql('SELECT sum("currentLoad") FROM "AgentAvailability"') == [(0,)]
    await world.replay(lead_id)


async def test_a_try_that_is_forgotten_is_the_managers_to_know_once(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    lead_id = await _offered(world)
    await world.command(lead_id, "claim", agent)
    await world.command(lead_id, "contact", agent, result="no_answer")
    await world.advance(timedelta(days=2))
    assert [kind for kind, _ in await world.events(lead_id, "follow_up_due", "follow_up_missed")] == [
        "follow_up_due",
        "follow_up_missed",
    ]
    assert await _notices(world, lead_id) == [("follow_up_due", True), ("follow_up_missed", False)]
    await world.replay(lead_id)


async def test_a_lead_of_the_night_waits_for_the_opening(world: World) -> None:
    await populate(world.database, agents=1)
    now = world.clock.now()
    opens = (now + timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
    hours = [f"{opens:%H:%M}-{opens + timedelta(hours=2):%H:%M}"]
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    await world.configure(
        calendars={"office": {"time_zone": "UTC", "weekly": dict.fromkeys(days, hours)}},
        sla={"calendar": "office", "opening_spread_seconds": 60},
    )
    lead_id = await world.receive()
    held = await world.until(lead_id, "queued")
    assert held.held_until is not None
    assert opens <= held.held_until <= opens + timedelta(seconds=60)
    await world.advance(held.held_until - world.clock.now() + _SECOND)
    lead = await world.until(lead_id, "offered")
    assert lead.claim_expires_at == lead.last_at + WINDOW
    await world.replay(lead_id)


async def test_a_window_that_crosses_closing_time_goes_on_the_next_morning(world: World) -> None:
    await populate(world.database, agents=1)
    closes = (world.clock.now() + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    hours = [f"{closes - timedelta(hours=4):%H:%M}-{closes:%H:%M}"]
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    await world.configure(
        calendars={"office": {"time_zone": "UTC", "weekly": dict.fromkeys(days, hours)}}, sla={"calendar": "office"}
    )
    await world.advance(closes - timedelta(seconds=100) - world.clock.now())
    lead_id = await _offered(world)
    lead = await world.lead(lead_id)
    assert lead.claim_expires_at is not None
    rest = WINDOW - (closes - lead.last_at)
    assert lead.claim_expires_at == closes + timedelta(hours=20) + rest
    await world.advance(timedelta(hours=19))
    assert [data["level"] for _, data in await world.events(lead_id, "sla_warning", "sla_breached")] == []
    await world.advance(lead.claim_expires_at - world.clock.now() + _SECOND)
    assert [data["window"] for _, data in await world.events(lead_id, "sla_breached")] == ["claim"]
    await world.replay(lead_id)


async def test_a_contacted_lead_without_an_outcome_expires(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    await world.configure(sla={"outcome_days": 1})
    lead_id = await _offered(world)
    await world.command(lead_id, "claim", agent)
    await world.command(lead_id, "contact", agent, result="connected")
    await world.advance(timedelta(days=1) + _SECOND)
    lead = await world.lead(lead_id)
    assert (lead.state, lead.close_reason) == ("closed", "expired")
    await world.handle(lead_id).result()
    await world.replay(lead_id)
