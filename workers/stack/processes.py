"""Baton's own processes in the embedded stack, as data: how each is started and when it counts as ready."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workers.stack.child import ChildSpec

# These belong to the owner of the database or to one part alone; no process inherits them by accident.
_WITHHELD = frozenset({"DATABASE_OWNER_URL"})


@dataclass(frozen=True)
class Process:
    """One `baton NAME` child. A process without `ready_path` is ready as soon as it runs."""

    name: str
    usual_port: int | None = None
    port_variable: str | None = None
    ready_path: str | None = None
    ready_seconds: float = 60.0

    def spec(self, data_dir: Path, environment: Mapping[str, str]) -> ChildSpec:
        """The child to start. The environment of the caller is passed on, without the owner's address."""
        inherited = {name: value for name, value in os.environ.items() if name not in _WITHHELD}
        return ChildSpec(
            name=self.name,
            # -P keeps the caller's directory off the import path.
            argv=(sys.executable, "-P", "-m", "cli.main", self.name),
            log=data_dir / "log" / f"{self.name}.log",
            env={**inherited, **environment, "PYTHONUNBUFFERED": "1"},
            stage=2,
        )


WORKER = Process("worker")
API = Process("api", usual_port=8000, port_variable="BATON_API_PORT", ready_path="/readyz")
CONSOLE = Process("console", usual_port=8080, port_variable="BATON_CONSOLE_PORT", ready_path="/")

PROCESSES: Mapping[str, Process] = {process.name: process for process in (WORKER, API, CONSOLE)}


def answers(url: str) -> bool:
    """Whether the address answers a GET with a status below 400 within two seconds."""
    # A proxy from the environment must not be asked for the loopback interface.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2):
            return True
    except (OSError, urllib.error.URLError):
        return False
