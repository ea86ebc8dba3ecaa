"""strategy_shares: the turns of agents in a pool, counted one transaction after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, bindparam, func, insert, literal, select, update

from db.session import AnyConnection, WriteConnection
from db.tables import lead_offers, strategy_shares
from domain.ids import AgentId, LeadId
from domain.routing.strategies.membership import MembershipChange

_SHARES = strategy_shares.c
_READ = select(_SHARES.agent_id, _SHARES.turns, _SHARES.calibration, _SHARES.away_since).where(
    _SHARES.pool == bindparam("of_pool")
)
_LOCK = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("of_pool", type_=Text()), literal(0))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Turns (less those credited back) and calibrations of the members of a pool, and since when some are away."""

    turns: Mapping[AgentId, int]
    calibration: Mapping[AgentId, int]
    away_since: Mapping[AgentId, datetime]


async def read_shares(connection: AnyConnection, pool: str) -> Shares:
    """The shares as they are; without a lock they may be out of date at once."""
    rows = (await connection.execute(_READ, {"of_pool": pool})).all()
    return Shares(
        turns={AgentId(row.agent_id): row.turns for row in rows},
        calibration={AgentId(row.agent_id): row.calibration for row in rows},
        away_since={AgentId(row.agent_id): row.away_since for row in rows if row.away_since is not None},
    )


async def lock_shares(connection: WriteConnection, pool: str) -> Shares:
    """The shares, and nobody else takes a turn in the pool until this transaction ends.

    Taken after the lead's lock and before the agents', always.
    """
    await connection.execute(_LOCK, {"of_pool": pool})
    return await read_shares(connection, pool)


async def change_membership(connection: WriteConnection, pool: str, change: MembershipChange, at: datetime) -> None:
    """Who joins, with a head start, who is away since `at`, and who is back. The caller holds the pool's lock."""
    if change.joined:
        await connection.execute(
            insert(strategy_shares),
            [
                {"pool": pool, "agent_id": agent, "turns": 0, "calibration": calibration, "updated_at": at}
                for agent, calibration in change.joined.items()
            ],
        )
    if change.gone:
        await connection.execute(
            update(strategy_shares)
            .where(_SHARES.pool == pool, _SHARES.agent_id.in_(change.gone))
            .values(away_since=at, updated_at=at)
        )
    for agent, missed in change.back.items():
        await connection.execute(
            update(strategy_shares)
            .where(_SHARES.pool == pool, _SHARES.agent_id == agent)
            .values(calibration=_SHARES.calibration + missed, away_since=None, updated_at=at)
        )


async def take_turn(connection: WriteConnection, pool: str, agent: AgentId, at: datetime) -> None:
    """Count one turn of a member. The caller holds the pool's lock."""
    await connection.execute(
        update(strategy_shares)
        .where(_SHARES.pool == pool, _SHARES.agent_id == agent)
        .values(turns=_SHARES.turns + 1, updated_at=at)
    )


async def credit_turn(connection: WriteConnection, lead_id: LeadId, agent: AgentId, epoch: int, at: datetime) -> None:
    """Give back the turn that this assignment took, once; nothing when it took none."""
    offer = lead_offers.c
    credited = await connection.execute(
        update(lead_offers)
        .where(
            offer.lead_id == lead_id,
            offer.agent_id == agent,
            offer.epoch == epoch,
            offer.pool.is_not(None),
            offer.credited_at.is_(None),
        )
        .values(credited_at=at)
        .returning(offer.pool)
    )
    pool = credited.scalar_one_or_none()
    if pool is not None:
        await connection.execute(
            update(strategy_shares)
            .where(_SHARES.pool == pool, _SHARES.agent_id == agent)
            .values(turns=_SHARES.turns - 1, updated_at=at)
        )
