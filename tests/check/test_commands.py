"""`baton check` and `baton doctor`: words and exit codes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import NamedTuple

import pytest

from cli.main import run
from domain.ids import LeadId
from tests.check.clinic import slept
from tests.demo.lives import damage
from tests.support.people import populate
from tests.support.world import World


class Said(NamedTuple):
    """A finished command."""

    code: int
    out: str
    err: str


class Baton:
    """The command line, in this process, pointed at a test's world."""

    def __init__(self, capture: pytest.CaptureFixture[str], place: Path) -> None:
        self._capture = capture
        self._place = place

    async def __call__(self, command: str, *options: str) -> Said:
        self._capture.readouterr()
        # A thread of its own: the command runs an event loop of its own.
        code = await asyncio.to_thread(run, [command, *options, "--data-dir", str(self._place)])
        out, err = self._capture.readouterr()
        return Said(code=code, out=out, err=err)


@pytest.fixture
def baton(
    world: World, temporal: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Baton:
    monkeypatch.setenv("DATABASE_URL", world.database.application)
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal)
    monkeypatch.setenv("BATON_TASK_QUEUE", world.task_queue)
    monkeypatch.setenv("COLUMNS", "80")
    return Baton(capsys, tmp_path)


@pytest.fixture
async def asleep(world: World) -> LeadId:
    """A lead that is offered, with its workflow asleep, and nothing wrong."""
    await populate(world.database, agents=1)
    lead_id = await world.receive()
    await slept(world, lead_id)
    return lead_id


async def test_one_line_when_all_holds(baton: Baton, asleep: LeadId) -> None:
    checked = await baton("check")
    assert (checked.code, checked.out) == (0, "")
    assert " checks over 1 leads: all hold (1 compared with Temporal" in checked.err
    assert checked.err.count("\n") == 1
    treated = await baton("doctor")
    assert (treated.code, treated.out) == (0, "")
    assert "Nothing is wrong (1 leads compared" in treated.err


async def test_what_is_wrong_is_said_and_repaired(baton: Baton, world: World, asleep: LeadId) -> None:
    holder = (await world.lead(asleep)).agent
    await damage(world.database, 'UPDATE "AgentAvailability" SET "currentLoad" = 3')

    checked = await baton("check")
    assert checked.code == 1
    assert f"agent {holder}" in checked.err
    assert "currentLoad 3, live leads 1" in checked.err
    report = json.loads((await baton("check", "--json")).out)
    assert [(fault["check"], fault["id"]) for fault in report["faults"]] == [("load", str(holder))]

    dry = await baton("doctor", "--dry-run")
    assert (dry.code, "would count the live leads" in dry.err) == (1, True)
    treated = await baton("doctor", "--json")
    assert treated.code == 0
    assert [one["did"] for one in json.loads(treated.out)["treated"]] == ["set currentLoad from 3 to 1"]
    assert (await baton("check")).code == 0


async def test_without_temporal(baton: Baton, asleep: LeadId, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    refused = await baton("check")
    assert refused.code == 1
    assert "no Temporal server answers at 127.0.0.1:1" in refused.err
    alone = await baton("check", "--database-only")
    assert (alone.code, "all hold (Temporal left out" in alone.err) == (0, True)


async def test_without_a_database(baton: Baton, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    refused = await baton("check")
    assert (refused.code, "DATABASE_URL is not set" in refused.err) == (1, True)
