"""Capacity: what the next hours bring, and who could take leads from whom. Reads only."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.capacity import count_waiting, read_history, read_pool, team_exists
from db.session import single_statements
from domain.capacity.forecast import Forecast, forecast
from domain.capacity.pool import AgentLoad
from domain.capacity.rebalance import TARGET, Rebalance, rebalance
from domain.errors import InvalidInputError
from services.clock import Clock

MAX_HOURS = 168
MAX_WEEKS = 52


async def forecast_capacity(
    engine: AsyncEngine, clock: Clock, zone: ZoneInfo, *, hours: int, weeks: int = 8
) -> Forecast:
    """Arrivals, completions and free slots of the next `hours` (1..168), from `weeks` (1..52) of history at most.

    Raises InvalidInputError for figures outside of that, and the errors of db.errors.
    """
    _require("hours", hours, MAX_HOURS)
    _require("weeks", weeks, MAX_WEEKS)
    now = clock.now()
    async with single_statements(engine) as connection:
        history = await read_history(connection, now - timedelta(weeks=weeks), now, zone.key)
        pool = await read_pool(connection)
        waiting = await count_waiting(connection)
    return forecast(history, pool, waiting, now=now, hours=hours, zone=zone)


async def suggest_rebalance(
    engine: AsyncEngine, *, team: str | None = None, target: float = TARGET
) -> tuple[Rebalance, list[AgentLoad]]:
    """Suggestions for the agents at work, of one team or all, and these agents. Changes nothing.

    `target` is a utilisation of 20..90. Raises InvalidInputError for another one or an unknown team, and the errors
    of db.errors.
    """
    if not 20 <= target <= 90:
        raise InvalidInputError("target", f"{target:g} is not within 20..90; the usual one is {TARGET:g}")
    async with single_statements(engine) as connection:
        if team is not None and not await team_exists(connection, team):
            raise InvalidInputError("team", f"there is no team {team!r}; names are case-sensitive")
        pool = await read_pool(connection, team)
    return rebalance(pool, target), pool


def _require(field: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise InvalidInputError(field, f"{value} is not within 1..{most}")
