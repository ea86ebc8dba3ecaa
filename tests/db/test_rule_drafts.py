"""Rules on their way to being published: drafts, and the rows of an older rule table."""

from __future__ import annotations

import json

import pytest

from db.session import Engines
from domain.errors import InvalidInputError
from services.configuration_files import ConfigurationFileError
from services.publishing import LintRefusedError, Outcome, PublishConflictError
from tests.db.databases import Database, run_script
from tests.db.office import RULE_NAMES, Office, rule
from tests.support.people import populate


@pytest.fixture
async def office(database: Database, engines: Engines) -> Office:
    return Office(database, engines, await populate(database, 2))


class TestDrafts:
    async def test_draft_lint_publish(self, office: Office) -> None:
        assert await office.drafts.plan() is None
        with pytest.raises(InvalidInputError, match="there is none"):
            await office.drafts.publish(office.admin)
        drafted = await office.drafts.save(
            {"rules": [rule("bad", {"type": "move_queue", "params": {"queue": "x"}})]}, office.admin
        )
        assert [finding.code for finding in drafted.errors] == ["unknown_queue"]
        with pytest.raises(LintRefusedError):
            await office.drafts.publish(office.admin)
        await office.drafts.save({"rules": [rule("good")]}, office.admin)
        assert await office.sql(RULE_NAMES) == []
        assert await office.drafts.publish(office.admin, note="better") == Outcome(version=2, changed=True)
        assert await office.sql(RULE_NAMES) == [("good",)]
        assert await office.drafts.plan() is None
        assert await office.sql("SELECT kind FROM admin_audit WHERE subject = 'rules' ORDER BY id") == [
            ("draft",),
            ("draft",),
        ]

    async def test_a_draft_of_an_older_version_is_not_published(self, office: Office) -> None:
        await office.drafts.save({"rules": [rule("late")]}, office.admin)
        await office.apply(sla={"claim_seconds": 60})
        with pytest.raises(PublishConflictError, match="draft the rules again"):
            await office.drafts.publish(office.admin)

    async def test_a_draft_is_about_rules(self, office: Office) -> None:
        with pytest.raises(ConfigurationFileError, match="sla: is not about rules"):
            await office.drafts.save({"rules": [], "sla": {}}, office.admin)


class TestOriginRules:
    ROW = """INSERT INTO "RoutingRule" ("ruleName", "ruleType", condition, action, priority, "isActive", "updatedAt")
        VALUES """

    async def test_they_become_the_configuration(self, office: Office) -> None:
        agent = office.people.agents[0]
        condition = {"field": "state", "operator": "eq", "value": "TX", "agentId": str(agent)}
        await run_script(
            office.database.owner,
            f"""{self.ROW} ('texas', 'geographic', '{json.dumps(condition)}', 'assign_to', 80, true, now()),
            ('asleep', 'matching', '{{"field": "state", "operator": "exists"}}', 'escalate', 50, false, now())""",
        )
        ids = await office.sql('SELECT id FROM "RoutingRule" ORDER BY 1')
        outcome, count = await office.drafts.import_origin(office.admin)
        assert (outcome, count) == (Outcome(version=2, changed=True), 2)
        rules = (await office.publishing.published()).configuration.rules
        assert {known.name: known.is_active for known in rules} == {"texas": True, "asleep": False}
        assert await office.sql('SELECT id FROM "RoutingRule" ORDER BY 1') == ids
        with pytest.raises(InvalidInputError, match="has rules already"):
            await office.drafts.import_origin(office.admin)

    async def test_nothing_active_is_nothing_to_do(self, office: Office) -> None:
        assert await office.drafts.import_origin(office.admin) == (Outcome(version=1, changed=False), 0)

    async def test_what_cannot_be_read_is_named(self, office: Office) -> None:
        await run_script(office.database.owner, f"{self.ROW} ('odd', 'matching', '{{}}', 'fly', 50, true, now())")
        with pytest.raises(ConfigurationFileError, match="'odd'"):
            await office.drafts.import_origin(office.admin)

    async def test_what_publishing_removes_is_kept_in_the_audit(self, office: Office) -> None:
        await run_script(office.database.owner, f"{self.ROW} ('odd', 'matching', '{{}}', 'fly', 50, true, now())")
        await office.apply(rules=[rule("ours")])
        assert await office.sql(RULE_NAMES) == [("ours",)]
        ((old,),) = await office.sql("SELECT old FROM admin_audit WHERE subject = 'RoutingRule/odd'")
        assert json.loads(old)["action"] == "fly"
