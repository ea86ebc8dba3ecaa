"""Telling a person what is being done and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


def _nothing(*_: object) -> None:
    return


@dataclass(frozen=True)
class Steps:
    """Callbacks: a step begins (text, expectation such as "about a minute, once"), and ends (text, seconds).

    They may be called from several threads at once.
    """

    on_begin: Callable[[str, str], None] = _nothing
    on_end: Callable[[str, float], None] = _nothing

    @contextmanager
    def step(self, text: str, expectation: str = "") -> Iterator[None]:
        """Report the block as one step; a step that raises is never reported as done."""
        self.on_begin(text, expectation)
        started = time.monotonic()
        yield
        self.on_end(text, time.monotonic() - started)
