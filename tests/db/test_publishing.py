"""Publishing on a real database: versions, "RoutingRule", teams, the audit, and going back."""

from __future__ import annotations

import asyncio
import json

import pytest

from db.session import Engines
from domain.errors import ConfigurationError, InvalidInputError
from services.publishing import LintRefusedError, Outcome, PublishConflictError
from tests.db.databases import Database, run_script
from tests.db.office import EVERYBODY, RULE_NAMES, TEXAS, VERSIONS, Office, rule
from tests.support.people import populate


@pytest.fixture
async def office(database: Database, engines: Engines) -> Office:
    return Office(database, engines, await populate(database, 2))


async def test_an_export_applied_again_changes_nothing(office: Office) -> None:
    await office.apply(
        rules=[rule("first", priority=70, condition=TEXAS), rule("second")], policies={"slow": {"claim_seconds": 900}}
    )
    before = await office.sql(VERSIONS)
    assert await office.apply() == Outcome(version=2, changed=False)
    assert await office.sql(VERSIONS) == before


async def test_applying_publishes_a_version_rules_teams_and_audit_in_one_go(office: Office) -> None:
    ann, bob = office.people.agents
    (team,) = (await office.document())["teams"]
    teams = {
        "West": {"members": {f"{bob}@example.com": "manager"}, "max_held_leads": 4, "calendar": {"mon": ["09:00"]}}
    }
    outcome = await office.apply(
        sla={"claim_seconds": 60}, rules=[rule("hold", {"type": "hold", "params": {"minutes": 5}})], teams=teams
    )
    assert outcome == Outcome(version=2, changed=True)
    (_, (version, body, _, published_by)) = await office.sql(VERSIONS)
    stored = json.loads(body)
    assert (version, published_by, set(stored), stored["sla"]) == (
        2,
        office.people.admin,
        {"sla", "rules"},
        {"claim_seconds": 60},
    )
    ((condition, action, priority, active),) = await office.sql(
        'SELECT condition, action, priority, "isActive" FROM "RoutingRule"'
    )
    assert (json.loads(condition), json.loads(action), priority, active) == (
        EVERYBODY,
        {"type": "hold", "params": {"minutes": 5, "code": "rule"}},
        50,
        True,
    )
    assert await office.sql("SELECT name, is_active, max_held_leads, calendar FROM teams ORDER BY is_active") == [
        (team, False, None, "{}"),
        ("West", True, 4, '{"mon": ["09:00"]}'),
    ]
    assert await office.sql(
        "SELECT agent_id, m.role FROM team_members m JOIN teams t ON t.id = team_id WHERE t.name = 'West'"
    ) == [(bob, "manager")]
    audit = await office.sql("SELECT actor, kind, subject, old, new FROM admin_audit ORDER BY id")
    assert {actor for actor, *_ in audit} == {f"cli:admin:{office.people.admin}"}
    assert [(kind, subject) for _, kind, subject, *_ in audit] == [
        ("publish", "configuration"),
        ("publish", "sla"),
        ("publish", "rules/hold"),
        ("publish", "teams/West"),
        ("publish", f"teams/{team}"),
    ]
    changes = {subject: (old and json.loads(old), new and json.loads(new)) for _, _, subject, old, new in audit}
    assert changes["configuration"] == ({"version": 1}, {"version": 2})
    assert [part["claim_seconds"] for part in changes["sla"]] == [300, 60]
    assert changes["rules/hold"][0] is None
    assert changes["teams/West"][1]["members"] == {str(bob): "manager"}
    assert changes[f"teams/{team}"][1] is None
    assert "@" not in json.dumps(changes)
    assert ann != bob


