"""Watches running children: Baton's own processes are started again, the loss of a server ends the stack."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from workers.stack.child import Child, ChildSpec
from workers.stack.errors import PartFailedError
from workers.stack.roster import Roster

_RESTARTS = 5
_FORGIVEN_AFTER = 60.0
_BACKOFF = (0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass
class _Watched:
    child: Child
    restart: bool
    ends: list[float] = field(default_factory=list)
    restart_at: float | None = None


class Supervisor:
    """One thread that looks at every child five times a second."""

    def __init__(self, roster: Roster, on_restart: Callable[[str, int], None]) -> None:
        """`on_restart` is told a process's name and exit code when it is about to be started again."""
        self._roster = roster
        self._on_restart = on_restart
        self._watched: dict[str, _Watched] = {}
        self._lock = threading.Lock()
        self._halt = threading.Event()
        self._thread: threading.Thread | None = None
        self.failed = threading.Event()
        self.failure: PartFailedError | None = None

    def watch(self, child: Child, *, restart: bool) -> None:
        """Add a running child; with `restart` it is started again, at most five times a minute."""
        with self._lock:
            self._watched[child.spec.name] = _Watched(child, restart)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="stack-supervisor", daemon=True)
            self._thread.start()

    def start(self, spec: ChildSpec) -> Child:
        """Start one of Baton's own processes and watch it."""
        child = Child.start(spec, self._roster)
        self.watch(child, restart=True)
        return child

    def child(self, name: str) -> Child:
        """The present child of that name (another one after a restart)."""
        with self._lock:
            return self._watched[name].child

    def stop(self) -> None:
        """Stop watching, then stop every process this supervisor may restart, all at the same time."""
        self._halt.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        stopping = [
            threading.Thread(target=watched.child.stop) for watched in self._watched.values() if watched.restart
        ]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()
        self._watched.clear()

    def _run(self) -> None:
        while not self._halt.wait(0.2) and not self.failed.is_set():
            with self._lock:
                for watched in self._watched.values():
                    try:
                        self._look(watched)
                    except PartFailedError as failure:
                        self.failure = failure
                        self.failed.set()
                        break

    def _look(self, watched: _Watched) -> None:
        now = time.monotonic()
        if watched.restart_at is not None:
            if now >= watched.restart_at:
                watched.restart_at = None
                watched.child = Child.start(watched.child.spec, self._roster)
            return
        code = watched.child.ended()
        if code is None:
            return
        if not watched.restart:
            watched.child.require_alive()
        watched.child.stop()
        watched.ends = [end for end in watched.ends if now - end < _FORGIVEN_AFTER] + [now]
        if len(watched.ends) > _RESTARTS:
            raise PartFailedError(
                f"{watched.child.spec.name} ended {len(watched.ends)} times within a minute, "
                f"last with code {code}. End of {watched.child.spec.log}:\n{watched.child.log_tail()}"
            )
        self._on_restart(watched.child.spec.name, code)
        watched.restart_at = now + _BACKOFF[len(watched.ends) - 1]
