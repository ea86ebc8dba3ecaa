"""What is known of agents decides who gets a lead: through intake, the workflow and the real pool.

The routing migration never reads languages, territories, the limit of a specialisation or isActive, and knows neither
licences nor shifts; each has a test here that a lead passes by whoever it must not go to.
"""

from __future__ import annotations

import json
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.ids import LeadId
from domain.lifecycle.actor import Actor, Role
from domain.routing.agent import AgentStatus, InsuranceLine
from domain.routing.shift import Shift
from services.agent_admin import AgentAdmin, AgentChange, SkillChange
from services.csv_file import open_csv
from services.licences import Licences
from services.new_lead import NewLead
from services.shift_words import parse_shifts
from tests.db.databases import run_script
from tests.support.people import People, populate
from tests.support.phones import fresh_phone
from tests.support.world import World

_DROPPED = 'SELECT "assignmentReason" -> \'dropped\' FROM "LeadRoutingHistory" WHERE "leadId" = $1'


class Crew:
    """Two agents alike: `right` and `wrong`. By id, `wrong` would be the one to get a lead."""

    def __init__(self, world: World, people: People) -> None:
        self.world, self.people = world, people
        self.wrong, self.right = sorted(people.agents)
        self.admin = Actor(role=Role.ADMIN, id=people.admin, via="cli")
        self.desk = AgentAdmin(world.engines.admin, world.clock)
        self.today = world.clock.now().date()

    async def change(self, agent: UUID, **values: Any) -> None:
        """Set something of an agent."""
        await self.desk.change(self.admin, str(agent), AgentChange(**values))

    async def specialize(self, agent: UUID, **values: Any) -> None:
        """Set something of an agent's specialisation."""
        await self.desk.specialize(self.admin, str(agent), SkillChange(line=InsuranceLine.AUTO, **values))

    async def license(self, agent: UUID, state: str, until: int | None, line: str | None = None) -> None:
        """A licence that ends so many days from today."""
        ends = "NULL" if until is None else f"'{self.today + timedelta(days=until)}'"
        of = "NULL" if line is None else f"'{line}'"
        await run_script(
            self.world.database.owner,
            "INSERT INTO agent_licences (agent_id, state, line, number, valid_from, valid_to)"
            f" VALUES ('{agent}', '{state}', {of}, '{state}-{until}', '2020-01-01', {ends})",
        )

    async def offered_to(self, **facts: Any) -> UUID | None:
        """Who is offered a new lead."""
        lead = await self.world.until(await self.world.receive(**facts), "offered")
        return lead.agent


@pytest.fixture
async def crew(world: World) -> Crew:
    return Crew(world, await populate(world.database, agents=2))


async def test_without_a_difference_the_first_gets_it(crew: Crew) -> None:
    assert await crew.offered_to(state="CA", language="en") == crew.wrong


async def test_a_lead_in_california_goes_to_the_licensed_only(crew: Crew) -> None:
    await crew.license(crew.wrong, "TX", None)
    await crew.license(crew.right, "CA", None)
    lead_id = await crew.world.receive(state="ca")
    assert (await crew.world.until(lead_id, "offered")).agent == crew.right
    assert await _dropped(crew.world, lead_id) == {"licence": 1}
    assert await crew.offered_to(state="TX") == crew.wrong


async def test_a_licence_counts_until_its_last_day_and_for_its_line(crew: Crew) -> None:
    await crew.license(crew.wrong, "CA", -1)
    await crew.license(crew.right, "CA", 0)
    assert await crew.offered_to(state="CA") == crew.right
    await crew.license(crew.wrong, "NY", None, line="Home")
    await crew.license(crew.right, "NY", None, line="Auto")
    assert await crew.offered_to(state="NY") == crew.right


async def test_a_licence_that_is_imported_counts_from_then_on(crew: Crew, tmp_path: Path) -> None:
    for agent in (crew.wrong, crew.right):
        await crew.license(agent, "CA", -1)
    path = tmp_path / "renewed.csv"
    path.write_text(f"agent,state,number,valid_from,valid_to\n{crew.right},CA,new,{crew.today},\n")
    ledger = Licences(crew.world.engines.admin, crew.world.clock, crew.world.services.configurations)
    with open_csv(path) as file:
        assert (await ledger.import_file(crew.admin, file)).added == 1
    assert await crew.offered_to(state="CA") == crew.right


