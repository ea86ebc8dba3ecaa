"""One supervised child process: its own session, its own log file, an orderly stop."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workers.stack.errors import PartFailedError
from workers.stack.roster import Roster

_LOG_LIMIT = 20_000_000


@dataclass(frozen=True)
class Account:
    """The system account a child runs as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class ChildSpec:
    """How to run a child. `stage` orders the stop: higher stages end first. `grace` is in seconds."""

    name: str
    argv: tuple[str, ...]
    log: Path
    env: Mapping[str, str]
    cwd: Path = Path("/")
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    stage: int = 0
    account: Account | None = None


class Child:
    """A running (or ended) child."""

    def __init__(self, spec: ChildSpec, process: subprocess.Popen[bytes], roster: Roster) -> None:
        self.spec = spec
        self._process = process
        self._roster = roster

    @classmethod
    def start(cls, spec: ChildSpec, roster: Roster) -> Child:
        """Start the child and have it guarded. Raises PartFailedError when the program cannot be run."""
        spec.log.parent.mkdir(parents=True, exist_ok=True)
        if spec.log.exists() and spec.log.stat().st_size > _LOG_LIMIT:
            spec.log.replace(spec.log.with_suffix(".log.1"))
        account = spec.account
        try:
            with spec.log.open("ab") as log:
                process = subprocess.Popen(
                    spec.argv,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=spec.cwd,
                    env=dict(spec.env),
                    start_new_session=True,
                    user=account.uid if account else None,
                    group=account.gid if account else None,
                    extra_groups=[] if account else None,
                )
        except OSError as error:
            raise PartFailedError(f"{spec.name}: {spec.argv[0]} cannot be run ({error.strerror}).") from error
        roster.add(process.pid, spec.stop_signal, spec.stage)
        return cls(spec, process, roster)

    @property
    def pid(self) -> int:
        """Process id, also the id of the child's process group."""
        return self._process.pid

    def ended(self) -> int | None:
        """The exit code (negative: the signal's number), or None while the child runs."""
        return self._process.poll()

    def stop(self) -> None:
        """Signal the child's group, wait for the grace period, then kill it. Idempotent."""
        if self._process.poll() is None:
            self._signal(self.spec.stop_signal)
            try:
                self._process.wait(self.spec.grace)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                self._process.wait()
        self._roster.remove(self.pid)

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of the child's log."""
        try:
            with self.spec.log.open(encoding="utf-8", errors="replace") as log:
                return "".join(deque(log, maxlen=lines)).rstrip()
        except FileNotFoundError:
            return ""

    def require_alive(self) -> None:
        """Raises PartFailedError with the end of the log when the child has ended."""
        code = self.ended()
        if code is not None:
            raise PartFailedError(
                f"{self.spec.name} ended with code {code}. End of {self.spec.log}:\n{self.log_tail()}"
            )

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return
