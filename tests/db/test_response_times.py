"""The report of response times on real rows, as a service and as `baton report`."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from cli.main import run
from db.repositories.response_times import Grouping, Stage, StageTimes
from db.session import Engines, create_engines, reader_transaction
from domain.contact import ContactResult
from domain.errors import InvalidInputError
from domain.ids import SYSTEM_AGENT
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Claim, Contact
from domain.lifecycle.transition import Refusal
from services.reporting import Reporting, ResponseTimes
from tests.db.databases import Database
from tests.demo.lives import Hand
from tests.support.people import People, populate

SERVICE = Actor(role=Role.SERVICE, id=SYSTEM_AGENT)


def about(seconds: float) -> Any:
    """The world's clock also goes on by itself."""
    return pytest.approx(seconds, abs=2)


async def _play(database: Database, engines: Engines) -> tuple[Hand, People, UUID]:
    """One lead claimed in time and reached at the second try, one that two agents let pass; the first's holder."""
    people = await populate(database, agents=2)
    hand = Hand(engines)
    # So that all of it has happened by now.
    hand.clock.move(-timedelta(hours=1))
    missed = await hand.offered()
    await hand.miss(missed)
    await hand.miss(missed)
    reached = await hand.offered()
    holder = await hand.holder(reached)
    hand.clock.move(timedelta(seconds=58))
    await hand.give(reached, Claim, holder)
    hand.clock.move(timedelta(seconds=19))
    await hand.give(reached, Contact, holder, result=ContactResult.NO_ANSWER)
    await hand.give(reached, Contact, holder, result=ContactResult.CONNECTED)
    return hand, people, holder


async def _report(hand: Hand, engines: Engines, caller: Actor, by: Grouping = Grouping.ALL) -> ResponseTimes | Refusal:
    hand.clock.move(timedelta(seconds=1))
    async with reader_transaction(engines.reader, caller.id) as connection:
        return await Reporting(hand.clock).response_times(connection, caller, by=by)


def _lines(found: ResponseTimes | Refusal) -> dict[tuple[str, Stage], StageTimes]:
    assert isinstance(found, ResponseTimes)
    return {(line.group, line.stage): line for line in found.lines}


async def test_each_stage_is_told_apart(database: Database, engines: Engines) -> None:
    hand, _, _ = await _play(database, engines)
    lines = _lines(await _report(hand, engines, SERVICE))
    assert [stage for _, stage in lines] == list(Stage)
    assign, claim, attempt, connection = lines.values()
    # Hand waits a second before each command: receive, score, route.
    assert (assign.count, assign.p50_s, assign.in_time) == (2, about(2), None)
    # Two of three windows were missed, and a missed one has no seconds.
    assert (claim.count, claim.p50_s) == (1, about(59))
    assert claim.in_time == pytest.approx(1 / 3, abs=1e-3)
    assert (attempt.count, attempt.p50_s, attempt.in_time) == (1, about(20), 1.0)
    assert (connection.count, connection.p50_s, connection.in_time) == (1, about(2 + 59 + 20 + 1), None)


async def test_by_agent_the_missed_windows_stay_with_who_missed_them(database: Database, engines: Engines) -> None:
    hand, people, holder = await _play(database, engines)
    lines = _lines(await _report(hand, engines, SERVICE, Grouping.AGENT))
    claims = {group: (line.count, line.in_time) for (group, stage), line in lines.items() if stage is Stage.CLAIM}
    (other,) = set(people.agents) - {holder}
    assert claims == {str(holder): (1, 0.5), str(other): (0, 0.0)}


async def test_managers_see_their_teams_and_agents_nothing(database: Database, engines: Engines) -> None:
    hand, people, holder = await _play(database, engines)
    stranger = (await populate(database, agents=1)).manager
    own = _lines(await _report(hand, engines, Actor(role=Role.MANAGER, id=people.manager)))
    assert own["all", Stage.FIRST_CONNECTION].count == 1
    theirs = _lines(await _report(hand, engines, Actor(role=Role.MANAGER, id=stranger)))
    assert ("all", Stage.FIRST_CONNECTION) not in theirs
    refused = await _report(hand, engines, Actor(role=Role.AGENT, id=holder))
    assert isinstance(refused, Refusal)


@pytest.mark.parametrize("days", [0, 93])
async def test_a_period_has_a_beginning_and_a_limit(engines: Engines, days: int) -> None:
    hand = Hand(engines)
    now = hand.clock.now()
    async with reader_transaction(engines.reader, None) as connection:
        with pytest.raises(InvalidInputError, match="92 days at most"):
            await Reporting(hand.clock).response_times(connection, SERVICE, since=now - timedelta(days=days), until=now)


def test_the_command(database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATABASE_URL", database.application)
    assert run(["report"]) == 0
    assert "No lead came in during the last 7 days." in capsys.readouterr().err

    async def play() -> UUID:
        engines = create_engines(database.application, pool_size=2, application_name="tests")
        _, _, holder = await _play(database, engines)
        await engines.dispose()
        return holder

    holder = asyncio.run(play())
    assert run(["report", "--by", "agent", "--days", "92"]) == 0
    told = capsys.readouterr().err
    assert str(holder)[:12] in told
    for part in ("first attempt", "first connection", "50%"):
        assert part in told
    assert run(["report", "--json", "--days", "92"]) == 0
    stages = [line["stage"] for line in json.loads(capsys.readouterr().out)["lines"]]
    assert stages == [stage.value for stage in Stage]
