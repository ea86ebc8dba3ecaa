"""Data directories that every account may reach, and stacks that run in a process of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from tests.stack.eventually import eventually
from workers.stack import Endpoints
from workers.stack.child import Account
from workers.stack.data_dir import DataDir
from workers.stack.roster import FILE_NAME as CHILDREN
from workers.stack.roster import Roster


class StackProcess:
    """`tests.stack.run_stack` as a child, so that a test can kill the parent of a stack."""

    def __init__(self, process: subprocess.Popen[str], data_dir: Path) -> None:
        self.process = process
        self.data_dir = data_dir
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the stack did not start: {process.stderr.read() if process.stderr else ''}"
        self.endpoints = Endpoints.model_validate_json(line)
        self.children = [psutil.Process(ward["pid"]) for ward in json.loads((data_dir / CHILDREN).read_text())]
        self.guard = next(child for child in psutil.Process(process.pid).children() if child not in self.children)

    def end(self, number: signal.Signals) -> int:
        """Send the signal and wait; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)

    def all_gone(self) -> bool:
        """Whether neither a child nor the guard runs any more."""
        return not any(
            process.is_running() and process.status() != psutil.STATUS_ZOMBIE
            for process in [*self.children, self.guard]
        )


StartStack = Callable[..., StackProcess]


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A directory that an unprivileged account may enter, unlike pytest's own. Removed with its database."""
    place = Path(tempfile.mkdtemp(prefix="baton-stack-"))
    place.chmod(0o755)
    directory = DataDir(place / "data")
    yield directory.path
    directory.remove()
    place.rmdir()


@pytest.fixture
def roster(tmp_path: Path) -> Iterator[Roster]:
    """An open roster with its guard."""
    roster = Roster(tmp_path)
    roster.open()
    yield roster
    roster.close()


@pytest.fixture
def start_stack() -> Iterator[StartStack]:
    """Start a stack in a process of its own; whatever still runs at the end of the test is stopped."""
    started: list[StackProcess] = []

    def start(
        data_dir: Path,
        *parts: str,
        account: Account | None = None,
        python: Path = Path(sys.executable),
        environment: Mapping[str, str] | None = None,
    ) -> StackProcess:
        process = subprocess.Popen(
            [str(python), "-m", "tests.stack.run_stack", str(data_dir), *parts],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        stack = StackProcess(process, data_dir)
        started.append(stack)
        return stack

    yield start
    for stack in started:
        stack.end(signal.SIGTERM)
        for stream in (stack.process.stdout, stack.process.stderr):
            if stream is not None:
                stream.close()
        eventually(stack.all_gone, 20)
