"""Closing a day: previewed, published, and running windows moved on request."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.main import run
from db.session import Engines
from domain.errors import InvalidInputError
from domain.lifecycle.commands import Route
from services.closing_days import Closed, ClosingDays
from services.invariants import check_invariants
from tests.db.databases import Database
from tests.db.office import Office
from tests.support.people import populate

OFFICE: dict[str, Any] = {"calendars": {"office": {"always": True}}, "sla": {"calendar": "office"}}


@pytest.fixture
async def office(database: Database, engines: Engines) -> Office:
    office = Office(database, engines, await populate(database, 2))
    # Noon, so that no window runs past midnight by itself.
    now = office.clock.now()
    office.clock.move(datetime(now.year, now.month, now.day, 12, tzinfo=UTC) - now)
    return office


def _days(office: Office) -> ClosingDays:
    return ClosingDays(office.publishing, office.migration, office.clock)


async def _close(office: Office, *spans: str, apply: bool = False, move_windows: bool = False) -> Closed:
    return await _days(office).close("office", None, spans, office.admin, apply=apply, move_windows=move_windows)


async def test_a_preview_changes_nothing(office: Office) -> None:
    await office.apply(**OFFICE)
    lead = await office.receive()
    closed = await _close(office)
    (move,) = closed.moves
    assert (move.lead_id, move.due_at) == (lead.id, lead.claim_expires_at)
    assert move.becomes.date() == office.clock.now().date() + timedelta(days=1)
    assert (closed.version, closed.moved) == (None, None)
    assert await office.lifecycle.current(lead.id) == lead
    assert (await _close(office, "00:00-24:00")).moves == []


async def test_running_windows_stay_unless_asked_and_move_with_an_audit(office: Office) -> None:
    await office.apply(**OFFICE)
    lead = await office.receive()
    kept = await _close(office, apply=True)
    assert (kept.version, kept.moved, len(kept.moves)) == (3, None, 1)
    assert await office.lifecycle.current(lead.id) == lead

    moved = await _close(office, apply=True, move_windows=True)
    assert (moved.version, moved.moved) == (3, 1)
    after = await office.lifecycle.current(lead.id)
    assert after is not None
    assert (after.config_version, after.epoch, after.agent) == (3, lead.epoch, lead.agent)
    assert after.claim_expires_at == after.wake_at
    assert after.claim_expires_at is not None
    assert abs(after.claim_expires_at - moved.moves[0].becomes) < timedelta(seconds=5)
    offers = await office.sql("SELECT claim_expires_at FROM lead_offers")
    assert offers == [(after.claim_expires_at,)]
    kinds = await office.sql("SELECT kind FROM admin_audit WHERE subject IN ('configuration', 'leads') ORDER BY id")
    assert [kind for (kind,) in kinds] == ["publish", "publish", "migrate"]
    assert (await _close(office, apply=True, move_windows=True)).moves == []
    assert (await check_invariants(office.engines.service)).holds


@pytest.mark.parametrize(
    ("name", "spans", "words"),
    [("garden", (), "'garden' is not configured; known: office"), ("office", ("9-12",), "write them as 09:00-17:30")],
)
async def test_what_cannot_be_is_told(office: Office, name: str, spans: tuple[str, ...], words: str) -> None:
    await office.apply(**OFFICE)
    with pytest.raises(InvalidInputError, match=words):
        await _days(office).close(name, None, spans, office.admin, apply=False, move_windows=False)


async def test_the_command(office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATABASE_URL", office.database.application)
    await office.apply(**OFFICE)
    by = ["--as", f"{office.people.admin}@example.com"]

    async def told(*arguments: str) -> str:
        assert await asyncio.to_thread(run, ["close-day", "office", *arguments, *by]) == 0
        captured = capsys.readouterr()
        return captured.out + captured.err

    assert "0 running windows would be moved. Nothing was changed" in await told("2126-12-24")
    done = json.loads(await told("2126-12-24", "--open", "09:00-12:00", "--apply", "--move-windows", "--json"))
    assert (done["day"], done["version"], done["moved"]) == ("2126-12-24", 3, 0)
    document = await office.document()
    assert list(document["calendars"]["office"]["dates"].values()) == [["09:00-12:00"]]


async def test_a_lead_that_waits_for_the_opening_is_not_offered_on_the_closed_day(office: Office) -> None:
    """It has no window yet, and follows the changed day all the same."""
    days = {day: ["14:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    await office.apply(
        calendars={"office": {"time_zone": "UTC", "weekly": days}},
        sla={"calendar": "office", "opening_spread_seconds": 0},
    )
    held = await office.receive()
    assert held.held_until == office.clock.now().replace(hour=14, minute=0, second=0, microsecond=0)
    closed = await _close(office, apply=True, move_windows=True)
    assert (closed.moves, closed.moved) == ([], 1)
    office.clock.move(timedelta(hours=2, seconds=1))
    routed = await office.give(held.id, Route)
    assert (routed.state, routed.held_until) == ("queued", held.held_until + timedelta(days=1))
