"""The queries that must not scan all leads do use their partial indexes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.db.databases import Database, run_script


@pytest.fixture
async def crowded(database: Database) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    await run_script(
        database.owner,
        """INSERT INTO crm_leads (lifecycle_state, close_reason, wake_at, lead_claimed, first_action_completed,
                                  claim_timer_expires_at, contact_timer_expires_at)
           SELECT CASE WHEN n % 50 = 0 THEN 'claimed' ELSE 'closed' END, CASE WHEN n % 50 <> 0 THEN 'won' END,
                  now(), n % 40 <> 0, n % 40 <> 1, now() + n * interval '1 second', now() + n * interval '1 second'
             FROM generate_series(1, 5000) n;
           ANALYZE crm_leads;""",
    )
    connection = await asyncpg.connect(database.owner)
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    ("index", "query"),
    [
        (
            "idx_crm_leads_claim_timer_expires",
            """SELECT id FROM crm_leads WHERE claim_timer_expires_at < now() + interval '60 seconds'
                  AND claim_timer_expires_at IS NOT NULL AND lead_claimed = false""",
        ),
        (
            "idx_crm_leads_contact_timer_expires",
            """SELECT id FROM crm_leads WHERE contact_timer_expires_at < now() + interval '60 seconds'
                  AND contact_timer_expires_at IS NOT NULL AND first_action_completed = false""",
        ),
        (
            "crm_leads_wake_at_idx",
            """SELECT id FROM crm_leads WHERE wake_at < now() - interval '30 seconds'
                  AND lifecycle_state IS NOT NULL AND lifecycle_state <> 'closed'""",
        ),
        (
            "crm_leads_assigned_agent_id_idx",
            """SELECT count(*) FROM crm_leads WHERE assigned_agent_id = '00000000-0000-0000-0000-000000000001'
                  AND lifecycle_state IS NOT NULL AND lifecycle_state <> 'closed'""",
        ),
    ],
)
async def test_the_partial_index_is_used(crowded: asyncpg.Connection[asyncpg.Record], index: str, query: str) -> None:
    plan = "\n".join(row[0] for row in await crowded.fetch(f"EXPLAIN {query}"))
    assert index in plan
