"""`baton leads pause`, `snooze` and `resume` as they are called."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from cli.main import run
from db.session import create_engines
from domain.ids import LeadId
from tests.db.databases import Database, fetch
from tests.demo.lives import Hand
from tests.support.people import People, populate


@pytest.fixture
def played(database: Database, monkeypatch: pytest.MonkeyPatch) -> tuple[LeadId, People]:
    """An offered lead, and its people."""
    monkeypatch.setenv("DATABASE_URL", database.application)

    async def play() -> tuple[LeadId, People]:
        engines = create_engines(database.application, pool_size=2, application_name="tests")
        people = await populate(database, agents=1)
        hand = Hand(engines)
        hand.clock.move(datetime.now(UTC) - hand.clock.now())
        lead_id = await hand.offered()
        await engines.dispose()
        return lead_id, people

    return asyncio.run(play())


def test_pause_and_resume(
    played: tuple[LeadId, People], database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    lead_id, people = played
    by = ["--as", f"{people.manager}@example.com"]
    assert run(["leads", "pause", str(lead_id), *by, "--code", "documents", "--for", "2h", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    wait = datetime.fromisoformat(told["until"]) - datetime.now(UTC)
    assert timedelta(hours=1, minutes=59) < wait <= timedelta(hours=2)
    assert (told["state"], told["paused"], told["changed"]) == ("offered", True, True)

    assert run(["leads", "resume", str(lead_id), *by]) == 0
    assert "offered, its clock runs" in capsys.readouterr().err
    assert run(["leads", "resume", str(lead_id), *by]) == 0
    assert "Nothing to do" in capsys.readouterr().err
    kinds = (
        """SELECT "eventType" FROM "RoutingEvent" WHERE "eventType" IN ('paused', 'resumed') ORDER BY "timestamp" """
    )
    assert [kind for (kind,) in asyncio.run(fetch(database.owner, kinds))] == ["paused", "resumed"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["snooze"], "say until when"),
        (["snooze", "--for", "2h"], "only a lead that was tried can be snoozed; pause it instead"),
        (["pause", "--for", "soon"], "'soon' is no length; say for example 30m, 2h or 3d"),
        (["pause", "--until", "tomorrow"], "'tomorrow' is no instant"),
        (["pause", "--until", "2026-03-02T09:00"], "has no time zone; add it"),
        (["pause", "--until", "2026-03-02T09:00+00:00"], "give an instant from now to"),
        (["pause", "--for", "2h", "--until", "2026-03-02T09:00+00:00"], "exclude each other"),
    ],
)
def test_what_cannot_be_is_told_with_the_remedy(
    played: tuple[LeadId, People], capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    lead_id, people = played
    verb, *options = arguments
    assert run(["leads", verb, str(lead_id), "--as", f"{people.admin}@example.com", *options]) == 1
    assert words in capsys.readouterr().err
