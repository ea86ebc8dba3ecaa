"""Closed days, changed policies, the customer's hours, openings and escalations on real parts, each replayed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from domain.ids import LeadId
from domain.lifecycle.actor import Actor, Role
from services.closing_days import ClosingDays
from services.publishing import Publishing
from services.rule_migration import RuleMigration
from tests.support.people import People, populate
from tests.support.world import World

WINDOW = timedelta(seconds=300)
_SECOND = timedelta(seconds=1)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


async def _offered(world: World, **facts: Any) -> LeadId:
    lead_id = await world.receive(**facts)
    await world.until(lead_id, "offered")
    return lead_id


def _migration(world: World) -> RuleMigration:
    services = world.services
    return RuleMigration(world.engines.service, world.clock, services.configurations, services.lifecycle)


def _admin(people: People) -> Actor:
    return Actor(role=Role.ADMIN, id=people.admin, via="cli")


def _open_at(hour: datetime) -> dict[str, Any]:
    """A calendar of two hours a day from this one on."""
    hours = [f"{hour:%H:%M}-{hour + timedelta(hours=2):%H:%M}"]
    return {"office": {"time_zone": "UTC", "weekly": dict.fromkeys(_DAYS, hours)}}


def _hours_ahead(world: World, hours: int) -> datetime:
    return (world.clock.now() + timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0)


async def test_closing_today_moves_a_running_window_and_its_timer(world: World) -> None:
    people = await populate(world.database, agents=1)
    await world.configure(calendars={"office": {"always": True}}, sla={"calendar": "office"})
    lead_id = await _offered(world)
    before = await world.lead(lead_id)
    publishing = Publishing(world.engines.admin, world.clock, world.services.configurations)
    closing = ClosingDays(publishing, _migration(world), world.clock)
    closed = await closing.close("office", None, (), _admin(people), apply=True, move_windows=True)
    assert closed.moved == 1
    # What the relay does within two seconds.
    await world.services.teller.tell(lead_id)
    lead = await world.lead(lead_id)
    assert before.claim_expires_at is not None
    assert lead.claim_expires_at is not None
    assert lead.claim_expires_at.date() == closed.day + timedelta(days=1)
    await world.advance(WINDOW)
    assert await world.events(lead_id, "sla_breached") == []
    await world.advance(lead.claim_expires_at - world.clock.now() + _SECOND)
    assert [data["window"] for _, data in await world.events(lead_id, "sla_breached")] == ["claim"]
    await world.replay(lead_id)


async def test_a_running_window_keeps_its_policy_until_somebody_migrates_it(world: World) -> None:
    people = await populate(world.database, agents=1)
    kept, moved = await _offered(world), await _offered(world)
    await world.configure(sla={"claim_seconds": 3600})
    report = await _migration(world).run([moved], 2, _admin(people), windows=True)
    assert report.moved == 1
    await world.services.teller.tell(moved)
    await world.advance(WINDOW + _SECOND)
    assert [data["window"] for _, data in await world.events(kept, "sla_breached")] == ["claim"]
    assert await world.events(moved, "sla_breached") == []
    await world.advance(timedelta(hours=1))
    assert [data["window"] for _, data in await world.events(moved, "sla_breached")] == ["claim"]
    newcomer = await world.lead(await _offered(world))
    assert newcomer.claim_expires_at == newcomer.last_at + timedelta(hours=1)
    for lead_id in (kept, moved):
        await world.replay(lead_id)


async def test_the_contact_window_waits_for_the_customers_hours(world: World) -> None:
    agent = (await populate(world.database, agents=1)).agents[0]
    opens = _hours_ahead(world, 3)
    calling = {
        "start": "00:00",
        "end": "24:00",
        "days": dict.fromkeys(_DAYS, f"{opens:%H:%M}-{opens.replace(minute=59):%H:%M}"),
        "unknown_zones": ["UTC"],
    }
    await world.configure(sla={"calling": calling})
    lead_id = await _offered(world, phone="+3545812345")
    assert (await world.command(lead_id, "claim", agent)).status_code == 200
    lead = await world.lead(lead_id)
    # Iceland keeps UTC all the year.
    assert lead.customer_zones == ("Atlantic/Reykjavik",)
    assert lead.contact_expires_at == opens + WINDOW
    shown = (await world.api.get(f"/v1/leads/{lead_id}", headers=world.token(agent))).json()
    assert "at the customer's place (Reykjavik time); calls from" in shown["sla"]["waiting_reason"]
    await world.advance(opens - world.clock.now())
    assert await world.events(lead_id, "sla_warning", "sla_breached") == []
    await world.advance(WINDOW + _SECOND)
    assert [data["window"] for _, data in await world.events(lead_id, "sla_breached")] == ["contact"]
    await world.replay(lead_id)


async def test_whoever_is_first_at_the_opening_has_it(world: World) -> None:
    people = await populate(world.database, agents=2)
    opens = _hours_ahead(world, 3)
    await world.configure(calendars=_open_at(opens), sla={"calendar": "office", "out_of_hours": "first"})
    lead_id = await world.receive()
    held = await world.until(lead_id, "queued")
    assert held.held_until is not None
    await world.advance(held.held_until - world.clock.now() + _SECOND)
    asked = await world.until(lead_id, "offered")
    assert asked.agent is None
    answers = [(await world.command(lead_id, "claim", agent)).status_code for agent in people.agents]
    assert answers == [200, 409]
    assert (await world.lead(lead_id)).agent == people.agents[0]
    await world.replay(lead_id)


async def test_out_of_hours_the_team_on_call_has_it_at_once(world: World) -> None:
    people = await populate(world.database, agents=1)
    ((team,),) = await world.sql("SELECT id FROM teams")
    await populate(world.database, agents=1)
    on_call = {"out_of_hours": "on_call", "on_call_team": str(team), "on_call_policy": "night"}
    await world.configure(
        calendars=_open_at(_hours_ahead(world, 3)),
        sla={"calendar": "office", **on_call},
        policies={"night": {"claim_seconds": 600}},
    )
    lead_id = await _offered(world)
    lead = await world.lead(lead_id)
    assert (lead.agent, lead.policy) == (people.agents[0], "night")
    assert lead.claim_expires_at == lead.last_at + timedelta(seconds=600)
    await world.advance(timedelta(seconds=601))
    again = await world.lead(lead_id)
    assert (again.agent, again.policy, again.epoch) == (people.agents[0], "night", 2)
    await world.replay(lead_id)


async def test_an_escalation_tells_one_level_after_the_other_and_then_nobody(world: World) -> None:
    people = await populate(world.database, agents=1)
    await world.configure(sla={"max_reassignments": 0, "escalation_seconds": 600, "escalation_levels": 3})
    lead_id = await _offered(world)
    await world.advance(WINDOW + _SECOND)
    assert (await world.lead(lead_id)).state == "escalated"
    await world.advance(timedelta(hours=3))
    told = [data.get("level", 1) for _, data in await world.events(lead_id, "escalated")]
    assert told == [1, 2, 3]
    notices = await world.sql("SELECT count(*) FROM notices WHERE lead_id = $1 AND kind = 'escalated'", lead_id)
    assert notices == [(3,)]

    assert (await world.command(lead_id, "claim", people.manager)).status_code == 200
    lead = await world.lead(lead_id)
    assert (lead.agent, lead.state) == (people.manager, "claimed")
    assert lead.contact_expires_at == lead.last_at + WINDOW
    await world.advance(timedelta(seconds=60))
    assert (await world.command(lead_id, "contact", people.manager, result="connected")).status_code == 200
    await world.advance(timedelta(hours=3))
    assert len(await world.events(lead_id, "escalated")) == 3
    await world.replay(lead_id)


async def test_an_escalation_rings_in_working_time_only(world: World) -> None:
    await populate(world.database, agents=1)
    closes = _hours_ahead(world, 2)
    await world.configure(
        calendars=_open_at(closes - timedelta(hours=2)),
        sla={"calendar": "office", "max_reassignments": 0, "escalation_seconds": 1200},
    )
    await world.advance(closes - timedelta(seconds=600) - world.clock.now())
    lead_id = await _offered(world)
    await world.advance(WINDOW + _SECOND)
    assert (await world.lead(lead_id)).state == "escalated"
    await world.advance(timedelta(hours=20))
    assert len(await world.events(lead_id, "escalated")) == 1
    await world.advance(timedelta(hours=3))
    levels = [data.get("level", 1) for _, data in await world.events(lead_id, "escalated")]
    assert levels == [1, 2, 3]
    await world.replay(lead_id)
