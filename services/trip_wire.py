"""Crash points: named places where a test lets a process die as if its power were cut (ADR 0013)."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

from domain.errors import ConfigurationError

VARIABLE = "BATON_CRASH_AT"
POINTS = frozenset({"before_commit", "after_commit", "after_telling", "during_activity"})


class TripWire:
    """Kills its own process at the n-th passing of one point, or of one kind of passing there."""

    def __init__(self, point: str, kind: str, passings: int) -> None:
        self._point = point
        self._kind = kind
        self._left = passings

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> TripWire | None:
        """The wire that BATON_CRASH_AT describes as `POINT[/KIND][:N]`; None when it is not set.

        Raises ConfigurationError for a value that describes none.
        """
        text = environment.get(VARIABLE, "")
        if not text:
            return None
        where, _, number = text.partition(":")
        point, _, kind = where.partition("/")
        passings = int(number) if number.isdecimal() else int(not number)
        if point not in POINTS or passings < 1:
            raise ConfigurationError(
                f"{VARIABLE}: {text!r} is no crash point; write POINT[/KIND][:N] with one of "
                f"{', '.join(sorted(POINTS))}, or unset it"
            )
        return cls(point, kind, passings)

    def passed(self, point: str, kind: str) -> None:
        """Count a passing; does not return when it is the one."""
        if point != self._point or (self._kind and kind != self._kind):
            return
        self._left -= 1
        if self._left == 0:
            os.write(2, f"{VARIABLE}: killed at {point}/{kind}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)


_WIRE = TripWire.from_environment(os.environ)


def trip(point: str, kind: str = "") -> None:
    """Pass a crash point; nothing happens unless BATON_CRASH_AT named it when the process started."""
    if _WIRE is not None:
        _WIRE.passed(point, kind)
