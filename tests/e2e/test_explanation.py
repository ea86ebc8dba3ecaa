"""An explanation over HTTP: the holder reads its own part, others nothing, supervisors everything."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from temporalio.testing import ActivityEnvironment

from activities.upkeep import UpkeepActivities
from services.doctor import Doctor
from services.licences import LicenceWarnings
from services.pruning import Pruning
from services.telling import Teller
from tests.check.clinic import view_of
from tests.support.clock import MovableClock
from tests.support.people import populate
from tests.support.world import World


async def test_who_reads_what(world: World) -> None:
    people = await populate(world.database, agents=2)
    lead_id = await world.receive()
    holder = (await world.until(lead_id, "offered")).agent
    other = next(agent for agent in people.agents if agent != holder)
    path = f"/v1/leads/{lead_id}/explanation"

    full = (await world.api.get(path, headers=world.token(people.admin))).json()
    assert (full["outcome"], full["agent"], full["rank"], full["ranked"]) == ("offered", str(holder), 1, 2)
    assert {one["agent"] for one in full["candidates"]} == {str(agent) for agent in people.agents}
    assert full["score"]["factors"]
    assert (await world.api.get(path, headers=world.token(people.manager))).json() == full
    assert (await world.api.get(path, headers=world.token(None))).json() == full
    asked = await world.api.get(path, params={"agent": str(other)}, headers=world.token(people.admin))
    assert (asked.json()["answer"]["verdict"], asked.json()["answer"]["rank"]) == ("ranked", 2)
    again = await world.api.get(path, params={"seq": full["seq"]}, headers=world.token(people.admin))
    assert again.json() == full

    own = await world.api.get(path, headers=world.token(holder))
    assert own.json()["answer"]["verdict"] == "chosen"
    assert str(other) not in own.text
    for person, params, status in (
        (other, {}, 404),
        (holder, {"agent": str(other)}, 403),
        (people.admin, {"seq": 1}, 404),
        (people.admin, {"seq": 0}, 422),
        (people.admin, {"agent": str(uuid4())}, 404),
    ):
        answer = await world.api.get(path, params=params, headers=world.token(person))
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    nobody = await world.api.get(f"/v1/leads/{uuid4()}/explanation", headers=world.token(people.admin))
    assert nobody.status_code == 404


async def test_the_upkeep_lets_go_of_old_inputs(world: World) -> None:
    people = await populate(world.database, agents=1)
    lead_id = await world.receive()
    await world.until(lead_id, "offered")
    path, headers = f"/v1/leads/{lead_id}/explanation", world.token(people.admin)
    engine, clock = world.engines.service, world.clock
    doctor = Doctor(engine, view_of(world), Teller(world.client, engine, clock, world.task_queue), clock)
    warnings = LicenceWarnings(engine, clock, world.services.configurations)

    async def upkeep(later: timedelta) -> bool:
        """Whether the inputs are still kept after the upkeep of that time."""
        then = MovableClock()
        then.move(later)
        await ActivityEnvironment().run(UpkeepActivities(doctor, Pruning(engine, then, days=90), warnings).upkeep)
        kept: bool = (await world.api.get(path, headers=headers)).json()["inputs_kept"]
        return kept

    assert await upkeep(timedelta(days=89))
    assert not await upkeep(timedelta(days=91))
