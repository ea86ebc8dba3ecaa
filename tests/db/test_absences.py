"""What moves on when an agent is gone, and who is set to Break."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from db.session import Engines
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Claim
from domain.lifecycle.lead import Lead
from domain.routing.agent import AgentStatus
from services.absences import Absences
from services.edge import Edge
from services.presence import Presence
from tests.db.databases import Database, run_script
from tests.db.office import Office, rule
from tests.support.people import populate


class _Silent:
    """Nobody has to be told: no workflow runs."""

    async def tell(self, lead_id: Any) -> None:
        return None


@pytest.fixture
async def office(database: Database, engines: Engines) -> Office:
    return Office(database, engines, await populate(database, 2))


def _absences(office: Office) -> Absences:
    edge = Edge(office.lifecycle, _Silent())  # type: ignore[arg-type]
    return Absences(edge, office.engines.service, office.clock, office.configurations)


async def _set(office: Office, lead: Lead, status: AgentStatus) -> None:
    assert lead.agent is not None
    assert await Presence(office.engines.admin, office.clock).set_status(lead.agent, status, office.admin) is None


async def _current(office: Office, lead: Lead) -> Lead:
    found = await office.lifecycle.current(lead.id)
    assert found is not None
    return found


async def test_an_offer_moves_on_only_after_the_grace(office: Office) -> None:
    lead = await office.receive()
    await _set(office, lead, AgentStatus.OFFLINE)
    office.clock.move(timedelta(seconds=55))
    assert await _absences(office).run_once() == 0
    office.clock.move(timedelta(seconds=6))
    assert await _absences(office).run_once() == 1
    moved = await _current(office, lead)
    assert moved.state == "offered"
    assert moved.agent not in (None, lead.agent)
    assert not moved.claim_breached
    assert await office.sql("SELECT reason, stage, notes FROM crm_lead_reassignments") == [
        ("unclaimed", "claim_window", "agent_offline")
    ]
    assert await _absences(office).run_once() == 0


@pytest.mark.parametrize("status", [AgentStatus.BREAK, AgentStatus.TRAINING])
async def test_a_break_keeps_the_offer(office: Office, status: AgentStatus) -> None:
    lead = await office.receive()
    await _set(office, lead, status)
    office.clock.move(timedelta(seconds=120))
    assert await _absences(office).run_once() == 0


async def test_who_comes_back_begins_a_new_grace(office: Office) -> None:
    lead = await office.receive()
    await _set(office, lead, AgentStatus.OFFLINE)
    office.clock.move(timedelta(seconds=50))
    await _set(office, lead, AgentStatus.AVAILABLE)
    await _set(office, lead, AgentStatus.OFFLINE)
    office.clock.move(timedelta(seconds=50))
    assert await _absences(office).run_once() == 0


async def test_the_inactive_and_the_absent_keep_no_offer(office: Office) -> None:
    first = await office.receive()
    await run_script(office.database.owner, f"UPDATE crm_agents SET is_active = false WHERE id = '{first.agent}'")
    assert await _absences(office).run_once() == 1
    second = await _current(office, first)
    begins, ends = office.clock.now() - timedelta(seconds=1), office.clock.now() + timedelta(days=1)
    await run_script(
        office.database.owner,
        "INSERT INTO agent_time_off (agent_id, starts_at, ends_at, code) "
        f"VALUES ('{second.agent}', '{begins.isoformat()}', '{ends.isoformat()}', 'holiday')",
    )
    assert await _absences(office).run_once() == 1
    assert (await _current(office, first)).state == "queued"


@pytest.mark.parametrize(("held", "moved"), [("stay", 0), ("move", 1)])
async def test_a_claimed_lead_stays_or_moves_by_policy(office: Office, held: str, moved: int) -> None:
    await run_script(
        office.database.owner,
        "INSERT INTO configuration_versions (version, body) SELECT max(version) + 1, "
        f'\'{{"presence": {{"held_leads": "{held}"}}}}\' FROM configuration_versions',
    )
    lead = await office.receive()
    assert lead.agent is not None
    await office.give(lead.id, Claim, Actor(role=Role.AGENT, id=lead.agent), epoch=lead.epoch)
    await _set(office, lead, AgentStatus.OFFLINE)
    office.clock.move(timedelta(seconds=61))
    assert await _absences(office).run_once() == moved


async def test_three_ignored_offers_are_one_break_and_one_notice(office: Office) -> None:
    lead = await office.receive()
    for epoch in (11, 12, 13):
        assert await _breaks(office) == []
        at = office.clock.now() + timedelta(seconds=epoch)
        await run_script(
            office.database.owner,
            "INSERT INTO lead_offers (lead_id, epoch, agent_id, kind, status, offered_at, claim_breached, "
            f"config_version) VALUES ('{lead.id}', {epoch}, '{lead.agent}', 'single', 'missed', "
            f"'{at.isoformat()}', true, 1)",
        )
        await _absences(office).look_after()
    assert await _breaks(office) == [("set_to_break", lead.agent, '{"ignored": 3}')]
    office.clock.move(timedelta(seconds=60))
    await _set(office, lead, AgentStatus.AVAILABLE)
    await _absences(office).look_after()
    assert len(await _breaks(office)) == 1
    logged = "SELECT actor, new FROM agent_state_log WHERE field = 'status' ORDER BY id LIMIT 1"
    assert await office.sql(logged) == [("system", '"Break"')]


async def _breaks(office: Office) -> list[tuple[Any, ...]]:
    return await office.sql("SELECT kind, agent_id, data FROM notices WHERE kind = 'set_to_break'")


async def test_an_agent_who_comes_back_while_the_offer_is_taken_keeps_it(office: Office) -> None:
    lead = await office.receive()
    await _set(office, lead, AgentStatus.OFFLINE)
    office.clock.move(timedelta(seconds=61))
    apply = office.lifecycle.apply

    async def back_meanwhile(*arguments: Any, **options: Any) -> Any:
        await _set(office, lead, AgentStatus.AVAILABLE)
        return await apply(*arguments, **options)

    office.lifecycle.apply = back_meanwhile  # type: ignore[method-assign]
    assert await _absences(office).run_once() == 0
    kept = await _current(office, lead)
    assert (kept.state, kept.agent, kept.epoch) == ("offered", lead.agent, lead.epoch)


async def test_a_lead_is_not_forced_upon_somebody_who_is_gone_again_and_again(office: Office) -> None:
    """A rule forces it upon the agent, who is Offline: the offer is taken once, and then it waits."""
    forced = office.people.agents[0]
    force = {"agent": f"{forced}@example.com", "force": True}
    await office.apply(force=True, rules=[rule("hers", {"type": "assign_to", "params": force})])
    lead = await office.receive()
    assert lead.agent == forced
    await _set(office, lead, AgentStatus.OFFLINE)
    office.clock.move(timedelta(minutes=2))
    absences = _absences(office)
    assert [await absences.run_once() for _ in range(3)] == [1, 0, 0]
    assert (await _current(office, lead)).state == "queued"
