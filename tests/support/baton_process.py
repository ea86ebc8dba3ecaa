"""`baton worker` and `baton api` as processes, which a test may kill or let die at a crash point."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from services.trip_wire import VARIABLE


class BatonProcess:
    """One process of Baton. `crash_at` is a crash point (services.trip_wire)."""

    def __init__(self, name: str, environment: Mapping[str, str], log: Path, *, crash_at: str = "") -> None:
        self.name = name
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "cli.main", name],
                env={**os.environ, **environment, VARIABLE: crash_at},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def runs(self) -> bool:
        """False once it has ended, however."""
        return self._process.poll() is None

    async def died(self, seconds: float = 60.0) -> None:
        """Wait until it was killed by SIGKILL; AssertionError when it lives on, or ended in another way."""
        try:
            code = await asyncio.to_thread(self._process.wait, seconds)
        except subprocess.TimeoutExpired:
            code = None
        assert code == -signal.SIGKILL, f"{self.name}: expected to die at its crash point, exit code {code}"

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        self._process.kill()
        self._process.wait(10)

    def stop(self) -> None:
        """SIGTERM, then SIGKILL when that does not help in time. Idempotent."""
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
