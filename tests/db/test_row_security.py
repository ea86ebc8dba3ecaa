"""Who sees which rows: every refusal beside the person who does see them."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import Table, func, select, text

from db.session import Engines, reader_transaction, write_transaction
from db.tables import lead_contact_details, lead_notes, lead_reassignments
from tests.db.databases import Database, run_script
from tests.db.world import (
    ADMIN,
    CLAIMED_LEAD,
    FORMER_MANAGER,
    HOLDER,
    MANAGER,
    OFFERED,
    OFFERED_LEAD,
    STRANGER,
    WORLD,
)

BOTH = {CLAIMED_LEAD, OFFERED_LEAD}


async def _seen(engines: Engines, table: Table, caller: UUID | None) -> set[UUID]:
    async with reader_transaction(engines.reader, caller) as connection:
        return set((await connection.scalars(select(table.c.lead_id))).all())


@pytest.mark.parametrize("table", [lead_contact_details, lead_notes], ids=lambda table: str(table.name))
@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        (ADMIN, BOTH),
        (HOLDER, {CLAIMED_LEAD}),
        (MANAGER, {CLAIMED_LEAD}),
        (FORMER_MANAGER, set()),
        (OFFERED, set()),
        (STRANGER, set()),
        (None, set()),
    ],
    ids=["admin", "holder", "manager", "former manager", "offered, not claimed", "stranger", "nobody"],
)
async def test_personal_data(
    database: Database, engines: Engines, table: Table, caller: UUID | None, expected: set[UUID]
) -> None:
    await run_script(database.owner, WORLD)
    assert await _seen(engines, table, caller) == expected


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        (ADMIN, BOTH),
        (HOLDER, {CLAIMED_LEAD}),
        (STRANGER, {CLAIMED_LEAD}),
        (OFFERED, {OFFERED_LEAD}),
        (MANAGER, {CLAIMED_LEAD}),
        (FORMER_MANAGER, set()),
        (None, set()),
    ],
    ids=["admin", "to", "from", "to, another lead", "manager of to", "former manager", "nobody"],
)
async def test_reassignments(database: Database, engines: Engines, caller: UUID | None, expected: set[UUID]) -> None:
    await run_script(database.owner, WORLD)
    assert await _seen(engines, lead_reassignments, caller) == expected


async def test_the_holder_loses_sight_with_the_claim(database: Database, engines: Engines) -> None:
    await run_script(database.owner, WORLD)
    assert await _seen(engines, lead_contact_details, HOLDER) == {CLAIMED_LEAD}
    await run_script(database.owner, f"UPDATE crm_leads SET claimed_by = '{STRANGER}'")
    assert await _seen(engines, lead_contact_details, HOLDER) == set()


async def test_an_admin_who_is_deactivated_sees_nothing(database: Database, engines: Engines) -> None:
    await run_script(database.owner, WORLD + f"UPDATE crm_agents SET is_active = false WHERE id = '{ADMIN}'")
    assert await _seen(engines, lead_contact_details, ADMIN) == set()


async def test_the_service_sees_and_writes_all(database: Database, engines: Engines) -> None:
    await run_script(database.owner, WORLD)
    async with write_transaction(engines.service) as connection:
        for table in (lead_contact_details, lead_notes, lead_reassignments):
            assert await connection.scalar(select(func.count()).select_from(table)) == 2
        await connection.execute(lead_contact_details.update().values(street="Main Street 1"))


@pytest.mark.parametrize(
    ("policy", "table", "caller"),
    [
        ("Holders can view after the claim", lead_contact_details, HOLDER),
        ("Managers can view their teams", lead_contact_details, MANAGER),
        ("Admins can view all", lead_contact_details, ADMIN),
        ("Holders can view after the claim", lead_notes, HOLDER),
        ("Agents can view own reassignments", lead_reassignments, HOLDER),
        ("Admins can view all reassignments", lead_reassignments, ADMIN),
        ("Managers can view their teams", lead_reassignments, MANAGER),
    ],
)
async def test_each_policy_is_what_opens_the_rows(
    database: Database, engines: Engines, policy: str, table: Table, caller: UUID
) -> None:
    await run_script(database.owner, WORLD + f'DROP POLICY "{policy}" ON {table.name}')
    assert await _seen(engines, table, caller) == set()


async def test_the_caller_does_not_stay_on_a_pooled_connection(database: Database, engines: Engines) -> None:
    await run_script(database.owner, WORLD)
    assert await _seen(engines, lead_contact_details, ADMIN) == BOTH
    async with engines.reader.connect() as connection:
        assert (await connection.scalar(text("SELECT auth.uid()"))) is None
    assert await _seen(engines, lead_contact_details, None) == set()
