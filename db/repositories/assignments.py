"""lead_offers, LeadRoutingHistory and crm_lead_reassignments: who had a lead, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Uuid, bindparam, case, false, func, insert, select, update

from db.repositories.limits import has_limits
from db.session import AnyConnection, WriteConnection
from db.tables import decision_inputs, lead_offers, lead_reassignments, lead_routing_history
from domain.ids import AgentId, LeadId
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import STAGE_OF, OfferKind, OfferStatus
from domain.lifecycle.transition import (
    Invitation,
    Invited,
    OfferChanged,
    OfferOpened,
    PastOffer,
    ReassignmentRow,
)

_OPEN_HISTORY = insert(lead_routing_history)
_OPEN_OFFER = insert(lead_offers)
_HISTORY_NAMES = (
    *("id", "lead_id", "assigned_agent_id", "routing_strategy", "lead_score", "assignment_reason"),
    *("routing_timestamp", "created_at"),
)
_OFFER_NAMES = (
    *("lead_id", "epoch", "agent_id", "kind", "status", "offered_at", "claim_expires_at", "claimed_at"),
    *("contact_started_at", "contact_expires_at", "config_version", "history_id", "pool"),
)
_INPUTS_NAMES = ("lead_id", "seq", "at", "config_version", "history_id", "payload", "size")
# All rows of an assignment in one round trip.
_OPEN_ASSIGNMENT = (
    insert(lead_offers)
    .values({name: bindparam(f"offer_{name}", type_=lead_offers.c[name].type) for name in _OFFER_NAMES})
    .add_cte(
        insert(lead_routing_history)
        .values(
            {name: bindparam(f"history_{name}", type_=lead_routing_history.c[name].type) for name in _HISTORY_NAMES}
        )
        .cte("opened")
    )
)
_OPEN_DECIDED_ASSIGNMENT = _OPEN_ASSIGNMENT.add_cte(
    insert(decision_inputs)
    .values({name: bindparam(f"inputs_{name}", type_=decision_inputs.c[name].type) for name in _INPUTS_NAMES})
    .cte("kept")
)
_OF_OFFER = (
    lead_offers.c.lead_id == bindparam("of_lead"),
    lead_offers.c.epoch == bindparam("of_epoch"),
    lead_offers.c.agent_id == bindparam("of_agent"),
)
_CHANGE_OFFER = update(lead_offers).where(*_OF_OFFER)
_CHANGE_INVITATIONS = update(lead_offers).where(
    lead_offers.c.lead_id == bindparam("of_lead"),
    lead_offers.c.epoch == bindparam("of_epoch"),
    lead_offers.c.status == OfferStatus.OPEN,
)
_IS_OPEN = (lead_offers.c.epoch == bindparam("of_epoch")) & (lead_offers.c.status == OfferStatus.OPEN)
_WHO_ACTS = bindparam("who_acts", type_=Uuid())
_ROUND = (
    select(
        lead_offers.c.agent_id,
        func.min(lead_offers.c.epoch).label("since"),
        func.max(lead_offers.c.claim_expires_at).filter(_IS_OPEN).label("claim_expires_at"),
        func.bool_or(lead_offers.c.status == OfferStatus.DECLINED).label("declined"),
        # Asked with the round, so that a claim without such a limit takes no statement more.
        case((lead_offers.c.agent_id == _WHO_ACTS, has_limits(_WHO_ACTS)), else_=false()).label("is_limited"),
    )
    .where(
        lead_offers.c.lead_id == bindparam("of_lead"),
        lead_offers.c.kind == OfferKind.BROADCAST,
        lead_offers.c.offered_at >= bindparam("began_at"),
    )
    .group_by(lead_offers.c.agent_id)
    .order_by(lead_offers.c.agent_id)
)
_HISTORY_OF_OFFER = select(lead_offers.c.history_id).where(*_OF_OFFER).scalar_subquery()
_ENDED_AT = bindparam("ended_at", type_=DateTime(timezone=True))
_END_HISTORY = (
    update(lead_routing_history)
    .where(lead_routing_history.c.id == _HISTORY_OF_OFFER, lead_routing_history.c.assignment_duration_hours.is_(None))
    .values(
        assignment_duration_hours=func.extract("epoch", _ENDED_AT - lead_routing_history.c.routing_timestamp) / 3600,
        conversion_outcome=bindparam("converted"),
        assignment_quality_score=bindparam("quality"),
        feedback=bindparam("said"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A broadcast under way: the invitations that are open, and who has declined one."""

    invitations: tuple[Invitation, ...]
    declined: frozenset[AgentId]


async def open_history(
    connection: WriteConnection, lead: Lead, offer: OfferOpened, *, strategy: str, reason: dict[str, Any]
) -> None:
    """The history row of an assignment whose offer is there already: an invitation that was claimed."""
    await connection.execute(_OPEN_HISTORY, _history(lead, offer, strategy, reason))


