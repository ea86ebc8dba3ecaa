"""The production path as an ORM invites to write it: load objects, decide, change the objects, save them.

The domain is production's: the same rules, the same decision, the same transition, the same record of it. What differs
is everything below: rows are loaded whole and become objects, and a unit of work writes back what has changed, where
production asks Postgres one question and tells it the answer in one statement. Locks are taken in production's order.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import selectinload

from bench.orm_agents import load_pool
from bench.orm_lead import facts_from, lead_from
from bench.orm_records import Availability, Event, History, Lead, LedgerRow, Offer
from bench.orm_records import DecisionInputs as KeptInputs
from db.repositories.decision_records import inputs_row
from db.repositories.lead_row import lead_columns
from db.session import AutocommitConnection
from db.tables import agents
from db.tables.leads import OPEN
from domain.configuration import Configuration
from domain.ids import AgentId, HistoryId, LeadId
from domain.lifecycle.commands import Route
from domain.lifecycle.decide import decide
from domain.lifecycle.transition import Context, Transition
from domain.routing.candidate import StrategyFacts
from domain.routing.decision import decide_route
from domain.routing.decision_record import DecisionInputs
from domain.routing.direction import direct
from domain.rules.evaluate import judge
from domain.rules.facts import rule_facts
from services.choice import Choice
from services.clock import Clock
from services.configurations import Configurations

_TRIES = 50
_WITH = tuple(selectinload(part) for part in (Lead.contact_details, Lead.queue_row, Lead.offers, Lead.ledger))


class OrmPath:
    """Assigns waiting leads. Safe to use from many tasks."""

    def __init__(self, engine: AsyncEngine, clock: Clock, configurations: Configurations) -> None:
        self._engine = engine
        self._clock = clock
        self._configurations = configurations

    async def assign(self, lead_id: LeadId, command: Route) -> bool:
        """Offer the lead to the best agent; False when nobody has a slot or it does not wait any more."""
        for _ in range(_TRIES):
            async with AsyncSession(self._engine, expire_on_commit=False) as session:
                done = await self._attempt(session, lead_id, command)
                if done is not None:
                    return done
        return False

    async def _attempt(self, session: AsyncSession, lead_id: LeadId, command: Route) -> bool | None:
        """One transaction; None when the slot was taken meanwhile."""
        row = await session.get(Lead, lead_id, with_for_update={"key_share": True}, options=_WITH)
        if row is None or any(one.command_id == command.command_id for one in row.ledger):
            return False
        configuration = await self._configurations.get(
            AutocommitConnection(await session.connection()), row.config_version
        )
        now = self._clock.now()
        choice = await self._choose(session, row, configuration, now)
        candidate = next(iter(choice.agent_ids), None)
        context = Context(
            now=now,
            configuration=configuration,
            history_id=HistoryId(uuid4()),
            candidate=candidate,
            plan=choice.plan,
            step=choice.step,
            ranked=choice.agent_ids,
        )
        decided = decide(lead_from(row), command, context)
        if not isinstance(decided, Transition) or candidate is None:
            return False
        slots = await _lock_slots(session, candidate)
        if slots is None:
            return None
        slots.current_load += 1
        slots.last_updated = slots.updated_at = now
        await self._save(session, row, decided, choice)
        await session.commit()
        return True

    async def _choose(self, session: AsyncSession, row: Any, configuration: Configuration, now: datetime) -> Choice:
        lead = lead_from(row)
        facts = facts_from(row).on(
            configuration.day_of(now), earlier_holders=configuration.policy(lead.policy).earlier_holders
        )
        verdict = judge(configuration.rules, rule_facts(facts.lead, now=now, time_zone=configuration.time_zone))
        direction = direct(
            facts.request,
            verdict,
            configuration,
            tier=lead.tier_or_lowest,
            source=facts.lead.source,
            policy=lead.policy,
            held_until=lead.held_until,
            waiting_since=facts.enqueued_at,
            now=now,
            from_queue=True,
        )
        known = StrategyFacts(seed=lead.seq, settings=direction.settings)
        pool = await load_pool(session, direction.request, now)
        return Choice(
            seq=lead.seq,
            config_version=lead.config_version,
            facts=facts,
            direction=direction,
            inputs=DecisionInputs(request=direction.request, facts=known, agents=pool, filtered=()),
            decision=decide_route(direction.request, pool, configuration, known),
            limited_offers=False,
        )

    async def _save(self, session: AsyncSession, row: Any, decided: Transition, choice: Choice) -> None:
        after, opened = decided.after, decided.opened
        assert opened is not None
        for name, value in lead_columns(after).items():
            setattr(row, name, value)
        session.add(
            History(
                id=after.history_id,
                lead_id=after.id,
                assigned_agent_id=opened.agent,
                routing_strategy=choice.decision.strategy.value,
                lead_score=after.score or 0.0,
                assignment_reason=choice.reason(opened.agent),
                routing_timestamp=decided.at,
                created_at=decided.at,
            )
        )
        session.add(
            Offer(
                lead_id=after.id,
                epoch=opened.epoch,
                agent_id=opened.agent,
                kind=opened.kind,
                status=opened.status,
                offered_at=decided.at,
                claim_expires_at=opened.claim_expires_at,
                config_version=after.config_version,
                history_id=after.history_id,
            )
        )
        session.add(
            LedgerRow(
                lead_id=after.id,
                seq=after.seq,
                kind=decided.kind,
                command_id=decided.command.command_id,
                body_hash=decided.command.body_hash(),
                actor=str(decided.command.actor),
                at=decided.at,
                epoch=after.epoch,
                state=after.state,
                result={"state": after.state, "epoch": after.epoch, "seq": after.seq, "agent": str(opened.agent)},
            )
        )
        for event in decided.events:
            session.add(
                Event(
                    lead_id=after.id,
                    event_type=event.type,
                    agent_id=event.agent,
                    event_data=dict(event.data),
                    timestamp=decided.at,
                )
            )
        session.add(KeptInputs(**inputs_row(after, choice.record(), history_id=after.history_id)))
        await session.delete(row.queue_row)


async def _lock_slots(session: AsyncSession, agent: AgentId) -> Any:
    """The agent's availability, locked and read again; None when one of the two caps is reached."""
    locked = select(Availability).where(Availability.agent_id == agent).with_for_update()
    slots = (await session.scalars(locked, execution_options={"populate_existing": True})).one()
    held = select(func.count()).select_from(Lead).where(Lead.assigned_agent_id == agent, OPEN)
    most = select(agents.c.max_active_leads).where(agents.c.id == agent)
    holds = (await session.scalars(held)).one()
    return slots if slots.current_load < slots.max_capacity and holds < (await session.scalars(most)).one() else None
