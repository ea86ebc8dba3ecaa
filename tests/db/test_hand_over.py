"""The open leads of an agent who leaves: one preview, one command."""

from __future__ import annotations

import asyncio
import json

import pytest

from cli.main import run
from db.session import Engines, create_engines
from domain.ids import AgentId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Claim, Contact, Pause
from domain.lifecycle.transition import Refusal
from services.applied import Applied
from services.hand_over import HandOver, HandOverReport
from tests.db.databases import Database, fetch
from tests.demo.lives import Hand
from tests.support.people import People, populate


class Leaving:
    """Three agents; the first has an offer, a claimed lead and a contacted one."""

    def __init__(self, hand: Hand, people: People, engines: Engines) -> None:
        self.hand, self.people = hand, people
        self.manager = Actor(role=Role.MANAGER, id=people.manager)
        self.service = HandOver(hand.lifecycle, engines.service, hand.clock)

    @property
    def agent(self) -> AgentId:
        """Who leaves."""
        return AgentId(self.people.agents[0])


async def _leaving(database: Database, engines: Engines) -> Leaving:
    people = await populate(database, agents=1)
    hand = Hand(engines)
    await hand.offered()
    claimed = await hand.offered()
    await hand.by_holder(claimed, Claim)
    contacted = await hand.offered()
    await hand.by_holder(contacted, Claim)
    await hand.by_holder(contacted, Contact)
    others = await populate(database, agents=2)
    both = People(agents=(*people.agents, *others.agents), manager=people.manager, admin=people.admin)
    return Leaving(hand, both, engines)


async def test_a_preview_moves_nothing_and_says_where_they_would_go(database: Database, engines: Engines) -> None:
    leaving = await _leaving(database, engines)
    report = await leaving.service.preview(leaving.manager, leaving.agent, None)
    assert isinstance(report, HandOverReport)
    assert [line.state for line in report.lines] == ["offered", "claimed", "contacted"]
    assert {line.to_agent for line in report.lines} <= set(leaving.people.agents[1:])
    again = await leaving.service.preview(leaving.manager, leaving.agent, None)
    assert again == report


async def test_by_routing_everything_leaves_the_agent_and_a_repeat_finds_nothing(
    database: Database, engines: Engines
) -> None:
    leaving = await _leaving(database, engines)
    report = await leaving.service.apply(leaving.manager, leaving.agent, None, "key")
    assert isinstance(report, HandOverReport)
    assert (len(report.lines), report.failed) == (3, 0)
    for line in report.lines:
        assert await leaving.hand.holder(line.lead_id) == line.to_agent != leaving.agent
    again = await leaving.service.apply(leaving.manager, leaving.agent, None, "key")
    assert isinstance(again, HandOverReport)
    assert again.lines == []
    load = 'SELECT "currentLoad" FROM "AgentAvailability" WHERE "agentId" = '
    assert await fetch(database.owner, f"{load}'{leaving.agent}'") == [(0,)]
    audited = await fetch(database.owner, "SELECT kind, new FROM admin_audit")
    assert [(kind, json.loads(new)) for kind, new in audited] == [("hand_over", {"leads": 3, "failed": 0, "to": None})]


async def test_to_one_agent_and_only_by_who_may(database: Database, engines: Engines) -> None:
    leaving = await _leaving(database, engines)
    to = AgentId(leaving.people.agents[1])
    stranger = Actor(role=Role.MANAGER, id=(await populate(database, agents=1)).manager)
    for caller in (stranger, Actor(role=Role.AGENT, id=leaving.agent)):
        assert isinstance(await leaving.service.preview(caller, leaving.agent, to), Refusal)
        assert isinstance(await leaving.service.apply(caller, leaving.agent, to, "key"), Refusal)

    # The manager of one team cannot give its leads to the agent of another; that is said for each lead.
    refused = await leaving.service.apply(leaving.manager, leaving.agent, to, "key")
    assert isinstance(refused, HandOverReport)
    assert refused.failed == 3
    assert {line.problem for line in refused.lines} == {"the agent is not in a team that you manage"}

    admin = Actor(role=Role.ADMIN, id=leaving.people.admin)
    report = await leaving.service.apply(admin, leaving.agent, to, "key")
    assert isinstance(report, HandOverReport)
    assert ([line.to_agent for line in report.lines], report.failed) == ([to, to, to], 0)


def test_the_command(database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATABASE_URL", database.application)

    async def play() -> Leaving:
        engines = create_engines(database.application, pool_size=2, application_name="tests")
        leaving = await _leaving(database, engines)
        await engines.dispose()
        return leaving

    leaving = asyncio.run(play())
    agent, by = str(leaving.agent), ["--as", f"{leaving.people.admin}@example.com"]
    assert run(["agents", "set", agent, *by, "--inactive"]) == 0
    assert f"baton agents hand-over {agent}" in capsys.readouterr().err.replace("\n", " ")
    assert run(["agents", "hand-over", agent, *by]) == 0
    assert "Nothing was moved; --apply does it." in capsys.readouterr().err
    assert run(["agents", "hand-over", agent, *by, "--apply", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["applied"], told["failed"], len(told["lines"])) == (True, 0, 3)
    assert run(["agents", "hand-over", agent, *by]) == 0
    assert "No open leads." in capsys.readouterr().err


async def test_a_paused_offer_stays_and_is_reported(database: Database, engines: Engines) -> None:
    leaving = await _leaving(database, engines)
    preview = await leaving.service.preview(leaving.manager, leaving.agent, None)
    assert isinstance(preview, HandOverReport)
    offered = next(line.lead_id for line in preview.lines if line.state == "offered")
    admin = Actor(role=Role.ADMIN, id=leaving.people.admin)
    pause = Pause(command_id="pause", actor=admin, received_at=leaving.hand.clock.now(), code="later")
    assert isinstance(await leaving.hand.lifecycle.apply(offered, pause), Applied)
    report = await leaving.service.apply(leaving.manager, leaving.agent, None, "key")
    assert isinstance(report, HandOverReport)
    (stayed,) = [line for line in report.lines if line.lead_id == offered]
    assert (report.failed, stayed.to_agent) == (1, None)
    assert "it is paused" in (stayed.problem or "")