async def open_assignment(
    connection: WriteConnection,
    lead: Lead,
    offer: OfferOpened,
    *,
    strategy: str,
    reason: dict[str, Any],
    pool: str | None = None,
    inputs: dict[str, Any] | None = None,
) -> None:
    """The history row of a new assignment, with the reasons of the decision, and the row of the agent's attempt.

    `pool` is where the agent took a turn, `inputs` the row of decision_inputs when routing chose the agent.
    """
    claimed = lead.last_at if lead.lead_claimed else None
    attempt = {
        "lead_id": lead.id,
        "epoch": offer.epoch,
        "agent_id": offer.agent,
        "kind": offer.kind,
        "status": offer.status,
        "offered_at": lead.last_at,
        "claim_expires_at": offer.claim_expires_at,
        "claimed_at": claimed,
        "contact_started_at": claimed,
        "contact_expires_at": offer.contact_expires_at,
        "config_version": lead.config_version,
        "history_id": lead.history_id,
        "pool": pool,
    }
    await connection.execute(
        _OPEN_ASSIGNMENT if inputs is None else _OPEN_DECIDED_ASSIGNMENT,
        {
            **{f"history_{name}": value for name, value in _history(lead, offer, strategy, reason).items()},
            **{f"offer_{name}": value for name, value in attempt.items()},
            **{f"inputs_{name}": value for name, value in (inputs or {}).items()},
        },
    )


def _history(lead: Lead, offer: OfferOpened, strategy: str, reason: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": lead.history_id,
        "lead_id": lead.id,
        "assigned_agent_id": offer.agent,
        "routing_strategy": strategy,
        "lead_score": lead.score or 0.0,
        "assignment_reason": reason,
        "routing_timestamp": lead.last_at,
        "created_at": lead.last_at,
    }


async def open_invitations(connection: WriteConnection, lead: Lead, invited: Invited) -> None:
    """One row for each agent that a step of a broadcast invites."""
    shared = {
        "lead_id": lead.id,
        "epoch": invited.epoch,
        "round": invited.step,
        "kind": OfferKind.BROADCAST,
        "status": OfferStatus.OPEN,
        "offered_at": lead.last_at,
        "claim_expires_at": invited.claim_expires_at,
        "config_version": lead.config_version,
    }
    await connection.execute(_OPEN_OFFER, [{**shared, "agent_id": agent} for agent in invited.agents])


async def read_round(connection: AnyConnection, lead: Lead, *, of: AgentId | None = None) -> Round:
    """The broadcast that the lead is in, as far as it has come; with the limits of the agent `of` whom it is read."""
    asked = {"of_lead": lead.id, "of_epoch": lead.epoch, "began_at": lead.claim_started_at, "who_acts": of}
    rows = (await connection.execute(_ROUND, asked)).all()
    return Round(
        invitations=tuple(
            Invitation(
                agent=AgentId(row.agent_id),
                since=row.since,
                claim_expires_at=row.claim_expires_at,
                is_limited=row.is_limited,
            )
            for row in rows
            if row.claim_expires_at is not None
        ),
        declined=frozenset(AgentId(row.agent_id) for row in rows if row.declined),
    )


async def change_offer(connection: WriteConnection, lead_id: LeadId, change: OfferChanged) -> None:
    """New values for the agent's attempt of that epoch, or for every invitation of it that is open."""
    if change.agent is None:
        everybody = {"of_lead": lead_id, "of_epoch": change.epoch}
        await connection.execute(_CHANGE_INVITATIONS, {**everybody, **change.changes})
        return
    asked = {"of_lead": lead_id, "of_epoch": change.epoch, "of_agent": change.agent}
    await connection.execute(_CHANGE_OFFER, {**asked, **change.changes})


async def end_history(connection: WriteConnection, lead_id: LeadId, change: OfferChanged, at: datetime) -> None:
    """Fill the outcome columns of the assignment that ends; filled ones stay as they are."""
    await connection.execute(
        _END_HISTORY,
        {
            "of_lead": lead_id,
            "of_epoch": change.epoch,
            "of_agent": change.agent,
            "ended_at": at,
            "converted": change.converted,
            "quality": change.quality,
            "said": change.feedback,
        },
    )


async def insert_reassignment(connection: WriteConnection, lead_id: LeadId, row: ReassignmentRow, at: datetime) -> None:
    """One audit row for a change of agent."""
    await connection.execute(
        insert(lead_reassignments).values(
            lead_id=lead_id,
            from_agent_id=row.from_agent,
            to_agent_id=row.to_agent,
            reassigned_by=row.by,
            reason=row.reason,
            stage=STAGE_OF[row.reason],
            notes=row.notes,
            created_at=at,
        )
    )


async def find_past_offer(
    connection: AnyConnection, lead_id: LeadId, agent: AgentId, *, epoch: int | None, before: int
) -> PastOffer | None:
    """The agent's newest assignment of an epoch earlier than `before`, or the one of `epoch`; None without one."""
    offers = lead_offers.c
    statement = (
        select(
            offers.agent_id,
            offers.epoch,
            offers.claim_expires_at,
            offers.contact_started_at,
            offers.contact_expires_at,
            offers.claim_breached,
            offers.contact_breached,
            offers.first_action_at,
        )
        .where(offers.lead_id == lead_id, offers.agent_id == agent, offers.epoch < before)
        .order_by(offers.epoch.desc())
        .limit(1)
    )
    if epoch is not None:
        statement = statement.where(offers.epoch == epoch)
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    return PastOffer(agent=AgentId(values.pop("agent_id")), **values)
