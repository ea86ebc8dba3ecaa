"""Open leads and versions: who keeps which, who is moved, and what a dry run says."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from db.session import Engines
from domain.errors import ConfigurationError, InvalidInputError
from domain.ids import LeadId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import Claim
from domain.lifecycle.lead import Lead
from services.check import check
from services.rule_trial import try_on_lead
from tests.db.databases import Database, fetch_one
from tests.db.office import Office, rule
from tests.support.people import populate


@pytest.fixture
async def office(database: Database, engines: Engines) -> Office:
    return Office(database, engines, await populate(database, 2))


class TestLeads:
    async def test_leads_keep_the_version_they_started_with(self, office: Office) -> None:
        lead = await office.receive()
        await office.apply(sla={"contact_seconds": 60})
        held = await office.give(lead.id, Claim, Actor(role=Role.AGENT, id=_agent(lead)))
        assert held.contact_started_at is not None
        assert held.contact_expires_at is not None
        assert ((held.contact_expires_at - held.contact_started_at).total_seconds(), held.config_version) == (300, 1)
        assert (await office.receive()).config_version == 2

    async def test_chosen_ones_move_and_their_next_window_is_the_new_version_s(self, office: Office) -> None:
        moved, kept = await office.receive(), await office.receive()
        await office.apply(sla={"contact_seconds": 60})
        report = await office.migration.run([moved.id], 2, office.admin)
        assert (report.moved, report.already, report.refused) == (1, 0, ())
        after = await office.lifecycle.current(moved.id)
        assert after is not None
        assert (after.config_version, after.seq, after.epoch) == (2, moved.seq + 1, moved.epoch)
        assert (after.claim_expires_at, after.wake_at) == (moved.claim_expires_at, moved.wake_at)
        assert await office.lifecycle.current(kept.id) == kept
        held = await office.give(moved.id, Claim, Actor(role=Role.AGENT, id=_agent(moved)))
        assert held.contact_started_at is not None
        assert held.contact_expires_at is not None
        assert (held.contact_expires_at - held.contact_started_at).total_seconds() == 60
        assert await office.sql(
            """SELECT "eventData" ->> 'from_version', "eventData" ->> 'to_version' FROM "RoutingEvent"
               WHERE "eventType" = 'migrated'"""
        ) == [("1", "2")]
        assert await office.sql("SELECT lead_id, told_at FROM lead_transitions WHERE kind = 'migrate'") == [
            (moved.id, None)
        ]
        again = await office.migration.run([moved.id], 2, office.admin)
        assert (again.moved, again.already) == (0, 1)
        assert (await check(office.engines.service, office.clock, office.clock, None)).holds

    async def test_a_published_rule_decides_about_leads_that_come_in_afterwards(self, office: Office) -> None:
        for agent in office.people.agents:
            action = {"type": "assign_to", "params": {"agent": f"{agent}@example.com"}}
            await office.apply(rules=[rule("everything", action)])
            assert [(await office.receive()).agent for _ in range(2)] == [agent, agent]

    async def test_all_open_ones_and_what_is_refused(self, office: Office) -> None:
        leads = [await office.receive() for _ in range(3)]
        await office.apply(sla={"contact_seconds": 60})
        report = await office.migration.run(None, 2, office.admin)
        assert (report.moved, report.refused) == (3, ())
        assert await office.sql("SELECT kind, subject, new FROM admin_audit WHERE kind = 'migrate'") == [
            ("migrate", "leads", '{"moved": 3, "version": 2, "all_open": true}')
        ]
        nobody = LeadId(uuid4())
        refused = await office.migration.run([nobody, leads[0].id], 1, office.admin)
        assert (refused.moved, [lead for lead, _ in refused.refused]) == (1, [nobody])
        with pytest.raises(ConfigurationError, match="not published"):
            await office.migration.run(None, 9, office.admin)

    async def test_a_dry_run_says_who_would_get_it_and_writes_nothing(self, office: Office) -> None:
        lead = await office.receive()
        other = next(agent for agent in office.people.agents if agent != lead.agent)
        agent = {"type": "assign_to", "params": {"agent": f"{other}@example.com"}}
        await office.drafts.save(
            {"rules": [rule("never", condition={"field": "lead.state", "operator": "exists"}), rule("him", agent)]},
            office.admin,
        )
        drafted = await office.drafts.plan()
        assert drafted is not None
        before = await fetch_one(office.database.superuser, "SELECT count(*) FROM lead_transitions")
        trial = await try_on_lead(
            office.engines.reader,
            lead.id,
            drafted.wanted.configuration,
            caller=office.people.admin,
            now=office.clock.now(),
        )
        assert [(tried.rule.name, tried.matches, tried.counts_for) for tried in trial.rules] == [
            ("never", False, None),
            ("him", True, "placement"),
        ]
        assert trial.choice.agent_ids[0] == other
        assert await office.lifecycle.current(lead.id) == lead
        assert await fetch_one(office.database.superuser, "SELECT count(*) FROM lead_transitions") == before
        with pytest.raises(InvalidInputError, match="there is no lead"):
            await try_on_lead(
                office.engines.reader,
                LeadId(uuid4()),
                drafted.wanted.configuration,
                caller=office.people.admin,
                now=office.clock.now(),
            )


def _agent(lead: Lead) -> UUID:
    assert lead.agent is not None
    return lead.agent
