"""Waiting for a fact with a deadline, instead of sleeping."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def assert_eventually(fact: Callable[[], Awaitable[T | None]], seconds: float = 10.0, *, what: str = "") -> T:
    """Return the first true value of `fact`; AssertionError with its last value when there is none in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        value = await fact()
        if value:
            return value
        assert loop.time() < deadline, f"not within {seconds:.0f} s: {what or fact} is {value!r}"
        await asyncio.sleep(0.02)