async def test_the_same_file_twice_publishes_once(office: Office) -> None:
    document = {"rules": [rule("a"), rule("b", priority=60)], "teams": {"West": {"members": {}}}}
    outcomes = []
    for _ in range(2):
        plan = await office.publishing.plan_document(document)
        outcomes.append(await office.publishing.apply(plan, office.admin, force=True))
    assert outcomes == [Outcome(version=2, changed=True), Outcome(version=2, changed=False)]
    assert len(await office.sql("SELECT FROM admin_audit WHERE subject = 'configuration'")) == 1


async def test_members_leave_and_come_back_without_losing_their_row(office: Office) -> None:
    ann, bob = (f"{agent}@example.com" for agent in office.people.agents)
    joined = "SELECT agent_id, role, left_at IS NULL FROM team_members JOIN teams ON id = team_id WHERE name = 'West'"
    for members, here in (
        ({ann: "member", bob: "member"}, 2),
        ({ann: "manager"}, 1),
        ({ann: "manager", bob: "member"}, 2),
    ):
        await office.apply(teams={"West": {"members": members}})
        rows = await office.sql(joined)
        assert len(rows) == 2
        assert len([row for row in rows if row[2]]) == here
    assert (office.people.agents[0], "manager", True) in await office.sql(joined)
    assert (await office.apply(teams={"West": {"members": {ann: "manager", bob: "member"}}})).changed is False


async def test_teams_alone_need_no_new_version(office: Office) -> None:
    outcome = await office.apply(teams={"West": {}})
    assert outcome == Outcome(version=1, changed=True)
    assert len(await office.sql("SELECT FROM admin_audit WHERE subject = 'teams/West'")) == 1


class TestTwoAtOnce:
    async def test_one_wins_and_the_other_is_told(self, office: Office) -> None:
        document = await office.document()
        plans = [
            await office.publishing.plan_document({**document, "sla": {"claim_seconds": seconds}})
            for seconds in (60, 70, 80)
        ]
        answers = await asyncio.gather(
            *(office.publishing.apply(plan, office.admin) for plan in plans), return_exceptions=True
        )
        won = [answer for answer in answers if isinstance(answer, Outcome)]
        lost = [answer for answer in answers if isinstance(answer, PublishConflictError)]
        assert (len(won), len(lost)) == (1, 2)
        assert "version 2 was published since" in str(lost[0])
        assert len(await office.sql(VERSIONS)) == 2
        assert len(await office.sql("SELECT FROM admin_audit WHERE subject = 'sla'")) == 1

    async def test_teams_that_changed_meanwhile_are_not_overwritten(self, office: Office) -> None:
        document = await office.document()
        plan = await office.publishing.plan_document({**document, "teams": {"East": {}}})
        await office.apply(teams={**document["teams"], "West": {}})
        with pytest.raises(PublishConflictError, match="teams were changed"):
            await office.publishing.apply(plan, office.admin)
        assert await office.sql("SELECT FROM teams WHERE name = 'East'") == []


class TestRefusals:
    async def test_lint_errors_stop_it_unless_forced_which_is_recorded(self, office: Office) -> None:
        bad = [rule("bad", {"type": "set_policy", "params": {"policy": "none"}})]
        with pytest.raises(LintRefusedError) as caught:
            await office.apply(rules=bad)
        assert [finding.code for finding in caught.value.findings] == ["unknown_policy"]
        assert len(await office.sql(VERSIONS)) == 1
        assert await office.sql("SELECT FROM admin_audit") == []
        assert (await office.apply(force=True, rules=bad)).version == 2
        notes = await office.sql(
            "SELECT v.note, a.note FROM configuration_versions v, admin_audit a"
            " WHERE v.version = 2 AND a.subject = 'configuration'"
        )
        assert notes == [("forced over: unknown_policy", "forced over: unknown_policy")]

    async def test_only_an_active_admin_publishes(self, office: Office) -> None:
        manager, admin = f"{office.people.manager}@example.com", f"{office.people.admin}@example.com"
        with pytest.raises(InvalidInputError, match="no active admin"):
            await office.publishing.admin(manager)
        assert await office.publishing.admin(admin.upper()) == office.admin
        plan = await office.publishing.plan_document({"sla": {"claim_seconds": 60}})
        await run_script(office.database.owner, "UPDATE crm_agents SET is_active = false WHERE role = 'admin'")
        with pytest.raises(InvalidInputError, match="no active admin"):
            await office.publishing.admin(admin)
        with pytest.raises(InvalidInputError, match="no active admin"):
            await office.publishing.apply(plan, office.admin)
        assert len(await office.sql(VERSIONS)) == 1

    async def test_a_failure_leaves_nothing_behind(self, office: Office) -> None:
        await office.apply(rules=[rule("kept")])
        await run_script(
            office.database.owner, "ALTER TABLE admin_audit ADD CONSTRAINT nothing_more CHECK (false) NOT VALID"
        )
        with pytest.raises(Exception, match="nothing_more"):
            await office.apply(rules=[rule("new")], teams={"West": {}})
        assert await office.sql(RULE_NAMES) == [("kept",)]
        assert len(await office.sql(VERSIONS)) == 2
        assert await office.sql("SELECT FROM teams WHERE name = 'West'") == []


