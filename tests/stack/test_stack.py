"""The stack as a whole: nothing outlives its parent, one stack per directory, any user."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests.stack.conftest import StartStack
from tests.stack.eventually import eventually
from workers.stack import EmbeddedStack, Endpoints, StackCancelledError, StackError, StackRunningError
from workers.stack.cache import Cache
from workers.stack.child import Account
from workers.stack.postgres_account import can
from workers.stack.processes import PROCESSES, Process

SERVERS = ("postgres", "temporal", "ui")
CHECKOUT = Path(__file__).parents[2]
SITE_PACKAGES = Path(sysconfig.get_paths()["purelib"])
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def test_a_killed_parent_leaves_nothing(data_dir: Path, start_stack: StartStack) -> None:
    stack = start_stack(data_dir, *SERVERS)
    assert len(stack.children) == 3
    assert stack.end(signal.SIGKILL) == -signal.SIGKILL
    eventually(stack.all_gone, 20)


def test_an_orderly_stop_leaves_nothing(data_dir: Path, start_stack: StartStack) -> None:
    stack = start_stack(data_dir, *SERVERS)
    assert Endpoints.read(data_dir) == stack.endpoints
    assert stack.end(signal.SIGTERM) == 0
    assert stack.all_gone()
    assert Endpoints.read(data_dir) is None


def test_a_start_right_after_a_crash(data_dir: Path, start_stack: StartStack) -> None:
    crashed = start_stack(data_dir, *SERVERS)
    crashed.end(signal.SIGKILL)
    again = start_stack(data_dir, *SERVERS)
    assert again.endpoints == crashed.endpoints
    assert crashed.all_gone()


def test_one_stack_per_directory(data_dir: Path, start_stack: StartStack) -> None:
    running = start_stack(data_dir, "postgres", "temporal")
    second = EmbeddedStack(data_dir, parts=("postgres",))
    with pytest.raises(StackRunningError, match=f"already runs on .*{running.endpoints.temporal_address}"):
        second.start()
    second.stop()
    assert Endpoints.read(data_dir) == running.endpoints


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StackError, match=r"file cannot be written .*choose another --data-dir"):
        EmbeddedStack(tmp_path / "file").start()


def test_a_cancelled_start_leaves_nothing(data_dir: Path) -> None:
    stack = EmbeddedStack(data_dir, parts=("postgres", "temporal"), install=False)
    stack.cancel()
    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(StackCancelledError):
        stack.start()
    assert set(psutil.Process().children(recursive=True)) <= before


def test_a_lost_server_is_noticed(data_dir: Path) -> None:
    stack = EmbeddedStack(data_dir, parts=("postgres",))
    stack.start()
    psutil.Process(stack.pid("postgres")).kill()
    assert stack.wait(10)
    assert "postgres ended with code -9" in str(stack.failure)
    stack.stop()


class OrdinaryUser(NamedTuple):
    """Who is not root, and an interpreter that this user can run. `account` is None for ourselves."""

    account: Account | None
    python: Path


def ordinary_user() -> OrdinaryUser:
    """Ourselves unless we are root; for root an account without rights that can read this checkout.

    A checkout below a closed home directory has no other user than its owner: then that one is tried again.
    """
    ourselves = OrdinaryUser(None, Path(sys.executable))
    if os.geteuid() != 0:
        return ourselves
    entry = pwd.getpwnam("nobody")
    account = Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    imports = 'cd "$2" && PYTHONPATH="$3" "$1" -c "import workers.stack"'
    for python in (ourselves.python, Path(f"/usr/bin/python{VERSION}")):
        if can(account, imports, python, CHECKOUT, SITE_PACKAGES):
            return OrdinaryUser(account, python)
    return ourselves


def test_an_ordinary_user_runs_everything_as_itself(data_dir: Path, start_stack: StartStack) -> None:
    account, python = ordinary_user()
    home = data_dir.parent
    programs = home / "cache" / "bin"
    shutil.copytree(Cache.from_environment().programs, programs, copy_function=link_or_copy)
    if account:
        shutil.chown(home, account.uid, account.gid)
    environment = {
        "HOME": str(home),
        "BATON_CACHE_DIR": str(programs.parent),
        "PYTHONPATH": str(SITE_PACKAGES),
    }
    stack = start_stack(data_dir, *SERVERS, account=account, python=python, environment=environment)
    expected = account.uid if account else os.geteuid()
    processes = [stack.guard, *stack.children]
    assert {process.uids().real for process in processes if process.name() != "postgres"} == {expected}
    assert stack.end(signal.SIGTERM) == 0
    assert stack.all_gone()
    shutil.rmtree(programs.parent)


def link_or_copy(source: str, target: str) -> object:
    try:
        os.link(source, target)
    except OSError:
        return shutil.copy2(source, target)
    return target


def test_processes_never_see_the_owner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner")
    monkeypatch.setenv("BATON_LOG_FORMAT", "json")
    spec = PROCESSES["worker"].spec(tmp_path, {"DATABASE_URL": "postgresql://app"})
    assert "DATABASE_OWNER_URL" not in spec.env
    assert spec.env["DATABASE_URL"] == "postgresql://app"
    assert spec.env["BATON_LOG_FORMAT"] == "json"
    assert spec.argv[1:] == ("-P", "-m", "cli.main", "worker")


def test_every_served_process_names_port_and_readiness() -> None:
    served: list[Process] = [process for process in PROCESSES.values() if process.usual_port is not None]
    assert {process.name for process in served} == {"api", "console"}
    assert all(process.port_variable and process.ready_path for process in served)
