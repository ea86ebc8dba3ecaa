"""`baton up`: the command line, its exit codes and its words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.eventually import eventually
from workers.stack import Endpoints
from workers.stack.ports import is_free

BATON = (sys.executable, "-m", "cli.main")


def environment() -> dict[str, str]:
    replaced = ("DATABASE_URL", "DATABASE_OWNER_URL", "TEMPORAL_ADDRESS")
    return {name: value for name, value in os.environ.items() if name not in replaced}


def start_up(data_dir: Path, *arguments: str) -> subprocess.Popen[str]:
    argv = [*BATON, "up", "--servers-only", "--no-ui", "--data-dir", str(data_dir), *arguments]
    return subprocess.Popen(
        argv,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=data_dir.parent,
    )


@pytest.fixture
def up(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """A running `baton up --json`, past its JSON."""
    process = start_up(data_dir, "--json")
    try:
        eventually(lambda: Endpoints.read(data_dir) is not None or process.poll() is not None, 60)
        assert process.poll() is None, process.communicate()[1]
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)


def port_of(address: str | None) -> int:
    assert address is not None
    return int(address.rpartition(":")[2].partition("/")[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_with_exit_code_0(
    up: subprocess.Popen[str], data_dir: Path, number: signal.Signals
) -> None:
    published = Endpoints.read(data_dir)
    up.send_signal(number)
    output, words = up.communicate(timeout=30)
    assert up.returncode == 0
    assert Endpoints.model_validate_json(output) == published
    assert "migrate the database" in words
    assert f"The data is kept in {data_dir}" in words.replace("\n", " ")
    assert published is not None
    assert is_free(port_of(published.temporal_address))
    assert is_free(port_of(published.database_url))


def test_a_signal_while_starting_stops_with_exit_code_0(data_dir: Path) -> None:
    process = start_up(data_dir)
    eventually((data_dir / "children.json").exists, 30)
    process.terminate()
    _, words = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Stopped" in words


def test_a_second_start_names_the_first(up: subprocess.Popen[str], data_dir: Path) -> None:
    second = start_up(data_dir)
    _, words = second.communicate(timeout=30)
    assert second.returncode == 1
    published = Endpoints.read(data_dir)
    assert published is not None
    assert "already runs" in words
    assert str(published.temporal_address) in words
    assert up.poll() is None


def test_an_unknown_command_is_refused_with_a_hint() -> None:
    ended = subprocess.run([*BATON, "upp"], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert "'up'" in ended.stderr


def test_help_lists_commands_without_importing_them() -> None:
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "cli.main", "--help"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert "Play leads through their whole life" in ended.stdout
    assert "temporalio" not in ended.stderr
    assert "sqlalchemy" not in ended.stderr
