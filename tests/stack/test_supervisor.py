"""The supervisor: Baton's processes come back, a lost server ends the stack, a crash loop does too."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from tests.stack.eventually import eventually
from workers.stack import supervisor as module
from workers.stack.child import Child, ChildSpec
from workers.stack.roster import Roster
from workers.stack.supervisor import Supervisor

SLEEPER = "import time\nwhile True: time.sleep(60)"


def spec(tmp_path: Path, code: str) -> ChildSpec:
    return ChildSpec("worker", (sys.executable, "-c", code), tmp_path / "worker.log", os.environ)


def test_a_process_that_ends_is_started_again(tmp_path: Path, roster: Roster) -> None:
    ends: list[tuple[str, int]] = []
    supervisor = Supervisor(roster, lambda name, code: ends.append((name, code)))
    first = supervisor.start(spec(tmp_path, SLEEPER))
    psutil.Process(first.pid).kill()
    eventually(lambda: supervisor.child("worker").pid != first.pid)
    second = supervisor.child("worker")
    assert ends == [("worker", -signal.SIGKILL)]
    assert second.ended() is None
    supervisor.stop()
    assert second.ended() == -signal.SIGTERM
    assert supervisor.failure is None


def test_a_lost_server_is_a_failure(tmp_path: Path, roster: Roster) -> None:
    supervisor = Supervisor(roster, lambda *_: None)
    child = Child.start(spec(tmp_path, "print('disk full'); raise SystemExit(4)"), roster)
    supervisor.watch(child, restart=False)
    assert supervisor.failed.wait(10)
    assert "ended with code 4" in str(supervisor.failure)
    assert "disk full" in str(supervisor.failure)
    supervisor.stop()
    child.stop()


def test_a_crash_loop_is_a_failure(tmp_path: Path, roster: Roster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BACKOFF", (0.01,) * 5)
    supervisor = Supervisor(roster, lambda *_: None)
    supervisor.start(spec(tmp_path, "raise SystemExit(5)"))
    assert supervisor.failed.wait(20)
    assert "ended 6 times within a minute" in str(supervisor.failure)
    supervisor.stop()
