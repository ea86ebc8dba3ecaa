"""`baton leads explain` as it is called."""

from __future__ import annotations

import asyncio
import json
from uuid import UUID, uuid4

import pytest

from cli.main import run
from db.session import create_engines
from domain.ids import LeadId
from domain.lifecycle.commands import Decline
from tests.db.databases import Database, fetch
from tests.demo.lives import Hand
from tests.support.people import populate


@pytest.fixture
def lead_id(database: Database, monkeypatch: pytest.MonkeyPatch) -> LeadId:
    """A lead that two agents were offered, one after the other; the third is away."""
    monkeypatch.setenv("DATABASE_URL", database.application)
    return asyncio.run(_play(database))


async def _play(database: Database) -> LeadId:
    engines = create_engines(database.application, pool_size=2, application_name="tests")
    people = await populate(database, agents=2)
    await populate(database, agents=1, status="Offline")
    hand = Hand(engines)
    lead_id = await hand.offered()
    assert await hand.holder(lead_id) in people.agents
    await hand.by_holder(lead_id, Decline)
    await engines.dispose()
    return lead_id


def test_as_text(lead_id: LeadId, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["leads", "explain", str(lead_id)]) == 0
    out, told = capsys.readouterr()
    assert out == ""
    for part in (
        "Decision 2 of 2 about lead",
        "Offered to candidate 1 of 1.",
        "@example.com",
        "got it",
        "barred",
        "seed",
    ):
        assert part in told


def test_every_decision_as_json(lead_id: LeadId, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["leads", "explain", str(lead_id), "--all", "--json"]) == 0
    turns = json.loads(capsys.readouterr().out)
    assert [turn["outcome"] for turn in turns] == ["offered", "offered"]
    assert run(["leads", "explain", str(lead_id), "--seq", str(turns[0]["seq"]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == turns[0]


def test_why_not_by_id_and_by_email(lead_id: LeadId, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    ((away,),) = asyncio.run(
        fetch(database.superuser, 'SELECT "agentId" FROM "AgentAvailability" WHERE status = \'Offline\'')
    )
    answers = []
    for named in (str(away), f"{away}@example.com"):
        assert run(["leads", "explain", str(lead_id), "--agent", named, "--json"]) == 0
        answers.append(json.loads(capsys.readouterr().out)["answer"])
    assert answers[0] == answers[1]
    assert (UUID(answers[0]["agent"]), answers[0]["reason"]) == (away, "status")
    assert run(["leads", "explain", str(lead_id), "--agent", str(away)]) == 0
    assert f"Why not {away}@example.com?" in capsys.readouterr().err


def test_what_is_wrong_is_said_with_exit_code_1(lead_id: LeadId, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in (
        ([str(uuid4())], "there is no lead"),
        ([str(lead_id), "--agent", "nobody@example.com"], "'nobody@example.com' is neither an id nor the e-mail"),
        ([str(lead_id), "--seq", "1"], "decided nothing; decisions are"),
        ([str(lead_id), "--seq", "1", "--all"], "exclude each other"),
    ):
        assert run(["leads", "explain", *arguments]) == 1
        assert said in " ".join(capsys.readouterr().err.split())
