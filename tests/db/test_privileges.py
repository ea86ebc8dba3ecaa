"""What each identity may not do, and beside each refusal what it may."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.session import DatabaseRole
from tests.db.databases import Database, run_script
from tests.db.world import CLAIMED_LEAD, HOLDER, WORLD

AUDIT = (
    "RoutingEvent",
    "crm_lead_reassignments",
    "lead_transitions",
    "command_results",
    "agent_state_log",
    "contact_attempts",
    "contact_corrections",
    "lead_consents",
    "lead_outcomes",
    "configuration_versions",
    "admin_audit",
    "lead_joins",
    "LeadRoutingHistory",
)
# The columns an audit table lets the service write later.
LATER = {
    "lead_transitions": {"told_at"},
    "lead_outcomes": {"satisfaction"},
    "LeadRoutingHistory": {
        "assignmentDurationHours",
        "conversionOutcome",
        "assignmentQualityScore",
        "feedback",
    },
}
PRUNABLE = {
    ("AssignmentQueue", "baton_service"),
    ("decision_inputs", "baton_service"),
    ("process_heartbeats", "baton_service"),
    ("RoutingRule", "baton_admin"),
    ("agent_shifts", "baton_admin"),
    ("configuration_drafts", "baton_admin"),
}


class Identities:
    """One connection per identity on a database with one row in every table."""

    def __init__(self, connections: dict[str, asyncpg.Connection[asyncpg.Record]]) -> None:
        self.names = tuple(connections)
        self._connections = connections

    async def run(self, identity: str, statement: str) -> str:
        """Run and undo one statement; returns the command tag."""
        connection = self._connections[identity]
        transaction = connection.transaction()
        await transaction.start()
        try:
            return str(await connection.execute(statement))
        finally:
            await transaction.rollback()

    async def columns(self, table: str) -> list[str]:
        """The columns of a table that an UPDATE could name."""
        rows = await self._connections["baton_reader"].fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attidentity <> 'a' ORDER BY attnum",
            f'"{table}"',
        )
        return [row["attname"] for row in rows]

    async def tables(self) -> list[str]:
        """Every table of schema public."""
        rows = await self._connections["baton_reader"].fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        )
        return [row["relname"] for row in rows]


@pytest.fixture
async def identities(database: Database) -> AsyncIterator[Identities]:
    await run_script(database.owner, WORLD)
    opened = {"login": await asyncpg.connect(database.application)}
    for role in DatabaseRole:
        opened[role.value] = await asyncpg.connect(database.application, server_settings={"role": role.value})
    yield Identities(opened)
    for connection in opened.values():
        await connection.close()


async def test_nobody_may_delete_or_truncate_except_where_rows_are_prunable(identities: Identities) -> None:
    for table in await identities.tables():
        for identity in identities.names:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await identities.run(identity, f'TRUNCATE "{table}" CASCADE')
            if (table, identity) in PRUNABLE:
                assert await identities.run(identity, f'DELETE FROM "{table}"') == "DELETE 1"
            else:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await identities.run(identity, f'DELETE FROM "{table}"')


@pytest.mark.parametrize("table", AUDIT)
async def test_audit_rows_are_never_rewritten(identities: Identities, table: str) -> None:
    for identity in identities.names:
        for column in await identities.columns(table):
            statement = f'UPDATE "{table}" SET "{column}" = "{column}"'
            if identity == "baton_service" and column in LATER.get(table, set()):
                assert await identities.run(identity, statement) == "UPDATE 1"
            else:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await identities.run(identity, statement)


async def test_an_outcome_is_written_once(identities: Identities, database: Database) -> None:
    write = 'UPDATE "LeadRoutingHistory" SET "conversionOutcome" = true, feedback = $$good$$'
    assert await identities.run("baton_service", write) == "UPDATE 1"
    await run_script(database.owner, write)
    assert await identities.run("baton_service", write) == "UPDATE 1"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="written once"):
        await identities.run("baton_service", 'UPDATE "LeadRoutingHistory" SET "conversionOutcome" = false')
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="written once"):
        await identities.run("baton_service", 'UPDATE "LeadRoutingHistory" SET feedback = NULL')


async def test_the_owner_may_clear_an_outcome_for_erasure(database: Database) -> None:
    await run_script(database.owner, WORLD)
    await run_script(database.owner, """UPDATE "LeadRoutingHistory" SET feedback = 'call Ann'""")
    await run_script(database.owner, 'UPDATE "LeadRoutingHistory" SET feedback = NULL')


async def test_the_bare_login_may_do_nothing(identities: Identities) -> None:
    for table in await identities.tables():
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await identities.run("login", f'SELECT FROM "{table}"')


async def test_the_reader_reads_everything_and_writes_nothing(identities: Identities) -> None:
    for table in await identities.tables():
        column = (await identities.columns(table))[0]
        if table != "baton_adoption":
            assert (await identities.run("baton_reader", f'SELECT FROM "{table}"')).startswith("SELECT")
        for statement in (
            f'INSERT INTO "{table}" DEFAULT VALUES',
            f'UPDATE "{table}" SET "{column}" = "{column}"',
            f'DELETE FROM "{table}"',
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await identities.run("baton_reader", statement)


async def test_only_the_service_may_add_reassignments(identities: Identities) -> None:
    statement = f"""INSERT INTO crm_lead_reassignments (lead_id, to_agent_id, reassigned_by, reason, stage)
        VALUES ('{CLAIMED_LEAD}', '{HOLDER}', '{HOLDER}', 'manual', 'manual') RETURNING id"""
    assert await identities.run("baton_service", statement) == "INSERT 0 1"
    for identity in ("login", "baton_reader", "baton_admin"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await identities.run(identity, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE crm_agents SET max_active_leads = 10",
        """UPDATE "AgentAvailability" SET "maxCapacity" = 3, status = 'Offline'""",
        """INSERT INTO "RoutingRule" ("ruleName", "ruleType", condition, action, "updatedAt")
           VALUES ('r', 'matching', '{}', 'hold', now())""",
        "INSERT INTO teams (name) VALUES ('another')",
        "UPDATE team_members SET left_at = now()",
        "INSERT INTO configuration_versions (version, body) VALUES (2, '{}')",
        f"INSERT INTO agent_state_log (agent_id, at, actor, field) VALUES ('{HOLDER}', now(), 'a', 'status')",
    ],
)
async def test_the_admin_edits_configuration_and_the_reader_does_not(identities: Identities, statement: str) -> None:
    assert await identities.run("baton_admin", statement)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await identities.run("baton_reader", statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE crm_leads SET archived = true",
        "SELECT FROM lead_contact_details",
        "SELECT FROM crm_leads",
        """UPDATE "AgentAvailability" SET "currentLoad" = 0""",
    ],
)
async def test_the_lifecycle_belongs_to_the_service_not_to_the_admin(identities: Identities, statement: str) -> None:
    assert await identities.run("baton_service", statement)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await identities.run("baton_admin", statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE crm_agents SET role = 'admin'",
        """UPDATE "RoutingRule" SET "isActive" = false""",
        """UPDATE "AgentAvailability" SET "maxCapacity" = 100""",
        "INSERT INTO configuration_versions (version, body) VALUES (2, '{}')",
        "UPDATE team_members SET role = 'manager'",
    ],
)
async def test_configuration_belongs_to_the_admin_not_to_the_service(identities: Identities, statement: str) -> None:
    assert await identities.run("baton_admin", statement)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await identities.run("baton_service", statement)


async def test_the_service_can_lock_the_rows_it_must_lock(identities: Identities) -> None:
    for table in ("crm_leads", "crm_agents", "AgentAvailability", "AssignmentQueue"):
        assert (await identities.run("baton_service", f'SELECT FROM "{table}" FOR NO KEY UPDATE')).startswith("SELECT")


async def test_no_application_role_may_change_the_schema(identities: Identities) -> None:
    for identity in identities.names:
        for statement in ("CREATE TABLE x ()", "ALTER TABLE crm_leads ADD x int", "DROP TABLE lead_notes"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await identities.run(identity, statement)
