"""The licence ledger: imported from CSV, logged, listed for whom it concerns, and warned of before it ends."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from cli.main import run
from db.session import Engines
from domain.errors import InvalidInputError
from domain.lifecycle.actor import Actor, Role
from services.configurations import Configurations
from services.csv_file import open_csv
from services.lead_rows import Reject
from services.licences import LicenceReport, Licences, LicenceWarnings
from tests.db.databases import Database, fetch, run_script
from tests.support.people import People, populate

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HEADER = "agent,state,line,number,valid_from,valid_to"
LOG = "SELECT field, old, new, actor, agent_id FROM agent_state_log WHERE field LIKE 'licence%' ORDER BY id"
AUDIT = "SELECT subject, actor, old, new, at FROM admin_audit ORDER BY id"


@dataclass(frozen=True)
class At:
    """A clock that stands still."""

    instant: datetime

    def now(self) -> datetime:
        """That instant."""
        return self.instant


class Ledger:
    """The ledger of a team of two, a stranger to it, their manager and an admin."""

    def __init__(self, database: Database, engines: Engines, people: People, stranger: UUID, place: Path) -> None:
        self.database, self.engines, self.people, self.stranger, self.place = database, engines, people, stranger, place
        self.clock = At(NOW)
        self.licences = Licences(engines.admin, self.clock, Configurations())
        self.admin = Actor(role=Role.ADMIN, id=people.admin, via="cli")
        self.manager = Actor(role=Role.MANAGER, id=people.manager, via="cli")

    async def take(
        self, *rows: str, by: Actor | None = None, header: str = HEADER
    ) -> tuple[LicenceReport, list[Reject]]:
        """Import rows."""
        path = self.place / f"{uuid4()}.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        rejects: list[Reject] = []
        with open_csv(path) as file:
            return await self.licences.import_file(by or self.admin, file, rejects.extend), rejects

    async def warn(self, at: datetime = NOW) -> int:
        """What the upkeep does."""
        return await LicenceWarnings(self.engines.service, At(at), Configurations()).run()

    async def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Rows, past every policy."""
        return await fetch(self.database.superuser, query)


@pytest.fixture
async def ledger(database: Database, engines: Engines, tmp_path: Path) -> Ledger:
    people = await populate(database, 2)
    stranger = (await populate(database, 1)).agents[0]
    return Ledger(database, engines, people, stranger, tmp_path)


async def test_an_import_is_idempotent_and_a_later_last_day_changes_the_entry(ledger: Ledger) -> None:
    agent = ledger.people.agents[0]
    row = f"{agent}@EXAMPLE.com,ca,auto,L-1,2026-01-01"
    report, _ = await ledger.take(f"{row},2026-12-31", f"{agent},TX,,L-2,2026-01-01,")
    assert report == LicenceReport(added=2)
    assert (await ledger.take(f"{row},2026-12-31", f"{agent},TX,,L-2,2026-01-01,"))[0] == LicenceReport(unchanged=2)
    assert (await ledger.take(f"{row},2027-12-31"))[0] == LicenceReport(changed=1)
    assert (await ledger.take(f"{row},"))[0] == LicenceReport(changed=1)
    found = await ledger.sql("SELECT state, line, number, valid_to FROM agent_licences ORDER BY number")
    assert found == [("CA", "Auto", "L-1", None), ("TX", None, "L-2", None)]

    actor = f"cli:admin:{ledger.people.admin}"
    log = [(json.loads(old or "null"), json.loads(new), by, of) for _, old, new, by, of in await ledger.sql(LOG)]
    assert [(old and old["valid_to"], new["valid_to"]) for old, new, *_ in log] == [
        (None, "2026-12-31"),
        (None, None),
        ("2026-12-31", "2027-12-31"),
        ("2027-12-31", None),
    ]
    assert {(by, of) for *_, by, of in log} == {(actor, agent)}
    audit = await ledger.sql(AUDIT)
    assert [(row[0], row[1], row[4]) for row in audit] == [(f"crm_agents/{agent}/licence", actor, NOW)] * 4
    assert [json.loads(row[3]) for row in audit] == [new for _, new, *_ in log]


async def test_bad_rows_are_rejected_with_their_number_and_the_reason_and_the_others_taken(ledger: Ledger) -> None:
    agent = ledger.people.agents[0]
    report, rejects = await ledger.take(
        f"{agent},CA,Auto,1,2026-01-01,2026-12-31",
        "nobody@example.com,CA,Auto,2,2026-01-01,",
        f"{agent},,Auto,3,2026-01-01,",
        f"{agent},CA,Boat,4,2026-01-01,",
        f"{agent},CA,Auto,5,01/01/2026,",
        f"{agent},CA,Auto,6,2026-02-01,2026-01-01",
        f"{agent},CA,Auto,1,2026-01-01,2027-12-31",
        f"{agent},CA,Auto",
    )
    assert report == LicenceReport(added=1, rejected=7)
    assert [(reject.number, reject.field) for reject in rejects] == [
        (3, "agent"),
        (4, "state"),
        (5, "line"),
        (6, "valid_from"),
        (7, "valid_to"),
        (8, "number"),
        (9, "row"),
    ]
    assert all(";" in reject.problem for reject in rejects), "problem and remedy"
    with pytest.raises(InvalidInputError, match="lacks number"):
        await ledger.take(header="agent,state,valid_from")


