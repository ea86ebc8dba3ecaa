"""A customer who comes in again: joined to the open lead, or routed to whoever has looked after them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from db.repositories.configurations import publish_configuration
from db.repositories.intake import serialise
from db.repositories.leads import lock_lead
from db.session import Engines, admin_transaction, write_transaction
from domain.contact import ContactResult
from domain.errors import CommandConflictError
from domain.ids import AgentId, LeadId
from domain.lifecycle.actor import SYSTEM, Actor, Role
from domain.lifecycle.commands import Claim, Command, Contact, Outcome, Release, Route, Withdraw
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import CloseReason
from services.applied import Applied
from services.arrivals import Arrival
from services.configurations import Configurations
from services.importing import Importer, ImportReport
from services.intake import Intake
from services.lead_rows import LeadRow
from services.lifecycle import Lifecycle
from services.new_lead import NewLead, PastLife
from tests.db.databases import Database, fetch, fetch_one
from tests.support.clock import MovableClock
from tests.support.eventually import assert_eventually
from tests.support.people import People, populate

PHONE, OTHER_PHONE = "+12025550101", "+12025550102"
EMAIL = "ana@example.com"
KNOWN_AS = "SELECT first_name, last_name, phone, phone_key, email, email_key, street FROM lead_contact_details"


class House:
    """Intake and lifecycle on one database, with two agents."""

    def __init__(self, database: Database, engines: Engines, people: People) -> None:
        self.clock = MovableClock()
        self.database = database
        self.engines = engines
        self.people = people
        configurations = Configurations()
        self.intake = Intake(engines.service, self.clock, configurations, None)
        self.lifecycle = Lifecycle(engines.service, self.clock, configurations)

    async def send(self, *, key: str | None = None, source: str = "website", **facts: Any) -> tuple[LeadId, Arrival]:
        """A lead comes in; the lead it is or belongs to, and what became of it."""
        lead, arrival = await self.intake.receive(NewLead(source=source, **facts), key=key)
        return lead.id, arrival

    async def give(self, lead_id: LeadId, kind: type[Command], by: UUID | None = None, **body: Any) -> Lead:
        """A command that has to be accepted."""
        self.clock.move(timedelta(seconds=1))
        actor = SYSTEM if by is None else Actor(role=Role.AGENT, id=by)
        command = kind(command_id=uuid4().hex, actor=actor, received_at=self.clock.now(), **body)
        answer = await self.lifecycle.apply(lead_id, command)
        assert isinstance(answer, Applied), answer
        return answer.lead

    async def offer(self, lead_id: LeadId) -> UUID:
        """Route the lead; the agent it was offered to."""
        lead = await self.give(lead_id, Route)
        assert lead.agent is not None
        return lead.agent

    async def live(self, lead_id: LeadId) -> UUID:
        """The lead's whole life; the agent who won it."""
        agent = await self.offer(lead_id)
        await self.give(lead_id, Claim, agent)
        await self.give(lead_id, Contact, agent, result=ContactResult.CONNECTED)
        await self.give(lead_id, Outcome, agent, result=CloseReason.WON)
        return agent

    async def configure(self, **duplicates: Any) -> None:
        """Publish a duplicate policy."""
        async with admin_transaction(self.engines.admin) as connection:
            await publish_configuration(connection, {"duplicates": duplicates}, "a test", None)

    async def sql(self, query: str, *arguments: Any) -> Sequence[Any]:
        """All rows of a query, past every policy."""
        return await fetch(self.database.superuser, query, *arguments)

    async def ties(self, lead_id: LeadId) -> tuple[UUID | None, UUID | None]:
        """The lead's owner and the lead it doubles."""
        [found] = await self.sql("SELECT owner_agent_id, duplicate_of FROM crm_leads WHERE id = $1", lead_id)
        owner, doubled = found
        return owner, doubled


@pytest.fixture
async def house(database: Database, engines: Engines) -> House:
    return House(database, engines, await populate(database, agents=2))


