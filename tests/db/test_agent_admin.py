"""Administration of agents: what it changes, what it records, and whom it is for."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID, uuid4

import pytest

from cli.main import run
from db.session import Engines
from domain.errors import InvalidInputError
from domain.lifecycle.actor import Actor, Role
from domain.routing.agent import AgentStatus, CustomerSegment, InsuranceLine
from domain.routing.shift import Shift
from services.agent_admin import AgentAdmin, AgentChange, SkillChange
from services.shift_words import parse_shifts, shift_words
from tests.db.databases import Database, fetch, run_script
from tests.support.clock import MovableClock
from tests.support.people import People, populate

LOG = "SELECT agent_id, field, old, new, actor FROM agent_state_log ORDER BY id"
AUDIT = "SELECT subject, kind, old, new, actor FROM admin_audit ORDER BY id"


class Desk:
    """Administration over one team of two, and an agent of another one."""

    def __init__(self, database: Database, engines: Engines, people: People, stranger: UUID) -> None:
        self.database, self.people, self.stranger = database, people, stranger
        self.admin_of = AgentAdmin(engines.admin, MovableClock())
        self.admin = Actor(role=Role.ADMIN, id=people.admin, via="cli")
        self.manager = Actor(role=Role.MANAGER, id=people.manager, via="cli")
        self.agent = str(people.agents[0])

    async def log(self) -> list[tuple[str, Any, Any]]:
        """(field, old, new) of every change; each is in the audit too, with the same actor."""
        rows = await fetch(self.database.superuser, LOG)
        audit = await fetch(self.database.superuser, AUDIT)
        assert [(f"crm_agents/{agent}/{field}", "agent", *rest) for agent, field, *rest in rows] == audit
        return [(field, old and json.loads(old), new and json.loads(new)) for _, field, old, new, _ in rows]


@pytest.fixture
async def desk(database: Database, engines: Engines) -> Desk:
    people = await populate(database, 2)
    return Desk(database, engines, people, (await populate(database, 1)).agents[0])


async def test_status_and_caps_are_set_and_every_change_is_recorded_once(desk: Desk) -> None:
    wanted = AgentChange(status=AgentStatus.BREAK, capacity=3, max_held=20, per_hour=4, timezone="Europe/Madrid")
    assert len(await desk.admin_of.change(desk.manager, desk.agent, wanted)) == 5
    assert await desk.admin_of.change(desk.manager, desk.agent, wanted) == []
    await desk.admin_of.change(desk.manager, f"{desk.agent}@example.com", AgentChange(per_hour=None))
    card = await desk.admin_of.card(desk.admin, desk.agent)
    assert (card.agent.status, card.agent.max_capacity, card.agent.max_active_leads) == ("Break", 3, 20)
    assert (card.agent.max_leads_per_hour, card.agent.timezone) == (None, "Europe/Madrid")
    assert sorted(await desk.log(), key=str) == sorted(
        [
            ("status", "Available", "Break"),
            ("max_capacity", 5, 3),
            ("timezone", "UTC", "Europe/Madrid"),
            ("max_active_leads", 50, 20),
            ("max_leads_per_hour", None, 4),
            ("max_leads_per_hour", 4, None),
        ],
        key=str,
    )
    actors = {row[4] for row in await fetch(desk.database.superuser, LOG)}
    assert actors == {f"cli:manager:{desk.people.manager}"}


async def test_a_cap_may_be_lowered_below_the_load(desk: Desk) -> None:
    await run_script(desk.database.owner, 'UPDATE "AgentAvailability" SET "currentLoad" = 3')
    await desk.admin_of.change(desk.admin, desk.agent, AgentChange(capacity=1))
    agent = (await desk.admin_of.card(desk.admin, desk.agent)).agent
    assert (agent.current_load, agent.max_capacity) == (3, 1)


async def test_someone_without_an_availability_row_gets_one_with_a_capacity(desk: Desk) -> None:
    await run_script(desk.database.owner, f'DELETE FROM "AgentAvailability" WHERE "agentId" = \'{desk.agent}\'')
    with pytest.raises(InvalidInputError, match="give a capacity too"):
        await desk.admin_of.change(desk.admin, desk.agent, AgentChange(status=AgentStatus.AVAILABLE))
    await desk.admin_of.change(desk.admin, desk.agent, AgentChange(capacity=2))
    agent = (await desk.admin_of.card(desk.admin, desk.agent)).agent
    assert (agent.status, agent.max_capacity) == ("Offline", 2)


async def test_a_manager_has_a_say_over_his_teams_only_and_an_agent_over_nobody(desk: Desk) -> None:
    seen = {one.id for one in await desk.admin_of.people(desk.manager)}
    assert seen == {*desk.people.agents, desk.people.manager}
    assert desk.stranger in {one.id for one in await desk.admin_of.people(desk.admin)}
    stranger, change = str(desk.stranger), AgentChange(capacity=0)
    absence = await desk.admin_of.add_time_off(desk.admin, stranger, "2030-01-01", "2030-01-02", "holiday")
    for attempt in (
        desk.admin_of.card(desk.manager, stranger),
        desk.admin_of.change(desk.manager, stranger, change),
        desk.admin_of.set_shifts(desk.manager, stranger, ()),
        desk.admin_of.add_time_off(desk.manager, stranger, "2030-01-01", "2030-01-02", "x"),
        desk.admin_of.cancel_time_off(desk.manager, absence.id),
        desk.admin_of.specialize(desk.manager, stranger, SkillChange(line=InsuranceLine.LIFE)),
        desk.admin_of.change(Actor(role=Role.ADMIN, id=desk.people.agents[0]), desk.agent, change),
    ):
        with pytest.raises(InvalidInputError):
            await attempt
    assert [field for field, *_ in await desk.log()] == ["time_off"]
    await run_script(desk.database.owner, "UPDATE team_members SET left_at = now() WHERE role = 'manager'")
    assert await desk.admin_of.people(desk.manager) == []


async def test_shifts_are_replaced(desk: Desk) -> None:
    office, night = parse_shifts(["mon-fri 09:00-17:00"]), parse_shifts(["sat 22:00-06:00"])
    assert await desk.admin_of.set_shifts(desk.admin, desk.agent, office)
    assert not await desk.admin_of.set_shifts(desk.admin, desk.agent, office)
    assert await desk.admin_of.set_shifts(desk.admin, desk.agent, night)
    assert tuple((await desk.admin_of.card(desk.admin, desk.agent)).shifts) == night
    assert await desk.admin_of.set_shifts(desk.admin, desk.agent, ())
    assert (await desk.log())[1:] == [
        ("shifts", shift_words(office), ["sat 22:00-06:00"]),
        ("shifts", ["sat 22:00-06:00"], []),
    ]


async def test_time_off_is_in_the_agents_time_zone_and_can_be_taken_back(desk: Desk) -> None:
    await desk.admin_of.change(desk.admin, desk.agent, AgentChange(timezone="Europe/Madrid"))
    absence = await desk.admin_of.add_time_off(desk.admin, desk.agent, "2030-07-01", "2030-07-02", "holiday")
    assert absence.time_off.starts_at == datetime(2030, 6, 30, 22, tzinfo=UTC)
    assert absence.time_off.ends_at == datetime(2030, 7, 2, 22, tzinfo=UTC)
    again = await desk.admin_of.add_time_off(desk.admin, desk.agent, "2030-07-01T00:00", "2030-07-02T22:00Z", "holiday")
    assert again == absence
    for starts, ends in (("2030-07-02", "2030-07-01"), ("soon", "2030-07-01")):
        with pytest.raises(InvalidInputError):
            await desk.admin_of.add_time_off(desk.admin, desk.agent, starts, ends, "holiday")
    await desk.admin_of.cancel_time_off(desk.admin, absence.id)
    assert (await desk.admin_of.card(desk.admin, desk.agent)).absences == []
    with pytest.raises(InvalidInputError, match="no absence"):
        await desk.admin_of.cancel_time_off(desk.admin, absence.id)
    added, cancelled = (await desk.log())[1:]
    assert (added[2]["code"], added[1], cancelled[1], cancelled[2]) == ("holiday", None, added[2], None)


async def test_specialisations_are_set_field_by_field_with_languages_as_tags(desk: Desk) -> None:
    wanted = SkillChange(
        line=InsuranceLine.LIFE,
        segment=CustomerSegment.SMB,
        proficiency=4,
        languages=("English", "spanish", "es"),
        territories=("ca", "TX"),
    )
    made, changed = await desk.admin_of.specialize(desk.admin, desk.agent, wanted)
    assert changed
    assert (made.languages, made.territories, made.max_concurrent_leads) == (("en", "es"), ("CA", "TX"), 5)
    assert not (await desk.admin_of.specialize(desk.admin, desk.agent, wanted))[1]
    more = SkillChange(line=InsuranceLine.LIFE, segment=CustomerSegment.SMB, max_concurrent=0, territories=())
    changed_to, _ = await desk.admin_of.specialize(desk.admin, desk.agent, more)
    assert (changed_to.proficiency_level, changed_to.max_concurrent_leads, changed_to.territories) == (4, 0, ())
    assert list((await desk.admin_of.card(desk.admin, desk.agent)).skills)[1:] == [changed_to]
    assert [(old and old["territories"], new["territories"]) for _, old, new in await desk.log()] == [
        (None, ["CA", "TX"]),
        (["CA", "TX"], []),
    ]
    wrong = SkillChange(line=InsuranceLine.LIFE, languages=("Klingonish",))
    with pytest.raises(InvalidInputError, match="'Klingonish' is unknown; give"):
        await desk.admin_of.specialize(desk.admin, desk.agent, wrong)


async def test_two_changes_at_once_are_recorded_one_after_the_other(desk: Desk) -> None:
    await asyncio.gather(
        *(desk.admin_of.change(desk.admin, desk.agent, AgentChange(max_held=cap)) for cap in (11, 12, 13))
    )
    log = await desk.log()
    assert [old for _, old, _ in log] == [50, *(new for _, _, new in log[:-1])]


def test_shifts_in_words() -> None:
    assert parse_shifts(["Fri-Mon 22:00-06:00"]) == tuple(
        Shift(weekday=day, starts=time(22), ends=time(6)) for day in (0, 4, 5, 6)
    )
    assert parse_shifts(["monday 08:30-24:00"]) == (Shift(weekday=0, starts=time(8, 30), ends=time(0)),)
    split = parse_shifts(["mon-tue 14:00-18:00", "mon 09:00-13:00"])
    assert shift_words(split) == ["mon 09:00-13:00", "mon 14:00-18:00", "tue 14:00-18:00"]
    assert parse_shifts(shift_words(split)) == split
    for wrong in ("09:00-17:00", "mon 9-5", "day 09:00-17:00", "mon 09:00-25:00", "mon-xyz 09:00-17:00"):
        with pytest.raises(InvalidInputError, match="give"):
            parse_shifts([wrong])
    with pytest.raises(InvalidInputError, match="two begin on tue"):
        parse_shifts(["mon-wed 09:00-17:00", "tue 09:00-12:00"])


def test_the_commands(database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    people = asyncio.run(populate(database, 1))
    agent = f"{people.agents[0]}@example.com"
    monkeypatch.setenv("DATABASE_URL", database.application)
    monkeypatch.setenv("BATON_ADMIN", f"{people.manager}@example.com")

    def call(*words: str, code: int = 0) -> Any:
        assert run(["agents", *words]) == code
        return capsys.readouterr()

    call(
        "set",
        agent,
        "--capacity",
        "4",
        "--per-day",
        "9",
        "--status",
        "Break",
        "--no-accepts",
        "--timezone",
        "Asia/Tokyo",
    )
    call("set", agent, "--per-day", "none", "--accepts")
    call("set", agent, "--per-day", "many", code=1)
    call("set", agent, "--timezone", "Mars/Olympus", code=1)
    call("shifts", "set", agent, "mon-fri 09:00-17:00", "sat 10:00-12:00")
    call("shifts", "set", agent, code=1)
    absence = call("time-off", "add", agent, "--from", "2031-01-01", "--until", "2031-01-02", "--code", "holiday").out
    call("specialize", agent, "--line", "Home", "--languages", "English,Spanish", "--territories", "ca")
    shown = json.loads(call("show", agent, "--json").out)
    assert (shown["max_capacity"], shown["max_leads_per_day"], shown["status"]) == (4, None, "Break")
    assert (len(shown["shifts"]), shown["time_off"][0]["id"]) == (6, absence.strip())
    assert shown["skills"][1]["languages"] == ["en", "es"]
    assert "languages en es, territories CA" in call("show", agent).err
    call("time-off", "cancel", absence.strip())
    call("time-off", "cancel", absence.strip(), code=1)
    listed = json.loads(call("list", "--json").out)
    assert {one["id"] for one in listed} == {str(people.agents[0]), str(people.manager)}
    assert "4" in call("list").err
    assert "may see nobody" in call("show", f"{people.admin}@example.com", code=1).err
    call("shifts", "set", agent, "--always")
    call("list", "--as", f"{uuid4()}@example.com", code=1)
