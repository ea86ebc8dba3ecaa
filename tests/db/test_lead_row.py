"""The lead's row holds the lead, and the older columns mirror it after every kind of transition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from db.repositories.leads import insert_lead, read_lead
from db.repositories.recording import LedgerEntry, record_transition
from db.session import Engines, write_transaction
from db.tables import leads
from domain.ids import LeadId
from domain.lifecycle.commands import Outcome, Reassign, Withdraw
from domain.lifecycle.lead import Lead
from tests.db.databases import Database, run_script
from tests.unit.domain.lives import (
    ANN,
    BOB,
    CAT,
    MANAGER,
    START,
    WINDOW,
    after,
    attempting,
    claimed,
    contacted,
    context,
    escalated,
    given,
    missed,
    offered,
    person,
    received,
    scored,
)

NOBODY = {"lead_claimed": False, "claimed_by": None, "assigned_agent_id": None}
HELD_BY_ANN = {"lead_claimed": True, "claimed_by": str(ANN), "assigned_agent_id": ANN}

LIVES: dict[str, tuple[Lead, dict[str, Any]]] = {
    "received": (received(), {"status": "RECEIVED", **NOBODY, "sla_breached": False}),
    "scored": (scored(), {"status": "PROCESSING", **NOBODY}),
    "offered": (
        offered(),
        {
            "status": "ROUTED",
            "lead_claimed": False,
            "claimed_by": None,
            "assigned_agent_id": ANN,
            "assigned_at": START,
            "assignment_method": "greedy",
            "claim_timer_expires_at": START + WINDOW,
            "claim_window_expires_at": START + WINDOW,
        },
    ),
    "claimed": (
        claimed(),
        {
            "status": "ROUTED",
            **HELD_BY_ANN,
            "claim_timer_started_at": START,
            "claim_timer_expires_at": None,
            "claim_window_expires_at": None,
            "contact_timer_started_at": START,
            "contact_timer_expires_at": START + WINDOW,
            "first_action_completed": False,
        },
    ),
    "attempting": (
        attempting(),
        {**HELD_BY_ANN, "first_action_completed": True, "contact_timer_expires_at": None, "first_contact_at": None},
    ),
    "contacted": (contacted(), {**HELD_BY_ANN, "first_contact_at": START, "last_contact_at": START}),
    "passed on": (
        missed(offered(), BOB),
        {
            "status": "ROUTED",
            "assigned_agent_id": BOB,
            "previous_agent_id": ANN,
            "reassignment_count": 1,
            "reassignment_reason": "unclaimed",
            "reassigned_at": START + WINDOW,
            "claim_sla_breached": True,
            "contact_sla_breached": False,
            "sla_breached": True,
        },
    ),
    "waiting": (
        missed(claimed(), None),
        {"status": "QUALIFIED", **NOBODY, "contact_sla_breached": True, "sla_breached": True},
    ),
    "escalated": (escalated(), {"status": "ROUTED", **NOBODY, "claim_sla_breached": True}),
    "by hand": (
        after(offered(), Reassign(**given(MANAGER), to_agent=CAT), context(START)),
        {"claimed_by": str(CAT), "assignment_method": "manual", "reassignment_reason": "manual"},
    ),
    "won": (
        after(contacted(), Outcome(**given(person(ANN)), result="won"), context(START)),
        {"status": "CONVERTED", **HELD_BY_ANN, "contact_timer_expires_at": None},
    ),
    "withdrawn": (after(offered(), Withdraw(**given(MANAGER)), context(START)), {"status": "REJECTED"}),
}


@pytest.mark.parametrize("name", LIVES)
async def test_older_columns_mirror_the_lifecycle(name: str, database: Database, engines: Engines) -> None:
    await run_script(
        database.owner,
        ";".join(
            f"INSERT INTO crm_agents (id, email, role) VALUES ('{agent}', '{agent}@example.com', 'agent')"
            for agent in (ANN, BOB, CAT, MANAGER.id)
        ),
    )
    lead, expected = LIVES[name]
    lead = replace(lead, id=LeadId(uuid4()))
    async with write_transaction(engines.service) as connection:
        assert await insert_lead(connection, replace(received(), id=lead.id), {"source": "test"})
        entry = LedgerEntry(
            kind="test",
            command_id=str(lead.id),
            body_hash="",
            actor="test",
            due_at=None,
            result={},
            told_at=None,
        )
        await record_transition(connection, lead, entry, events=())
    async with write_transaction(engines.service) as connection:
        assert await read_lead(connection, lead.id) == lead
        row = (await connection.execute(select(leads).where(leads.c.id == lead.id))).mappings().one()
    assert {column: row[column] for column in expected} == expected
