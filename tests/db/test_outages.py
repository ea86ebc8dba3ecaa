"""Signs of life, outages found once, and windows that get their time back."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from db.session import Engines
from domain.lifecycle.actor import SYSTEM, Actor, Role
from domain.lifecycle.commands import Breach, Claim
from domain.lifecycle.lead import Lead
from services.applied import Applied
from services.edge import Edge
from services.lifecycle import Lifecycle
from services.outage_watch import OutageWatch
from services.outages import GivingBack, Heartbeat
from tests.db.databases import Database
from tests.db.office import Office
from tests.support.people import populate
from tests.support.waiting_room import QuietTeller

_WINDOW = timedelta(seconds=300)
_SECOND = timedelta(seconds=1)


class House:
    """An office whose processes say that they live."""

    def __init__(self, office: Office) -> None:
        self.office = office
        engine, clock = office.engines.service, office.clock
        self.watch = OutageWatch(engine, clock)
        office.lifecycle = Lifecycle(engine, clock, office.configurations, self.watch)
        self.giving = GivingBack(Edge(office.lifecycle, QuietTeller()), self.watch, engine, clock)

    def process(self, role: str) -> Heartbeat:
        """Another process."""
        engine, clock = self.office.engines.service, self.office.clock
        return Heartbeat(OutageWatch(engine, clock), engine, clock, role)

    async def outages(self, role: str = "api") -> list[float]:
        """How long the recorded ones were, in seconds."""
        query = "SELECT extract(epoch FROM ends_at - starts_at) FROM system_outages WHERE role = $1 ORDER BY starts_at"
        return [round(float(seconds), 0) for (seconds,) in await self.office.sql(query, role)]

    async def current(self, lead: Lead) -> Lead:
        """The lead as committed."""
        found = await self.office.lifecycle.current(lead.id)
        assert found is not None
        return found

    async def breach(self, lead: Lead) -> Lead:
        """The timer of the window fires now."""
        assert lead.wake_at is not None
        command = Breach(
            command_id=f"breach:{lead.wake_at}",
            actor=SYSTEM,
            received_at=self.office.clock.now(),
            epoch=lead.epoch,
            due_at=lead.wake_at,
        )
        answer = await self.office.lifecycle.apply(lead.id, command)
        assert isinstance(answer, Applied)
        return answer.lead


@pytest.fixture
async def house(database: Database, engines: Engines) -> House:
    return House(Office(database, engines, await populate(database, 2)))


async def test_silence_is_an_outage_only_when_it_is_long(house: House) -> None:
    api = house.process("api")
    await api.beat()
    house.office.clock.move(timedelta(seconds=14))
    await api.beat()
    assert await house.outages() == []
    house.office.clock.move(timedelta(seconds=40))
    ended = await api.beat()
    assert ended is not None
    assert await house.outages() == [40.0]


async def test_two_processes_that_come_back_together_find_it_once(house: House) -> None:
    await house.process("api").beat()
    house.office.clock.move(timedelta(minutes=10))
    found = await asyncio.gather(*(house.process("api").beat() for _ in range(4)))
    assert sum(one is not None for one in found) == 1
    assert await house.outages() == [600.0]


async def test_without_any_api_ever_there_is_none(house: House) -> None:
    worker = house.process("worker")
    await worker.beat()
    house.office.clock.move(timedelta(minutes=10))
    await worker.beat()
    assert await house.outages("api") == []
    assert await house.outages("worker") == [600.0]
    assert await house.watch.look() == ()


async def test_a_window_gets_back_what_was_left_of_it_once(house: House) -> None:
    api = house.process("api")
    await api.beat()
    lead = await house.office.receive()
    house.office.clock.move(timedelta(seconds=14))
    await api.beat()
    stopped_at = house.office.clock.now()
    house.office.clock.move(timedelta(hours=1))
    await api.beat()
    assert await house.giving.run_once() == 1
    moved = await house.current(lead)
    assert lead.claim_expires_at is not None
    assert moved.claim_expires_at is not None
    back = moved.claim_expires_at - house.office.clock.now()
    left = lead.claim_expires_at - stopped_at
    assert left - _SECOND <= back <= left + timedelta(seconds=30)
    assert await house.giving.run_once() == 0
    offers = await house.office.sql("SELECT claim_expires_at FROM lead_offers")
    assert offers == [(moved.claim_expires_at,)]
    events = await house.office.sql("""SELECT count(*) FROM "RoutingEvent" WHERE "eventType" = 'extended'""")
    assert events == [(1,)]


async def test_a_timer_that_fires_while_no_api_lives_moves_the_window(house: House) -> None:
    await house.process("api").beat()
    await house.watch.look()
    lead = await house.office.receive()
    house.office.clock.move(_WINDOW + timedelta(minutes=1))
    after = await house.breach(lead)
    assert (after.state, after.agent, after.claim_breached) == ("offered", lead.agent, False)
    assert after.claim_expires_at is not None
    assert after.claim_expires_at > house.office.clock.now()


async def test_a_claim_after_the_outage_is_in_time(house: House) -> None:
    api = house.process("api")
    await api.beat()
    lead = await house.office.receive()
    house.office.clock.move(timedelta(hours=1))
    await api.beat()
    await house.watch.look()
    assert lead.agent is not None
    claim = Claim(command_id="c", actor=Actor(role=Role.AGENT, id=lead.agent), received_at=house.office.clock.now())
    answer = await house.office.lifecycle.apply(lead.id, claim)
    assert isinstance(answer, Applied)
    assert (answer.lead.state, answer.lead.claim_breached) == ("claimed", False)


async def test_nobody_watches_nothing_is_asked(house: House) -> None:
    await house.process("api").beat()
    house.office.clock.move(timedelta(hours=1))
    assert await OutageWatch(house.office.engines.service, house.office.clock).known() == ()


async def test_a_weekend_without_anybody_is_an_outage_although_a_worker_is_back_first(house: House) -> None:
    for role in ("api", "worker"):
        await house.process(role).beat()
    house.office.clock.move(timedelta(days=2))
    await house.process("worker").beat()
    await house.process("api").beat()
    assert await house.outages() == [timedelta(days=2).total_seconds()]
    assert await house.office.sql("SELECT count(*) FROM process_heartbeats") == [(2,)], "those of before are forgotten"


async def test_a_round_gets_it_back_with_all_its_invitations(house: House) -> None:
    await house.office.apply(strategy={"name": "broadcast", "plan": {"steps": [{"seconds": 60, "take": "all"}] * 2}})
    api = house.process("api")
    await api.beat()
    lead = await house.office.receive()
    assert (lead.state, lead.agent) == ("offered", None)
    house.office.clock.move(timedelta(hours=1))
    await api.beat()
    assert await house.giving.run_once() == 1
    moved = await house.current(lead)
    assert moved.claim_expires_at is not None
    assert moved.claim_expires_at > house.office.clock.now()
    ends = await house.office.sql("SELECT claim_expires_at, status FROM lead_offers")
    assert ends == [(moved.claim_expires_at + timedelta(seconds=60), "open")] * 2
    assert await house.giving.run_once() == 0
    while house.office.clock.now() < moved.claim_expires_at:
        house.office.clock.move(min(timedelta(seconds=10), moved.claim_expires_at - house.office.clock.now()))
        await api.beat()
    widened = await house.breach(moved)
    assert (widened.epoch, widened.offer_step, widened.claim_breached) == (lead.epoch + 1, 2, False)
    assert widened.claim_expires_at is not None
    assert widened.claim_expires_at >= moved.claim_expires_at + timedelta(seconds=60)
