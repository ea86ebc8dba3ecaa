"""The guard: when the parent is killed, its children end, in order, also the stubborn ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.eventually import eventually
from workers.stack import guard
from workers.stack.guard import Ward
from workers.stack.roster import FILE_NAME, Roster

SLEEPER = "import time\nwhile True: time.sleep(60)"
DEAF = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint(flush=True)\n" + SLEEPER

Sleepers = list[subprocess.Popen[str]]


@pytest.fixture
def sleepers() -> Iterator[Sleepers]:
    processes = [subprocess.Popen([sys.executable, "-c", SLEEPER], start_new_session=True, text=True) for _ in range(2)]
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def ward(process: subprocess.Popen[str], stage: int = 0) -> Ward:
    mark = guard.start_mark(process.pid)
    assert mark is not None
    return Ward(process.pid, mark, signal.SIGTERM, stage)


def run_guard(lines: str) -> None:
    argv = [sys.executable, "-I", "-S", guard.__file__]
    subprocess.run(argv, input=lines, text=True, timeout=30, check=True)


def line(entry: Ward) -> str:
    return f"add {entry.pid} {entry.mark} {entry.stop_signal} {entry.stage}\n"


def test_end_of_input_stops_the_children(sleepers: Sleepers) -> None:
    run_guard("".join(line(ward(process)) for process in sleepers))
    assert [process.wait(5) for process in sleepers] == [-signal.SIGTERM] * 2


def test_bye_leaves_them_alone(sleepers: Sleepers) -> None:
    run_guard("".join(line(ward(process)) for process in sleepers) + "bye\n")
    assert [process.poll() for process in sleepers] == [None, None]


def test_a_removed_child_is_left_alone(sleepers: Sleepers) -> None:
    first, second = sleepers
    run_guard(line(ward(first)) + line(ward(second)) + f"del {first.pid}\n")
    assert second.wait(5) == -signal.SIGTERM
    assert first.poll() is None


def test_a_number_that_was_given_to_another_process_is_left_alone(sleepers: Sleepers) -> None:
    process = sleepers[0]
    guard.stop_all([Ward(process.pid, "another-start", signal.SIGTERM, 0)])
    assert process.poll() is None


def test_a_deaf_child_is_killed() -> None:
    argv = [sys.executable, "-c", DEAF]
    with subprocess.Popen(argv, start_new_session=True, text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        guard.stop_all([ward(process)], grace=0.2)
        assert process.wait(5) == -signal.SIGKILL


def test_higher_stages_end_first(sleepers: Sleepers, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[int] = []
    kill = os.killpg

    def note(pid: int, number: int) -> None:
        order.append(pid)
        kill(pid, number)

    monkeypatch.setattr(os, "killpg", note)
    low, high = ward(sleepers[0], stage=0), ward(sleepers[1], stage=2)
    guard.stop_all([low, high])
    assert order == [high.pid, low.pid]


def test_an_ended_process_has_no_mark(sleepers: Sleepers) -> None:
    sleepers[0].kill()
    eventually(lambda: guard.start_mark(sleepers[0].pid) is None)


def test_the_next_start_stops_what_the_last_one_left(tmp_path: Path, sleepers: Sleepers) -> None:
    crashed = Roster(tmp_path)
    for process in sleepers:
        crashed.add(process.pid, signal.SIGTERM, 0)
    following = Roster(tmp_path)
    following.open()
    assert [process.wait(5) for process in sleepers] == [-signal.SIGTERM] * 2
    following.close()
    assert not (tmp_path / FILE_NAME).exists()
