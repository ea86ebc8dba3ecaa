"""decision_inputs: what routing decisions looked at and what they said."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import ColumnElement, Text, and_, cast, delete, exists, func, insert, or_, select, true

from db.session import AnyConnection, WriteConnection
from db.tables import agents, decision_inputs, lead_offers, lead_routing_history, lead_transitions, routing_events
from domain.ids import AgentId, HistoryId, LeadId
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import EventType, LifecycleState, OfferKind
from domain.routing.recorded_decision import RecordedDecision, RecordedEvent

_KEEP_INPUTS = insert(decision_inputs)
# Level 1: four times as fast as the default for a few percent more.
_LEVEL = 1

_MADE = lead_transitions.c
_INPUTS = decision_inputs.c
_HISTORY = lead_routing_history.c
_EVENTS = routing_events.c
# The ledger and the routing history say the same instant and agent of the same assignment.
_SAME_ASSIGNMENT = (
    (_HISTORY.lead_id == _MADE.lead_id)
    & (_HISTORY.routing_timestamp == _MADE.at)
    & (cast(_HISTORY.assigned_agent_id, Text) == _MADE.result["agent"].astext)
)
_ITS_EVENT = and_(_EVENTS.lead_id == _MADE.lead_id, _EVENTS.timestamp == _MADE.at)
_TOLD = (EventType.ESCALATED, EventType.FAILED_ASSIGNMENT, EventType.HELD, EventType.QUEUED)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """One decision. `chosen` is the agent to whom it gave the lead; None when it went elsewhere.

    Elsewhere is the queue, or whoever answers for escalated leads. `inputs` is None when the payload cannot be read.
    """

    lead_id: UUID
    seq: int
    config_version: int
    chosen: UUID | None
    inputs: dict[str, Any] | None


async def newest_decisions(connection: AnyConnection, limit: int) -> Sequence[DecisionRecord]:
    """The newest decisions, newest first."""
    statement = (
        select(
            decision_inputs.c.lead_id,
            decision_inputs.c.seq,
            decision_inputs.c.config_version,
            decision_inputs.c.payload,
            lead_routing_history.c.assigned_agent_id.label("chosen"),
        )
        .outerjoin(
            lead_routing_history,
            (lead_routing_history.c.id == decision_inputs.c.history_id)
            & (lead_routing_history.c.routing_strategy != "manual"),
        )
        .order_by(decision_inputs.c.at.desc())
        .limit(limit)
    )
    return [
        DecisionRecord(
            lead_id=row.lead_id,
            seq=row.seq,
            config_version=row.config_version,
            chosen=row.chosen,
            inputs=_plain(row.payload),
        )
        for row in await connection.execute(statement)
    ]


def inputs_row(lead: Lead, inputs: dict[str, Any], *, history_id: HistoryId | None) -> dict[str, Any]:
    """One compressed, prunable row of decision_inputs: everything that the lead's newest decision looked at."""
    plain = to_json(inputs)
    return {
        "lead_id": lead.id,
        "seq": lead.seq,
        "at": lead.last_at,
        "config_version": lead.config_version,
        "history_id": history_id,
        "payload": zlib.compress(plain, _LEVEL),
        "size": len(plain),
    }


async def insert_decision_inputs(connection: WriteConnection, row: dict[str, Any]) -> None:
    """Keep the row of a decision that opened no assignment; with one, `open_assignment` keeps it."""
    await connection.execute(_KEEP_INPUTS, row)


async def decision_seqs(connection: AnyConnection, lead_id: LeadId) -> tuple[int, ...]:
    """The seqs of all decisions about a lead, oldest first: who got it, or that it went elsewhere.

    Where the inputs are pruned, those remain that the routing history or an event tells of.
    """
    statement = (
        select(_MADE.seq)
        .where(
            _MADE.lead_id == lead_id,
            or_(
                exists().where(_INPUTS.lead_id == _MADE.lead_id, _INPUTS.seq == _MADE.seq),
                exists().where(_SAME_ASSIGNMENT),
                _went(LifecycleState.QUEUED, EventType.FAILED_ASSIGNMENT, EventType.HELD, EventType.QUEUED),
                # Without a reason it is the next level of an escalation, which decides nothing.
                _went(LifecycleState.ESCALATED, EventType.ESCALATED, data=_EVENTS.event_data.has_key("reason")),
                _went(LifecycleState.OFFERED, EventType.ASSIGNED, EventType.WIDENED)
                & _MADE.result["agent"].astext.is_(None),
            ),
        )
        .order_by(_MADE.seq)
    )
    return tuple((await connection.execute(statement)).scalars())