class TestRollback:
    async def test_the_old_body_is_a_new_version(self, office: Office) -> None:
        await office.apply(sla={"claim_seconds": 60}, rules=[rule("a")])
        await office.apply(sla={"claim_seconds": 70}, rules=[rule("b")])
        plan = await office.publishing.plan_configuration(await office.publishing.body_at(2))
        outcome = await office.publishing.apply(plan, office.admin, kind="rollback", note="back to version 2")
        assert outcome == Outcome(version=4, changed=True)
        bodies = {version: json.loads(body) for version, body, *_ in await office.sql(VERSIONS)}
        assert bodies[4] == bodies[2] != bodies[3]
        assert await office.sql(RULE_NAMES) == [("a",)]
        assert await office.sql("SELECT kind, note FROM admin_audit WHERE new = '{\"version\": 4}'") == [
            ("rollback", "back to version 2")
        ]

    async def test_of_the_rules_alone(self, office: Office) -> None:
        await office.apply(sla={"claim_seconds": 60}, rules=[rule("a")])
        await office.apply(sla={"claim_seconds": 70}, rules=[rule("b")])
        await office.publishing.apply(await office.drafts.rules_of(2), office.admin, kind="rollback")
        now = (await office.publishing.published()).configuration
        assert ([known.name for known in now.rules], now.sla.claim_seconds) == (["a"], 70)

    async def test_out_of_a_version_that_cannot_be_read(self, office: Office) -> None:
        await office.apply(sla={"claim_seconds": 60})
        await run_script(
            office.database.owner, "INSERT INTO configuration_versions (version, body) VALUES (3, '{\"x\": 1}')"
        )
        with pytest.raises(ConfigurationError, match="version 3 cannot be read"):
            await office.document()
        with pytest.raises(ConfigurationError, match="baton config rollback"):
            await office.drafts.save({"rules": []}, office.admin)
        for version, expected in ((2, 4), (1, 5)):
            plan = await office.publishing.plan_configuration(await office.publishing.body_at(version))
            outcome = await office.publishing.apply(plan, office.admin, kind="rollback")
            assert outcome == Outcome(version=expected, changed=True)

    async def test_to_the_defaults_out_of_a_version_that_cannot_be_read(self, office: Office) -> None:
        await run_script(
            office.database.owner, "INSERT INTO configuration_versions (version, body) VALUES (2, '{\"x\": 1}')"
        )
        plan = await office.publishing.plan_configuration(await office.publishing.body_at(1))
        assert await office.publishing.apply(plan, office.admin) == Outcome(version=3, changed=True)

    async def test_to_what_was_never_published(self, office: Office) -> None:
        with pytest.raises(ConfigurationError, match="version 9 is not published"):
            await office.publishing.body_at(9)