async def test_territories_are_read(crew: Crew) -> None:
    await crew.specialize(crew.wrong, territories=("TX", "NM"))
    await crew.specialize(crew.right, territories=("CA",))
    lead_id = await crew.world.receive(state="CA")
    assert (await crew.world.until(lead_id, "offered")).agent == crew.right
    assert await _dropped(crew.world, lead_id) == {"territory": 1}


@pytest.mark.parametrize("spoken", ['["Spanish"]', '["spa"]', '["es-ES", "Klingonish"]'])
@pytest.mark.parametrize("wanted", ["Spanish", "es-MX"])
async def test_languages_are_read_be_they_names_or_tags(crew: Crew, spoken: str, wanted: str) -> None:
    await run_script(
        crew.world.database.owner,
        f"UPDATE \"AgentSpecialization\" SET languages = '{spoken}' WHERE \"agentId\" = '{crew.right}'",
    )
    lead_id = await crew.world.receive(language=wanted)
    assert (await crew.world.until(lead_id, "offered")).agent == crew.right
    assert await _dropped(crew.world, lead_id) == {"language": 1}


@pytest.mark.parametrize(
    ("written", "speaks_english"),
    [('["Klingonish"]', False), ("[7]", False), ("{}", False), ('"English"', True), ("null", True)],
)
async def test_what_one_agents_row_says_keeps_no_other_from_getting_leads(
    crew: Crew, written: str, speaks_english: bool
) -> None:
    await run_script(
        crew.world.database.owner,
        f"UPDATE \"AgentSpecialization\" SET languages = '{written}' WHERE \"agentId\" = '{crew.wrong}';"
        f"UPDATE \"AgentSpecialization\" SET territories = 'null' WHERE \"agentId\" = '{crew.wrong}'",
    )
    assert await crew.offered_to(language="en") == (crew.wrong if speaks_english else crew.right)


async def test_the_language_of_a_lead_is_a_tag_or_a_name_and_anything_else_is_refused(crew: Crew) -> None:
    lead_id = await crew.world.receive(language="English", state=" ca ")
    assert await crew.world.sql("SELECT language, state FROM crm_leads WHERE id = $1", lead_id) == [("en", "CA")]
    body = {"source": "website", "phone": fresh_phone(), "language": "Klingonish"}
    answer = await crew.world.api.post("/v1/leads", json=body, headers=crew.world.token(None))
    assert answer.status_code == 422
    (problem,) = answer.json()["errors"]
    assert problem["field"] == "language"
    assert problem["problem"].startswith("unknown; give a BCP-47 tag")
    assert NewLead(source="website", language="pt_br").language == "pt-BR"


async def test_who_is_off_shift_gets_nothing(crew: Crew) -> None:
    in_three_days = (crew.today.weekday() + 3) % 7
    await crew.desk.set_shifts(
        crew.admin, str(crew.wrong), [Shift(weekday=in_three_days, starts=time(0), ends=time(0))]
    )
    await crew.desk.set_shifts(crew.admin, str(crew.right), parse_shifts(["mon-sun 00:00-24:00"]))
    lead_id = await crew.world.receive()
    assert (await crew.world.until(lead_id, "offered")).agent == crew.right
    assert await _dropped(crew.world, lead_id) == {"off_shift": 1}


async def test_who_is_on_leave_gets_nothing_and_something_again_when_it_is_cancelled(crew: Crew) -> None:
    day = crew.today.isoformat()
    absence = await crew.desk.add_time_off(crew.admin, str(crew.wrong), day, day, "holiday")
    lead_id = await crew.world.receive()
    assert (await crew.world.until(lead_id, "offered")).agent == crew.right
    assert await _dropped(crew.world, lead_id) == {"on_leave": 1}
    await crew.desk.cancel_time_off(crew.admin, absence.id)
    assert await crew.offered_to() == crew.wrong


