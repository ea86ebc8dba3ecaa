"""Postgres is killed under load: who was answered finds it done, who was not asks again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.support.eventually import assert_eventually
from tests.support.faults import House, open_house
from tests.support.servers import Servers

_SENDERS = 3


async def _kill_under_load(
    house: House, away_seconds: float, back: Callable[[], Awaitable[bool]] | None = None
) -> None:
    """Leads are sent in and played to their end before, during and after the outage, until `back` is seen."""
    over = asyncio.Event()

    async def send(sender: int) -> None:
        number = 0
        while not over.is_set():
            number += 1
            await house.finish(await house.receive(f"{sender}-{number}"))

    async def breaks() -> None:
        await _more(house, 6)
        # Whoever sleeps through the outage past a deadline.
        for number in range(4):
            await house.offered(await house.receive(f"asleep-{number}"))
        await asyncio.to_thread(house.servers.kill_postgres)
        # An outage has its length.
        await asyncio.sleep(away_seconds)
        await asyncio.to_thread(house.servers.start_postgres)
        await _more(house, 6)
        if back is not None:
            await assert_eventually(back, 60, what="what happened during the outage is put right")
        over.set()

    await asyncio.gather(breaks(), *(send(sender) for sender in range(_SENDERS)))
    await house.finish_all()
    await house.settled()
    await house.prove()


async def _more(house: House, leads: int) -> None:
    """Wait until this many more leads have been accepted."""
    goal = len(house.accepted) + leads

    async def there() -> bool:
        return len(house.accepted) >= goal

    await assert_eventually(there, 60, what=f"{goal} leads accepted")


@pytest.mark.timeout(120)
async def test_postgres_killed_under_load(servers: Servers) -> None:
    async with open_house(servers, window_seconds=30) as house:
        house.start("worker")
        await house.start_api()
        await _kill_under_load(house, away_seconds=1)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_postgres_away_for_a_minute(servers: Servers) -> None:
    async with open_house(servers, window_seconds=5) as house:
        house.start("worker")
        await house.start_api()

        async def given_back() -> bool:
            # Nobody could act, so nothing is missed: the windows that slept through it go on.
            return bool(await house.sql("SELECT 1 FROM lead_transitions WHERE kind = 'extend' LIMIT 1"))

        await _kill_under_load(house, away_seconds=60, back=given_back)
        blamed = await house.sql(
            "SELECT count(*) FROM lead_transitions t, system_outages o"
            " WHERE t.kind = 'breach' AND o.role = 'api' AND t.due_at BETWEEN o.starts_at AND o.ends_at"
        )
        assert blamed == [(0,)]
