"""Who has a claim to a lead gets it before rules place it, while able to have it."""

from __future__ import annotations

from typing import Any

import pytest

from db.session import Engines
from domain.ids import AgentId
from domain.lifecycle.commands import RecordScore, Route
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import LifecycleState
from domain.tier import Tier
from services.intake import Intake
from services.new_lead import NewLead
from tests.db.databases import Database, fetch
from tests.db.office import Office, rule
from tests.support.people import populate

PLACEMENTS = [
    "escalate",
    {"type": "hold", "params": {"minutes": 60}},
    {"type": "move_queue", "params": {"queue": "hot"}},
]


@pytest.fixture
async def office(database: Database, engines: Engines) -> Office:
    return Office(database, engines, await populate(database, 2))


async def _routed(office: Office, preferred: AgentId) -> Lead:
    intake = Intake(office.engines.service, office.clock, office.configurations, None)
    new = NewLead(source="website", phone="+12025550177", insurance_type="Auto", preferred_agent_id=preferred)
    lead, _ = await intake.receive(new)
    await office.give(lead.id, RecordScore, score=60, tier=Tier.TIER3)
    return await office.give(lead.id, Route)


@pytest.mark.parametrize("placement", PLACEMENTS, ids=str)
async def test_rules_place_nothing_while_the_preferred_agent_may_have_it(office: Office, placement: Any) -> None:
    preferred = AgentId(office.people.agents[1])
    await office.apply(rules=[rule("everything", placement)])
    assert (await _routed(office, preferred)).agent == preferred


@pytest.mark.parametrize("placement", PLACEMENTS, ids=str)
async def test_rules_place_it_when_the_preferred_agent_may_not(office: Office, placement: Any) -> None:
    preferred = AgentId(office.people.agents[1])
    await fetch(office.database.superuser, "UPDATE crm_agents SET accepts_new_leads = false WHERE id = $1", preferred)
    await office.apply(rules=[rule("everything", placement)])
    lead = await _routed(office, preferred)
    assert (lead.state is LifecycleState.ESCALATED) is (placement == "escalate")
    assert lead.agent is None


async def test_another_agent_whom_a_rule_names_stands_back(office: Office) -> None:
    named, preferred = office.people.agents
    to_named = {"type": "assign_to", "params": {"agent": f"{named}@example.com"}}
    await office.apply(rules=[rule("hers", to_named)])
    assert (await _routed(office, AgentId(preferred))).agent == preferred


async def test_settings_of_rules_count_for_the_preferred_agent_too(office: Office) -> None:
    preferred = AgentId(office.people.agents[1])
    fast = {"type": "set_policy", "params": {"policy": "fast"}}
    await office.apply(policies={"fast": {"claim_seconds": 60}}, rules=[rule("fast", fast), rule("up", "escalate")])
    lead = await _routed(office, preferred)
    assert (lead.agent, lead.policy) == (preferred, "fast")
