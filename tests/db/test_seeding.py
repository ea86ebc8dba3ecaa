"""`baton seed`: what it adds, that it adds it once, and that it leaves alone what is there."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db.migrate import head_revision
from db.session import Engines
from services.demo_people import demo_people
from services.seed import SeedReport, seed
from tests.db.databases import Database, fetch, fetch_one, run_script

AT = datetime(2030, 1, 2, 9, 0, tzinfo=UTC)
AGENT = "00000000-0000-0000-0000-0000000000c0"


async def test_agents_without_rows_get_them(database: Database, engines: Engines) -> None:
    await run_script(
        database.owner,
        f"""INSERT INTO crm_agents (id, role, rating, languages) VALUES ('{AGENT}', 'agent', 0.9, '{{en,es}}');
            INSERT INTO crm_agents (role) VALUES ('agent'), ('manager'), ('admin')""",
    )

    report = await seed(engines.admin, at=AT)

    assert report == SeedReport(people=0, specializations=2, availability=2, rules=2, experiments=1, teams=0)
    assert await fetch(
        database.owner,
        """SELECT "insuranceLine", "customerSegment", languages, territories
             FROM "AgentSpecialization" WHERE "agentId" = $1::text::uuid""",
        AGENT,
    ) == [("Auto", "Individual", '["en", "es"]', "[]")]
    states = await fetch(
        database.owner, 'SELECT status, "currentLoad", "maxCapacity" FROM "AgentAvailability" ORDER BY 3'
    )
    assert states == [("Offline", 0, 5), ("Offline", 0, 8)]


async def test_the_first_rules_and_the_experiment_do_nothing_until_somebody_turns_them_on(
    database: Database, engines: Engines
) -> None:
    await seed(engines.admin, at=AT)
    rules = await fetch(database.owner, 'SELECT "ruleType", "isActive", action FROM "RoutingRule" ORDER BY priority')
    assert [(kind, active) for kind, active, _ in rules] == [("business_logic", False), ("geographic", False)]
    assert [json.loads(action)["type"] for _, _, action in rules] == ["set_strategy", "set_strategy"]
    assert await fetch(database.owner, 'SELECT status, "startDate" FROM "RoutingExperiment"') == [("paused", AT)]
    arms = await fetch(database.owner, 'SELECT name, "trafficAllocation" FROM "RoutingExperimentVariant" ORDER BY name')
    assert arms == [("control", 50.0), ("treatment", 50.0)]


async def test_a_second_run_adds_nothing_and_changes_nothing(database: Database, engines: Engines) -> None:
    await seed(engines.admin, at=AT, demo_agents=5)
    await run_script(
        database.owner,
        """UPDATE "RoutingRule" SET "ruleName" = 'renamed', "isActive" = true;
           UPDATE "AgentAvailability" SET "maxCapacity" = 1""",
    )

    assert (await seed(engines.admin, at=AT, demo_agents=5)).total == 0

    assert await fetch_one(database.owner, """SELECT count(*) FROM "RoutingRule" WHERE "ruleName" = 'renamed'""") == 2
    assert await fetch_one(database.owner, 'SELECT max("maxCapacity") FROM "AgentAvailability"') == 1


async def test_two_runs_at_once_seed_once(database: Database, engines: Engines) -> None:
    reports = await asyncio.gather(*(seed(engines.admin, at=AT, demo_agents=3) for _ in range(2)))
    assert sorted(report.people for report in reports) == [0, 5]
    assert await fetch_one(database.owner, 'SELECT count(*) FROM "RoutingRule"') == 2


async def test_demo_people_can_be_routed_to(database: Database, engines: Engines) -> None:
    report = await seed(engines.admin, at=AT, demo_agents=15)

    assert (report.people, report.availability, report.teams) == (17, 15, 1)
    assert await fetch_one(database.owner, 'SELECT count(DISTINCT "insuranceLine") FROM "AgentSpecialization"') == 5
    assert await fetch_one(database.owner, 'SELECT count(DISTINCT "customerSegment") FROM "AgentSpecialization"') == 3
    assert (
        await fetch_one(database.owner, """SELECT count(*) FROM "AgentAvailability" WHERE status = 'Available'""") == 15
    )
    roles = await fetch(database.owner, "SELECT role, count(*) FROM team_members GROUP BY role ORDER BY role")
    assert roles == [("manager", 1), ("member", 16)]
    outside = "SELECT count(*) FROM crm_agents WHERE role <> 'system' AND email NOT LIKE '%@example.com'"
    assert await fetch_one(database.owner, outside) == 0


async def test_more_demo_people_are_added_to_those_that_are_there(database: Database, engines: Engines) -> None:
    await seed(engines.admin, at=AT, demo_agents=3)
    assert (await seed(engines.admin, at=AT, demo_agents=5)).people == 2


async def test_each_new_state_is_logged(database: Database, engines: Engines) -> None:
    await seed(engines.admin, at=AT, demo_agents=2)
    logged = await fetch(
        database.owner, "SELECT field, count(*), bool_and(at = $1) FROM agent_state_log GROUP BY field ORDER BY 1", AT
    )
    assert logged == [("availability", 2, True), ("specialization", 4, True)]


def test_demo_people_are_the_same_everywhere() -> None:
    assert demo_people(20)[:20] == demo_people(50)[:20]
    assert len({person.email for person in demo_people(500)}) == 502
    assert all(0 <= person.rating <= 1 and 1 <= person.proficiency <= 5 for person in demo_people(500))
    assert demo_people(0) == ()
    with pytest.raises(ValueError, match="agents: must not be negative"):
        demo_people(-1)


async def _baton(*arguments: str, **environment: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cli.main",
        *arguments,
        env={"PATH": os.environ.get("PATH", ""), "COLUMNS": "200", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_the_commands_from_an_empty_database_to_a_seeded_one(blank: Database, tmp_path: Path) -> None:
    (tmp_path / "endpoints.json").write_text(
        json.dumps({"database_owner_url": blank.owner, "database_url": blank.application})
    )
    place = ("--data-dir", str(tmp_path))

    before, needs = await _baton("db", "current", *place)
    migrated, steps = await _baton("db", "migrate", *place)
    again, nothing = await _baton("db", "migrate", *place)
    seeded, added = await _baton("seed", "--agents", "2", *place)
    down, gone = await _baton("db", "downgrade", "0003", "--yes", *place)

    assert (before, "run `baton db migrate`" in needs) == (1, True)
    assert (migrated, f"migrated from nothing to {head_revision()}" in steps) == (0, True)
    assert (again, "already" in nothing) == (0, True)
    assert (seeded, "4 people" in added) == (0, True)
    assert (down, "at 0003_dual_stage_sla" in gone) == (0, True)


async def test_the_commands_take_the_environment_first(blank: Database, tmp_path: Path) -> None:
    code, output = await _baton("db", "migrate", "--data-dir", str(tmp_path), DATABASE_OWNER_URL=blank.owner)
    assert code == 0
    assert "DATABASE_URL is not set" in output


async def test_a_command_without_an_address_says_what_to_set(tmp_path: Path) -> None:
    code, output = await _baton("seed", "--data-dir", str(tmp_path))
    assert code == 1
    assert "DATABASE_URL is not set" in output
    assert "Traceback" not in output