@pytest.mark.parametrize(
    ("first", "second", "matched_by"),
    [
        ({"phone": PHONE}, {"phone": "(202) 555-0101"}, "phone"),
        ({"email": EMAIL}, {"email": "Ana@Example.com"}, "email"),
        ({"phone": PHONE, "email": EMAIL}, {"phone": PHONE, "email": "new@example.com"}, "phone"),
        ({"phone": PHONE, "email": EMAIL}, {"phone": OTHER_PHONE, "email": EMAIL}, "email"),
    ],
)
async def test_the_same_customer_joins_the_open_lead(
    house: House, first: dict[str, str], second: dict[str, str], matched_by: str
) -> None:
    lead_id, made = await house.send(**first)
    assert made is Arrival.CREATED
    assert await house.send(**second, source="facebook") == (lead_id, Arrival.JOINED)
    assert await house.sql("SELECT count(*) FROM crm_leads") == [(1,)]
    assert await house.sql("SELECT lead_id, source, matched_by FROM lead_joins") == [(lead_id, "facebook", matched_by)]
    assert await house.sql("SELECT count(*) FROM lead_transitions") == [(1,)], "there is nothing to tell"


@pytest.mark.parametrize("state", ["offered", "claimed", "contacted"])
async def test_joining_changes_nothing_of_the_open_lead_but_its_contact_details(house: House, state: str) -> None:
    lead_id, _ = await house.send(phone=PHONE)
    agent = await house.offer(lead_id)
    if state != "offered":
        await house.give(lead_id, Claim, agent)
    if state == "contacted":
        await house.give(lead_id, Contact, agent, result=ContactResult.CONNECTED)
    before = await house.lifecycle.current(lead_id)
    assert before is not None
    assert before.state == state
    house.clock.move(timedelta(minutes=1))
    await house.send(phone=PHONE, email=EMAIL, insurance_type="Home")
    assert await house.lifecycle.current(lead_id) == before
    [(lead, data)] = await house.sql(
        """SELECT "leadId", "eventData" FROM "RoutingEvent" WHERE "eventType" = 'joined'"""
    )
    assert lead == lead_id
    assert json.loads(data) == {
        "source": "website",
        "insurance_type": "Home",
        "matched_by": "phone",
        "added": ["email"],
        "by": str(SYSTEM),
    }


async def test_what_is_known_is_never_overwritten_and_what_is_missing_is_added(house: House) -> None:
    await house.send(phone=PHONE, first_name="Ana")
    await house.send(phone=PHONE, first_name="Bo", last_name="Ng", email="Ana@Example.com", street="Elm Street 1")
    row = ("Ana", None, PHONE, PHONE, "Ana@example.com", EMAIL, "Elm Street 1")
    assert await house.sql(KNOWN_AS) == [row]
    await house.send(phone=OTHER_PHONE, email=EMAIL, street="Oak Street 2")
    assert await house.sql(KNOWN_AS) == [row]


async def test_an_added_channel_is_matched_from_then_on(house: House) -> None:
    lead_id, _ = await house.send(email=EMAIL)
    assert await house.send(email=EMAIL, phone=PHONE) == (lead_id, Arrival.JOINED)
    assert await house.send(phone=PHONE) == (lead_id, Arrival.JOINED)


async def test_a_match_by_phone_counts_before_one_by_email_and_two_open_leads_stay_two(house: House) -> None:
    by_email, _ = await house.send(email=EMAIL)
    by_phone, _ = await house.send(phone=PHONE)
    assert await house.send(phone=PHONE, email=EMAIL) == (by_phone, Arrival.JOINED)
    assert await house.send(email=EMAIL) == (by_email, Arrival.JOINED), "of equal matches the oldest lead"


async def test_a_closed_lead_and_an_unreachable_one_are_not_joined(house: House) -> None:
    first, _ = await house.send(phone=PHONE)
    await house.give(first, Withdraw, code="bought_elsewhere")
    second, arrival = await house.send(phone=PHONE)
    assert (arrival, second != first) == (Arrival.CREATED, True)
    unreachable = [await house.send() for _ in range(2)]
    assert [arrival for _, arrival in unreachable] == [Arrival.CREATED] * 2


