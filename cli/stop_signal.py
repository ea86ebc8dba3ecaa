"""Ctrl-C and SIGTERM as an event, for commands that run until they are told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def until_stopped(on_stop: Callable[[], None]) -> Iterator[threading.Event]:
    """An event that SIGINT, SIGTERM and SIGHUP set, after calling `on_stop`, instead of ending the process."""
    stopped = threading.Event()

    def handle(_number: int, _frame: FrameType | None) -> None:
        stopped.set()
        on_stop()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
