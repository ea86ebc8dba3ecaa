"""Waiting for a fact with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(fact: Callable[[], bool], seconds: float = 10.0) -> None:
    """Return as soon as `fact` holds; AssertionError when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s"
        time.sleep(0.02)