async def test_joined_arrivals_get_the_same_answer_again(house: House) -> None:
    lead_id, _ = await house.send(phone=PHONE, external_id="1", key="first")
    for _ in range(2):
        assert await house.send(phone=PHONE, external_id="2") == (lead_id, Arrival.JOINED)
        assert await house.send(phone=PHONE, key="second") == (lead_id, Arrival.JOINED)
        assert await house.send(phone=PHONE, external_id="2", key="third") == (lead_id, Arrival.JOINED)
        assert await house.send(phone=PHONE, external_id="1", key="first") == (lead_id, Arrival.KNOWN)
        assert await house.send(phone=PHONE, external_id="1") == (lead_id, Arrival.KNOWN)
    assert await house.sql("SELECT count(*) FROM lead_joins") == [(2,)]
    with pytest.raises(CommandConflictError):
        await house.send(phone=PHONE, email=EMAIL, key="second")
    await house.give(lead_id, Withdraw, code="bought_elsewhere")
    assert await house.send(phone=PHONE, external_id="2") == (lead_id, Arrival.JOINED)
    assert await house.send(phone=PHONE, key="second") == (lead_id, Arrival.JOINED)


async def test_the_same_body_under_two_keys_is_made_once_and_joined_once(house: House) -> None:
    lead_id, _ = await house.send(phone=PHONE, key="a")
    for _ in range(2):
        assert await house.send(phone=PHONE, key="b") == (lead_id, Arrival.JOINED)
        assert await house.send(phone=PHONE, key="a") == (lead_id, Arrival.KNOWN)


async def test_one_customer_through_many_doors_at_once_is_one_lead(house: House) -> None:
    async def storm(number: int) -> list[tuple[LeadId, Arrival]]:
        ways: list[dict[str, Any]] = [{"phone": PHONE}, {"email": EMAIL}, {"phone": PHONE, "email": EMAIL}]
        sent = (
            house.send(
                source=f"s{place % 5}", external_id=f"{number}-{place}", key=f"{number}-{place}", **ways[place % 3]
            )
            for place in range(24)
        )
        return await asyncio.gather(*sent)

    both, _ = await house.send(phone=PHONE, email=EMAIL)
    answers = await storm(1)
    assert set(answers) == {(both, Arrival.JOINED)}
    assert await house.sql("SELECT count(*) FROM crm_leads") == [(1,)]
    assert await house.sql("SELECT count(*) FROM lead_joins") == [(24,)]
    assert await house.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == [(0,)]


async def test_a_customer_nobody_knew_comes_in_many_times_at_once(house: House) -> None:
    answers = await asyncio.gather(*(house.send(phone=PHONE, source=f"s{place}") for place in range(12)))
    assert len({lead_id for lead_id, _ in answers}) == 1
    assert sorted(arrival for _, arrival in answers) == [Arrival.CREATED, *[Arrival.JOINED] * 11]


async def test_keys_are_locked_in_one_order_so_that_nobody_waits_in_a_circle(
    engines: Engines, database: Database
) -> None:
    async def late() -> None:
        async with write_transaction(engines.service) as connection:
            await serialise(connection, ["phone", "email"])

    async def waits() -> bool:
        found = await fetch(database.superuser, "SELECT granted FROM pg_locks WHERE locktype = 'advisory' ORDER BY 1")
        return found == [(False,), (True,), (True,)]

    async with write_transaction(engines.service) as connection:
        await serialise(connection, ["phone"])
        waiting = asyncio.create_task(late())
        await assert_eventually(waits, 2.0, what="the other one holds email and waits for phone")
    await waiting