async def test_a_manager_imports_and_sees_the_licences_of_his_teams_only(ledger: Ledger) -> None:
    own, foreign = f"{ledger.people.agents[0]}", f"{ledger.stranger}"
    rows = (f"{own},CA,,1,2026-01-01,", f"{foreign},CA,,2,2026-01-01,")
    report, rejects = await ledger.take(*rows, by=ledger.manager)
    assert report == LicenceReport(added=1, rejected=1)
    assert [(reject.number, reject.field) for reject in rejects] == [(3, "agent")]
    await ledger.take(*rows)
    assert [view.agent for view in await ledger.licences.listed(ledger.manager)] == [f"{own}@example.com"]
    assert len(await ledger.licences.listed(ledger.admin)) == 2
    with pytest.raises(InvalidInputError, match="agent"):
        await ledger.licences.listed(ledger.manager, foreign)
    with pytest.raises(InvalidInputError, match="no active admin or manager"):
        await ledger.licences.listed(Actor(role=Role.ADMIN, id=ledger.people.agents[0]))


async def test_a_licence_is_warned_of_once_thirty_days_before_its_end_and_never_when_it_is_renewed(
    ledger: Ledger,
) -> None:
    first, second = ledger.people.agents
    await ledger.take(
        f"{first},CA,,ends,2026-01-01,2026-04-09",
        f"{first},TX,,later,2026-01-01,2026-04-10",
        f"{second},CA,,renewed,2026-01-01,2026-03-31",
        f"{second},CA,,renewal,2026-04-01,",
    )
    assert await ledger.warn(NOW - timedelta(days=1)) == 0
    assert await ledger.warn() == 1
    assert await ledger.warn() == 0
    warnings = [(json.loads(new), by) for field, _, new, by, _ in await ledger.sql(LOG) if field == "licence_expiring"]
    assert [(new["number"], new["valid_to"], by.partition(":")[0]) for new, by in warnings] == [
        ("ends", "2026-04-09", "system")
    ]
    assert [view.licence.number for view in await ledger.licences.expiring(ledger.admin)] == ["ends"]
    assert [view.licence.number for view in await ledger.licences.expiring(ledger.admin, 31)] == ["ends", "later"]

    await ledger.take(f"{first},CA,,ends,2026-01-01,2026-04-12")
    assert await ledger.warn(NOW + timedelta(days=3)) == 2, "the new last day, and the other licence"
    assert await ledger.warn(NOW + timedelta(days=4)) == 0


async def test_nobody_is_warned_about_an_agent_who_has_left(ledger: Ledger) -> None:
    await ledger.take(f"{ledger.people.agents[0]},CA,,1,2026-01-01,2026-03-20")
    await run_script(ledger.database.owner, "UPDATE crm_agents SET is_active = false WHERE role = 'agent'")
    assert await ledger.warn() == 0
    assert await ledger.licences.expiring(ledger.admin) == []


async def test_two_imports_at_once_add_each_licence_once(ledger: Ledger) -> None:
    rows = [f"{ledger.people.agents[0]},CA,,{number},2026-01-01," for number in range(50)]
    reports = await asyncio.gather(*(ledger.take(*rows) for _ in range(3)))
    assert sorted(report.added for report, _ in reports) == [0, 0, 50]
    assert await ledger.sql("SELECT count(*) FROM agent_licences") == [(50,)]


def test_the_commands(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    people = asyncio.run(populate(database, 1))
    monkeypatch.setenv("DATABASE_URL", database.application)
    monkeypatch.setenv("BATON_ADMIN", f"{people.admin}@example.com")
    file, rejects = tmp_path / "ledger.csv", tmp_path / "ledger.rejects.csv"
    soon = (datetime.now(UTC) + timedelta(days=10)).date()
    file.write_text(f"{HEADER}\n{people.agents[0]},CA,,1,2026-01-01,{soon}\n{people.agents[0]},TX,,2,soon,\n")
    assert run(["agents", "licences", "import", str(file), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["added"] == 1
    assert rejects.read_text().splitlines()[1].startswith("3,valid_from: 'soon' is no date")
    rejects.write_text(rejects.read_text().replace(",soon,", ",2026-01-01,"))
    assert run(["agents", "licences", "import", str(rejects)]) == 0
    assert run(["agents", "licences", "list", "--json"]) == 0
    answer = capsys.readouterr()
    assert [one["number"] for one in json.loads(answer.out)] == ["1", "2"]
    assert run(["agents", "licences", "expiring", "--json"]) == 0
    assert [one["valid_to"] for one in json.loads(capsys.readouterr().out)] == [str(soon)]
    assert run(["agents", "licences", "expiring", "--days", "5"]) == 0
    assert "No licence ends" in capsys.readouterr().err
    assert run(["agents", "licences", "list", "--as", f"{people.agents[0]}@example.com"]) == 1
