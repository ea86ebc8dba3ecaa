"""The least that an assignment by an ORM can be: load objects, change them, save them, and do nothing else of Baton's.

It writes the rows that one assignment writes, correctly and under locks. There are no rules, no configuration, no
fitness, no idempotency, and next to no record of the decision: what Baton's answers cost shows against it.
"""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import selectinload

from bench.orm_records import (
    Agent,
    Availability,
    DecisionInputs,
    Event,
    History,
    Lead,
    LedgerRow,
    Offer,
    QueueRow,
)
from db.tables import agents, assignment_queue, leads
from db.tables.leads import OPEN
from domain.ids import LeadId

_TRIES = 50
_WINDOW = timedelta(minutes=5)


class LeastOrmPath:
    """Assigns waiting leads. Safe to use from many tasks."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def assign(self, lead_id: LeadId) -> bool:
        """Offer the lead to the least utilised agent; False when nobody has a slot or it does not wait any more."""
        for _ in range(_TRIES):
            async with AsyncSession(self._engine, expire_on_commit=False) as session:
                done = await self._attempt(session, lead_id)
                if done is not None:
                    return done
        return False

    async def _attempt(self, session: AsyncSession, lead_id: LeadId) -> bool | None:
        """One transaction; None when the slot was taken meanwhile."""
        lead = await session.get(Lead, lead_id, with_for_update=True)
        if lead is None or lead.lifecycle_state != "queued":
            return False
        pool = (
            await session.scalars(
                select(Agent)
                .where(agents.c.role == "agent", agents.c.is_active, agents.c.accepts_new_leads)
                .options(selectinload(Agent.availability), selectinload(Agent.specializations))
            )
        ).all()
        held = await self._held(session)
        able = [agent for agent in pool if _able(agent, lead, held)]
        if not able:
            return False
        chosen = min(able, key=_rank)
        slots = await session.get(Availability, chosen.availability.id, with_for_update=True, populate_existing=True)
        if slots is None or slots.current_load >= slots.max_capacity:
            return None
        await self._save(session, lead, chosen, slots, pool)
        await session.commit()
        return True

    async def _held(self, session: AsyncSession) -> dict[UUID, int]:
        rows = await session.execute(
            select(leads.c.assigned_agent_id, func.count()).where(OPEN).group_by(leads.c.assigned_agent_id)
        )
        return {agent: count for agent, count in rows if agent is not None}

    async def _save(self, session: AsyncSession, lead: Any, agent: Any, slots: Any, pool: Any) -> None:
        now, history_id = datetime.now(UTC), uuid4()
        slots.current_load += 1
        slots.last_updated = slots.updated_at = now
        lead.seq += 1
        lead.epoch += 1
        lead.lifecycle_state, lead.status = "offered", "ROUTED"
        lead.assigned_agent_id, lead.assigned_at, lead.assignment_method = agent.id, now, "greedy"
        lead.history_id, lead.last_at, lead.updated_at = history_id, now, now
        lead.claim_timer_started_at = now
        lead.claim_timer_expires_at = lead.claim_window_expires_at = lead.wake_at = now + _WINDOW
        session.add(
            History(
                id=history_id,
                lead_id=lead.id,
                assigned_agent_id=agent.id,
                routing_strategy="greedy",
                lead_score=lead.score or 0.0,
                assignment_reason={"strategy": "greedy", "explanation": [f"{len(pool)} agents considered"]},
                routing_timestamp=now,
                created_at=now,
            )
        )
        session.add(
            Offer(
                lead_id=lead.id,
                epoch=lead.epoch,
                agent_id=agent.id,
                kind="single",
                status="open",
                offered_at=now,
                claim_expires_at=now + _WINDOW,
                config_version=lead.config_version,
                history_id=history_id,
            )
        )
        session.add(
            LedgerRow(
                lead_id=lead.id,
                seq=lead.seq,
                kind="route",
                command_id=f"{lead.id}:orm:{lead.seq}",
                body_hash="",
                actor="system",
                at=now,
                epoch=lead.epoch,
                state="offered",
                result={"state": "offered", "agent": str(agent.id)},
            )
        )
        session.add(
            Event(lead_id=lead.id, event_type="assigned", agent_id=agent.id, event_data={"epoch": 1}, timestamp=now)
        )
        plain = json.dumps([[str(one.id), one.availability.current_load] for one in pool]).encode()
        session.add(
            DecisionInputs(
                lead_id=lead.id,
                seq=lead.seq,
                at=now,
                config_version=lead.config_version,
                history_id=history_id,
                payload=zlib.compress(plain),
                size=len(plain),
            )
        )
        waiting = (await session.scalars(select(QueueRow).where(assignment_queue.c.lead_id == lead.id))).one()
        await session.delete(waiting)


def _able(agent: Any, lead: Any, held: dict[UUID, int]) -> bool:
    slots = agent.availability
    return (
        slots is not None
        and slots.status == "Available"
        and slots.current_load < slots.max_capacity
        and held.get(agent.id, 0) < agent.max_active_leads
        and any(row.insurance_line == lead.insurance_type for row in agent.specializations)
    )


def _rank(agent: Any) -> tuple[float, UUID]:
    return agent.availability.current_load / agent.availability.max_capacity, agent.id
