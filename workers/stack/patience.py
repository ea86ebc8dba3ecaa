"""Waiting for something outside this process, with a deadline and a way to give up early."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from workers.stack.errors import PartFailedError, StackCancelledError

T = TypeVar("T")


def wait_for(
    probe: Callable[[], T | None], *, seconds: float, what: str, cancel: threading.Event, every: float = 0.05
) -> T:
    """Call `probe` until it answers something other than None and return that.

    Raises PartFailedError after `seconds`, StackCancelledError once `cancel` is set; errors of `probe` pass.
    """
    deadline = time.monotonic() + seconds
    while True:
        if (answer := probe()) is not None:
            return answer
        if time.monotonic() > deadline:
            raise PartFailedError(f"{what} within {seconds:.0f} s.")
        if cancel.wait(every):
            raise StackCancelledError("Stopped while the stack was starting.")