async def read_decision(connection: AnyConnection, lead_id: LeadId, seq: int) -> RecordedDecision | None:
    """One decision as it was recorded; None when that transition was none."""
    told = (
        select(func.jsonb_agg(func.jsonb_build_array(_EVENTS.event_type, _EVENTS.agent_id, _EVENTS.event_data)))
        .where(_ITS_EVENT, _EVENTS.event_type.in_(_TOLD))
        .scalar_subquery()
    )
    earlier = lead_transitions.alias("earlier")
    scored = (
        select(earlier.c.result["score"])
        .where(earlier.c.lead_id == _MADE.lead_id, earlier.c.kind.in_(("score", "rescore")), earlier.c.seq <= seq)
        .order_by(earlier.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    # Their rows tell of more than the events, which name only those who were invited newly.
    invited = select(lead_offers.c.agent_id).where(
        lead_offers.c.lead_id == _MADE.lead_id,
        lead_offers.c.epoch == _MADE.epoch,
        lead_offers.c.kind == OfferKind.BROADCAST,
        _MADE.state == LifecycleState.OFFERED,
    )
    statement = (
        select(
            _MADE.at,
            _MADE.kind,
            _MADE.actor,
            _MADE.state,
            _MADE.result["agent"].astext.label("agent"),
            _INPUTS.payload,
            _INPUTS.config_version,
            _HISTORY.routing_strategy,
            _HISTORY.assignment_reason,
            scored.label("score"),
            told.label("told"),
            func.array(invited.scalar_subquery()).label("invited"),
        )
        .outerjoin(decision_inputs, (_INPUTS.lead_id == _MADE.lead_id) & (_INPUTS.seq == _MADE.seq))
        .outerjoin(lead_routing_history, _SAME_ASSIGNMENT)
        .where(_MADE.lead_id == lead_id, _MADE.seq == seq)
    )
    row = (await connection.execute(statement)).first()
    if row is None:
        return None
    reason = row.assignment_reason or {}
    return RecordedDecision(
        lead_id=lead_id,
        seq=seq,
        at=row.at,
        kind=row.kind,
        by=_role(row.actor),
        state=LifecycleState(row.state),
        agent=UUID(row.agent) if row.agent else None,
        config_version=row.config_version or reason.get("configVersion"),
        history_strategy=row.routing_strategy,
        reason=reason,
        inputs=_plain(row.payload) if row.payload is not None else None,
        score=row.score or {},
        events=[
            RecordedEvent(type=kind, agent=UUID(agent) if agent else None, data=data)
            for kind, agent, data in row.told or ()
        ],
        invited=row.invited,
    )


async def was_offered(connection: AnyConnection, lead_id: LeadId, agent: AgentId) -> bool:
    """True when the lead was ever offered or given to the agent, or the agent was invited to it."""
    statement = select(exists().where(lead_offers.c.lead_id == lead_id, lead_offers.c.agent_id == agent))
    return bool((await connection.execute(statement)).scalar_one())


async def agent_since(connection: AnyConnection, agent: AgentId) -> datetime | None:
    """When a person was entered; None for nobody."""
    statement = select(agents.c.created_at).where(agents.c.id == agent)
    since: datetime | None = (await connection.execute(statement)).scalar_one_or_none()
    return since


async def prune_decision_inputs(connection: AnyConnection, before: datetime, limit: int) -> int:
    """Delete at most `limit` inputs of decisions made before an instant, the oldest first; returns how many.

    What LeadRoutingHistory keeps of the decisions stays. Safe to repeat, and to run twice at once.
    """
    oldest = select(_INPUTS.id).where(_INPUTS.at < before).order_by(_INPUTS.at).limit(limit)
    deleted = await connection.execute(delete(decision_inputs).where(_INPUTS.id.in_(oldest)))
    return deleted.rowcount


def _went(state: LifecycleState, *events: EventType, data: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    told = exists().where(_ITS_EVENT, _EVENTS.event_type.in_(events), data if data is not None else true())
    return and_(_MADE.state == state, told)


def _role(actor: str) -> str:
    """The role in a ledger's actor: `role:id`, or `door:role:id`."""
    return actor.split(":")[-2] if ":" in actor else actor


def _plain(payload: bytes) -> dict[str, Any] | None:
    try:
        inputs = json.loads(zlib.decompress(payload))
    except (zlib.error, ValueError):
        return None
    return inputs if isinstance(inputs, dict) else None
