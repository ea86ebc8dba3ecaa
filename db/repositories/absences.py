"""Who is gone and has leads, and who lets offers pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, false, func, insert, literal, not_, or_, select, update

from db.session import AnyConnection, WriteConnection
from db.tables import agent_availability, agent_state_log, agent_time_off, agents, lead_offers, leads
from db.tables.leads import OPEN
from domain.ids import AgentId, LeadId

_HERE = ("Available", "In_Call")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranded:
    """An open lead whose agent is gone."""

    lead_id: LeadId
    epoch: int
    agent: AgentId


async def stranded_leads(
    connection: AnyConnection,
    now: datetime,
    *,
    offline_before: datetime,
    held: bool,
    held_on_leave: bool,
    limit: int,
) -> Sequence[Stranded]:
    """Offers, and with `held` claimed leads, of agents who are inactive, away, or Offline since `offline_before`.

    `held_on_leave` is `held` for time off. Paused leads wait for the end of their pause. Not for baton_admin.
    """
    here, gone, on_leave = agent_availability.c, _gone(offline_before), _on_leave(now)
    offered = leads.c.lifecycle_state == "offered"
    claimed = leads.c.lifecycle_state.in_(("claimed", "attempting"))
    moves = [and_(offered, or_(gone, on_leave))]
    if held:
        moves.append(and_(claimed, gone))
    if held_on_leave:
        moves.append(and_(claimed, on_leave))
    statement = (
        select(leads.c.id, leads.c.epoch, agents.c.id)
        .join(agents, agents.c.id == leads.c.assigned_agent_id)
        .outerjoin(agent_availability, here.agent_id == agents.c.id)
        .where(OPEN, leads.c.paused_at.is_(None), or_(*moves))
        .order_by(case((offered, 0), else_=1), leads.c.wake_at, leads.c.id)
        .limit(limit)
    )
    rows = await connection.execute(statement)
    return [Stranded(lead_id=LeadId(lead_id), epoch=epoch, agent=AgentId(agent)) for lead_id, epoch, agent in rows]


async def is_gone(connection: AnyConnection, agent: AgentId, now: datetime, *, offline_before: datetime) -> bool:
    """Whether the agent is inactive, away, or Offline since `offline_before`, as it is now."""
    statement = (
        select(or_(_gone(offline_before), _on_leave(now)))
        .select_from(agents)
        .outerjoin(agent_availability, agent_availability.c.agent_id == agents.c.id)
        .where(agents.c.id == agent)
    )
    return bool((await connection.execute(statement)).scalar_one())


def _gone(offline_before: datetime) -> ColumnElement[bool]:
    log, here = agent_state_log.c, agent_availability.c
    since = (
        select(func.max(log.at))
        .where(log.agent_id == here.agent_id, log.field == "status")
        .correlate(agent_availability)
        .scalar_subquery()
    )
    offline = and_(here.status == "Offline", func.coalesce(since, here.last_updated) <= offline_before)
    return or_(not_(agents.c.is_active), func.coalesce(offline, false()))


def _on_leave(now: datetime) -> ColumnElement[bool]:
    off = agent_time_off.c
    absence = select(literal(1)).where(off.agent_id == agents.c.id, off.cancelled_at.is_(None))
    return absence.where(off.starts_at <= now, off.ends_at > now).correlate(agents).exists()


async def ignoring_agents(connection: AnyConnection, ignored: int) -> Sequence[AgentId]:
    """Agents who are there, and whose last `ignored` single offers since their status changed were all missed.

    An offer that was claimed, declined or excused ends the row of missed ones, as does a sign of life on another one.
    """
    offer, log, here = lead_offers.c, agent_state_log.c, agent_availability.c
    last_change = (
        select(func.max(log.at))
        .where(log.agent_id == here.agent_id, log.field == "status")
        .correlate(agent_availability)
        .scalar_subquery()
    )
    missed = and_(offer.status == "missed", offer.claimed_at.is_(None), not_(offer.breach_excused))
    last = (
        select(missed.label("missed"), offer.offered_at)
        .where(offer.agent_id == here.agent_id, offer.kind == "single", offer.status != "open")
        .where(offer.offered_at > func.coalesce(last_change, literal("-infinity").cast(offer.offered_at.type)))
        .order_by(offer.offered_at.desc())
        .limit(ignored)
        .correlate(agent_availability)
        .lateral()
    )
    other = lead_offers.alias()
    alive = func.greatest(other.c.claimed_at, other.c.first_action_at, other.c.contacted_at)
    statement = (
        select(here.agent_id)
        .join(last, literal(True))
        .where(here.status.in_(_HERE))
        .group_by(here.agent_id)
        .having(func.count() == ignored, func.bool_and(last.c.missed))
    )
    silent = statement.add_columns(func.min(last.c.offered_at).label("since")).subquery()
    seen = select(literal(1)).where(other.c.agent_id == silent.c.agent_id, alive > silent.c.since).exists()
    found = await connection.execute(select(silent.c.agent_id).where(not_(seen)))
    return [AgentId(agent) for agent in found.scalars()]


async def set_to_break(connection: WriteConnection, agent: AgentId, at: datetime) -> bool:
    """Set somebody who is there to Break and log it, signed by the system; False when the status is another now."""
    here = agent_availability.c
    locked = select(here.status).where(here.agent_id == agent).with_for_update()
    old = (await connection.execute(locked)).scalar_one_or_none()
    if old not in _HERE:
        return False
    change = update(agent_availability).where(here.agent_id == agent)
    await connection.execute(change.values(status="Break", last_updated=at, updated_at=at))
    logged = insert(agent_state_log).values(agent_id=agent, at=at, actor="system", field="status", old=old, new="Break")
    await connection.execute(logged)
    return True