async def test_a_lead_that_is_closed_while_the_arrival_waits_is_not_joined(house: House) -> None:
    lead_id, _ = await house.send(phone=PHONE)
    async with write_transaction(house.engines.service) as connection:
        await lock_lead(connection, lead_id, "")
        arriving = asyncio.create_task(house.send(phone=PHONE))

        async def waits() -> bool:
            return bool(await house.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))

        await assert_eventually(waits, 2.0, what="the arrival waits for the lead")
        await connection.exec_driver_sql(
            "UPDATE crm_leads SET lifecycle_state = 'closed', close_reason = 'withdrawn', closed_at = now(),"
            " wake_at = NULL"
        )
    new, arrival = await arriving
    assert (arrival, new != lead_id) == (Arrival.CREATED, True)
    assert await house.sql("SELECT count(*) FROM lead_joins") == [(0,)]


async def test_sources_may_be_told_apart(house: House) -> None:
    await house.configure(default="join", sources={"household": "new", "partner": "same_owner"})
    lead_id, _ = await house.send(phone=PHONE)
    agent = await house.offer(lead_id)
    apart, arrival = await house.send(phone=PHONE, source="household")
    assert (arrival, await house.ties(apart)) == (Arrival.CREATED, (None, None))
    doubled, arrival = await house.send(phone=PHONE, source="partner")
    assert (arrival, await house.ties(doubled)) == (Arrival.CREATED, (agent, lead_id))
    assert await house.send(phone=PHONE, source="facebook") == (lead_id, Arrival.JOINED)


async def test_the_last_holder_of_a_closed_lead_owns_the_next_one(house: House) -> None:
    first, _ = await house.send(phone=PHONE, email=EMAIL, insurance_type="Auto")
    agent = await house.offer(first)
    await house.give(first, Claim, agent)
    await house.give(first, Release, agent, code="wrong_person")
    second = (await house.give(first, Route)).agent
    assert second not in (None, agent)
    await house.give(first, Claim, second)
    await house.give(first, Contact, second, result=ContactResult.CONNECTED)
    await house.give(first, Outcome, second, result=CloseReason.LOST)
    again, arrival = await house.send(email=EMAIL)
    assert (arrival, await house.ties(again)) == (Arrival.CREATED, (second, None))


async def test_an_agent_who_never_claimed_owns_nothing(house: House) -> None:
    first, _ = await house.send(phone=PHONE)
    await house.offer(first)
    await house.give(first, Withdraw, code="bought_elsewhere")
    again, _ = await house.send(phone=PHONE)
    assert await house.ties(again) == (None, None)


@pytest.mark.parametrize(("days", "owned"), [(30, True), (32, False)])
async def test_ownership_ends_with_the_window(house: House, days: int, owned: bool) -> None:
    await house.configure(window_days=31)
    first, _ = await house.send(phone=PHONE)
    agent = await house.live(first)
    house.clock.move(timedelta(days=days))
    again, _ = await house.send(phone=PHONE)
    assert await house.ties(again) == (agent if owned else None, None)


async def test_the_agent_that_the_sender_names_goes_before_the_owner(house: House) -> None:
    first, _ = await house.send(phone=PHONE)
    agent = await house.live(first)
    named = next(other for other in house.people.agents if other != agent)
    again, _ = await house.send(phone=PHONE, preferred_agent_id=AgentId(named))
    assert await house.ties(again) == (named, None)


async def test_an_import_joins_and_says_so_and_history_never_joins(house: House) -> None:
    lead_id, _ = await house.send(phone=PHONE)
    rows = [
        LeadRow(number, (), NewLead(source="file", external_id=str(number), phone=phone))
        for number, phone in ((2, PHONE), (3, OTHER_PHONE), (4, OTHER_PHONE))
    ]
    importer = Importer(house.intake, house.clock, at_once=3)
    assert await importer.run(rows) == ImportReport(imported=1, joined=2, last_row=4)
    assert await importer.run(rows) == ImportReport(existing=1, joined=2, last_row=4)
    over = PastLife(result=CloseReason.WON, closed_at=house.clock.now())
    past = [LeadRow(9, (), NewLead(source="crm", external_id="9", phone=PHONE), over)]
    assert await importer.run(past) == ImportReport(imported=1, last_row=9)
    found = await fetch_one(house.database.superuser, "SELECT count(*) FROM lead_joins WHERE lead_id = $1", lead_id)
    assert found == 1
