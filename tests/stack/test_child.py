"""A child: its own log, an orderly stop, a kill when that does not help."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.stack.eventually import eventually
from workers.stack.child import Child, ChildSpec
from workers.stack.errors import PartFailedError
from workers.stack.roster import Roster

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
while True:
    time.sleep(60)
"""


def spec(tmp_path: Path, code: str, grace: float = 10.0) -> ChildSpec:
    return ChildSpec("child", (sys.executable, "-c", code), tmp_path / "log" / "child.log", os.environ, grace=grace)


def test_an_orderly_stop(tmp_path: Path, roster: Roster) -> None:
    child = Child.start(spec(tmp_path, "import time; time.sleep(60)"), roster)
    assert child.ended() is None
    child.stop()
    assert child.ended() == -signal.SIGTERM
    child.stop()


def test_a_child_that_ignores_the_signal_is_killed(tmp_path: Path, roster: Roster) -> None:
    child = Child.start(spec(tmp_path, STUBBORN, grace=0.2), roster)
    eventually(lambda: child.log_tail() == "deaf")
    child.stop()
    assert child.ended() == -signal.SIGKILL


def test_an_end_is_reported_with_the_log(tmp_path: Path, roster: Roster) -> None:
    child = Child.start(spec(tmp_path, "print('no disk left'); raise SystemExit(3)"), roster)
    eventually(lambda: child.ended() is not None)
    with pytest.raises(PartFailedError, match=r"ended with code 3[\s\S]*no disk left"):
        child.require_alive()
    child.stop()


def test_a_missing_program_is_named(tmp_path: Path, roster: Roster) -> None:
    with pytest.raises(PartFailedError, match="no-such-program cannot be run"):
        Child.start(ChildSpec("x", ("no-such-program",), tmp_path / "x.log", os.environ), roster)
