"""Ctrl-C and SIGTERM as something a process can await."""

from __future__ import annotations

import asyncio
import signal


async def stop_requested() -> None:
    """Return at the first SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