@pytest.mark.parametrize(("cap", "reason"), [("per_hour", "hourly_cap"), ("per_day", "daily_cap")])
async def test_a_cap_of_offers_by_time_is_kept(crew: Crew, cap: str, reason: str) -> None:
    await crew.change(crew.right, accepts=False)
    await crew.change(crew.wrong, **{cap: 1})
    assert await crew.offered_to() == crew.wrong
    await crew.change(crew.right, accepts=True)
    lead_id = await crew.world.receive()
    assert (await crew.world.until(lead_id, "offered")).agent == crew.right
    assert await _dropped(crew.world, lead_id) == {reason: 1}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"active": False}, "inactive"),
        ({"accepts": False}, "not_accepting"),
        ({"status": AgentStatus.TRAINING}, "status"),
        ({"capacity": 0}, "live_cap"),
        ({"max_held": 0}, "held_cap"),
    ],
)
async def test_presence_and_caps_are_read(crew: Crew, change: dict[str, Any], reason: str) -> None:
    await crew.change(crew.wrong, **change)
    lead_id = await crew.world.receive()
    assert (await crew.world.until(lead_id, "offered")).agent == crew.right
    assert await _dropped(crew.world, lead_id) == {reason: 1}


async def test_the_limit_of_a_specialisation_is_read(crew: Crew) -> None:
    await crew.specialize(crew.wrong, max_concurrent=0)
    lead_id = await crew.world.receive()
    assert (await crew.world.until(lead_id, "offered")).agent == crew.right
    assert await _dropped(crew.world, lead_id) == {"specialization_cap": 1}


async def test_proficiency_and_a_second_row_count(crew: Crew) -> None:
    await crew.specialize(crew.right, proficiency=5)
    await crew.specialize(crew.wrong, segment="SMB", proficiency=1)
    lead_id = await crew.world.receive()
    assert (await crew.world.until(lead_id, "offered")).agent == crew.right
    rows = await crew.world.sql(
        'SELECT jsonb_array_length("assignmentReason" -> \'candidates\') FROM "LeadRoutingHistory"'
    )
    assert rows == [(2,)], "an agent with two rows is one candidate"


async def test_a_rule_sends_a_lead_to_a_team_and_to_nobody_else(crew: Crew) -> None:
    other = await populate(crew.world.database, agents=1)
    ((team,),) = await crew.world.sql("SELECT team_id FROM team_members WHERE agent_id = $1", other.agents[0])
    rule = {
        "id": str(UUID(int=5)),
        "name": "to the other team",
        "type": "matching",
        "priority": 50,
        "created_at": "2026-01-01T00:00:00Z",
        "condition": {"and": []},
        "action": {"type": "reroute", "params": {"team": str(team)}},
    }
    await run_script(
        crew.world.database.owner,
        f"INSERT INTO configuration_versions (version, body) VALUES (9, '{json.dumps({'rules': [rule]})}')",
    )
    lead_id = await crew.world.receive()
    assert (await crew.world.until(lead_id, "offered")).agent == other.agents[0]
    assert await _dropped(crew.world, lead_id) == {"team": 2}


async def test_managers_see_their_own_people_and_leads(crew: Crew) -> None:
    world = crew.world
    other = await populate(world.database, agents=1)
    lead_id = await world.receive()
    held = await world.until(lead_id, "offered")
    mine, theirs = (crew.people, other) if held.agent in crew.people.agents else (other, crew.people)

    async def seen(person: UUID, path: str) -> Any:
        return (await world.api.get(path, headers=world.token(person))).json()

    async def ids(person: UUID, path: str) -> set[str]:
        return {one["id"] for one in await seen(person, path)}

    assert await ids(mine.manager, "/v1/agents") == {str(one) for one in (*mine.agents, mine.manager)}
    assert await ids(theirs.manager, "/v1/agents") == {str(one) for one in (*theirs.agents, theirs.manager)}
    assert await ids(mine.admin, "/v1/agents") > {str(one) for one in (*mine.agents, *theirs.agents)}
    assert await ids(mine.manager, "/v1/leads") == {str(lead_id)}
    assert await seen(theirs.manager, "/v1/leads") == []
    assert await seen(theirs.manager, "/v1/leads/counts") == {}
    for path in ("", "/timeline"):
        answer = await world.api.get(f"/v1/leads/{lead_id}{path}", headers=world.token(theirs.manager))
        assert answer.status_code == 404


async def _dropped(world: World, lead_id: LeadId) -> dict[str, int]:
    """How many were dropped for which reason, as recorded."""
    ((text,),) = await world.sql(_DROPPED, lead_id)
    counted: dict[str, int] = json.loads(text)
    return counted
