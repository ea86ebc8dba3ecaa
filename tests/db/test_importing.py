"""Imports into a real database: nothing twice, nothing lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from db.repositories.ledger import untold_leads
from db.session import Engines, write_transaction
from domain.ids import AgentId
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import CloseReason
from services.arrivals import Arrival
from services.clock import SystemClock
from services.configurations import Configurations
from services.importing import Importer, ImportReport
from services.intake import Intake
from services.lead_rows import LeadRow, Reject
from services.new_lead import NewLead, PastLife
from tests.db.databases import Database, fetch, fetch_one, run_script

CLOCK = SystemClock()
OVER = datetime(2025, 3, 17, 17, tzinfo=UTC)


def rows(count: int, *, past: bool = False) -> list[LeadRow]:
    life = PastLife(result=CloseReason.WON, closed_at=OVER, handling_minutes=3.25, contact_attempts=2)
    began = OVER - timedelta(days=1)
    return [
        LeadRow(
            number,
            (str(number),),
            NewLead(
                source="website",
                external_id=f"W-{number}",
                email=f"lead-{number}@example.com",
                created_at=began if past else None,
            ),
            life if past else None,
        )
        for number in range(2, count + 2)
    ]


def intake(engines: Engines) -> Intake:
    return Intake(engines.service, CLOCK, Configurations(), telling=None)


def importer(engines: Engines, rejects: list[Reject] | None = None) -> Importer:
    kept = rejects if rejects is not None else []
    return Importer(intake(engines), CLOCK, at_once=4, on_rejects=kept.extend)


async def count(database: Database, table: str = "crm_leads") -> int:
    return int(await fetch_one(database.superuser, f"SELECT count(*) FROM {table}"))


async def test_importing_twice_adds_nothing(engines: Engines, database: Database) -> None:
    assert await importer(engines).run(rows(300)) == ImportReport(imported=300, last_row=301)
    assert await importer(engines).run(rows(300)) == ImportReport(existing=300, last_row=301)
    for table in ("crm_leads", "lead_transitions", "lead_contact_details"):
        assert await count(database, table) == 300


async def test_two_imports_at_once_add_each_lead_once(engines: Engines, database: Database) -> None:
    reports = await asyncio.gather(*(importer(engines).run(rows(80)) for _ in range(3)))
    assert sum(report.imported for report in reports) == 80
    assert sum(report.existing for report in reports) == 160
    assert await count(database) == 80


async def test_new_leads_wait_for_the_relay_to_start_their_workflow(engines: Engines, database: Database) -> None:
    await importer(engines).run(rows(3))
    async with write_transaction(engines.service) as connection:
        assert len(await untold_leads(connection, -1.0, 10)) == 3


async def test_history_is_closed_with_outcome_and_dates_and_no_workflow(engines: Engines, database: Database) -> None:
    report = await importer(engines).run(rows(5, past=True))
    assert report == ImportReport(imported=5, last_row=6)
    found = await fetch(
        database.superuser,
        "SELECT lifecycle_state, close_reason, closed_at, created_at, contact_attempts, result, handling_minutes, at"
        "  FROM crm_leads JOIN lead_outcomes ON lead_id = id",
    )
    assert found == [("closed", "won", OVER, OVER - timedelta(days=1), 2, "won", 3.25, OVER)] * 5
    assert await fetch_one(database.superuser, "SELECT count(*) FROM lead_transitions WHERE told_at IS NULL") == 0
    async with write_transaction(engines.service) as connection:
        assert await untold_leads(connection, -1.0, 10) == []
    assert await importer(engines).run(rows(5, past=True)) == ImportReport(existing=5, last_row=6)
    assert await count(database, "lead_outcomes") == 5


async def test_a_bad_row_costs_itself_only(engines: Engines, database: Database) -> None:
    good = rows(40)
    stranger = NewLead(source="website", external_id="x", preferred_agent_id=AgentId(uuid4()))
    unstorable = NewLead(source="website", external_id="y", metadata={"note": "a\0b"})
    wrong_phone = NewLead(source="website", external_id="z", phone="12")
    early = PastLife(result=CloseReason.LOST, closed_at=datetime(2199, 1, 1, tzinfo=UTC))
    bad: list[LeadRow | Reject] = [
        LeadRow(100, ("x",), stranger),
        LeadRow(101, ("y",), unstorable),
        LeadRow(102, ("z",), wrong_phone),
        LeadRow(103, ("f",), NewLead(source="website", external_id="f"), early),
        Reject(104, ("r",), "row", "broken"),
    ]
    kept: list[Reject] = []
    report = await importer(engines, kept).run([*good[:20], *bad, *good[20:]])
    assert (report.imported, report.rejected) == (40, 5)
    assert await count(database) == 40
    assert [(reject.number, reject.field) for reject in kept] == [
        (100, "row"),
        (101, "row"),
        (102, "phone"),
        (103, "closed_at"),
        (104, "row"),
    ]
    assert "agent" in kept[0].reason


class _Crash(Exception):
    pass


async def test_after_a_crash_a_second_run_completes(engines: Engines, database: Database) -> None:
    class Dying(Intake):
        calls = 0

        async def receive(self, new: NewLead, **options: object) -> tuple[Lead, Arrival]:
            self.calls += 1
            if self.calls > 300:
                raise _Crash
            return await super().receive(new)

    dying = Dying(engines.service, CLOCK, Configurations(), telling=None)
    with pytest.raises(ExceptionGroup):
        await Importer(dying, CLOCK, at_once=4).run(rows(400))
    reached = await count(database)
    assert 256 <= reached < 400
    report = await importer(engines).run(rows(400))
    assert (report.imported, report.existing) == (400 - reached, reached)
    assert await count(database) == 400


async def test_a_row_source_that_breaks_keeps_what_came_before(engines: Engines, database: Database) -> None:
    def breaking() -> Iterator[LeadRow]:
        yield from rows(256)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        await importer(engines).run(breaking())
    assert await count(database) == 256


async def test_broken_connections_are_waited_out(engines: Engines, database: Database) -> None:
    class Cut(Intake):
        calls = 0

        async def receive(self, new: NewLead, **options: object) -> tuple[Lead, Arrival]:
            self.calls += 1
            if self.calls in {20, 60}:
                await run_script(
                    database.superuser,
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    f" WHERE datname = '{database.name}' AND pid <> pg_backend_pid()",
                )
            return await super().receive(new)

    async def at_once(seconds: float) -> None:
        assert seconds > 0

    cut = Cut(engines.service, CLOCK, Configurations(), telling=None)
    report = await Importer(cut, CLOCK, at_once=3, sleep=at_once).run(rows(100))
    assert report.imported + report.existing == 100
    assert report.rejected == 0
    assert await count(database) == 100
    [(ids,)] = await fetch(database.superuser, "SELECT array_agg(id) FROM crm_leads")
    assert len({UUID(str(lead_id)) for lead_id in ids}) == 100
