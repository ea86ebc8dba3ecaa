"""The embedded Postgres alone: who may log in, what survives, what a crash leaves."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import asyncpg
import psutil
import pytest

from tests.stack.conftest import StartStack
from tests.stack.eventually import eventually
from workers.stack import EmbeddedStack, StackError
from workers.stack.credentials import Credentials
from workers.stack.data_dir import DataDir
from workers.stack.postgres_home import LOCATION_FILE, cluster_directory, copy_programs, settle


async def ask(url: str | None, question: str) -> object:
    assert url is not None
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def tell(url: str | None, statement: str) -> None:
    assert url is not None
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_owner_can_migrate_and_is_no_superuser(data_dir: Path) -> None:
    async with EmbeddedStack(data_dir, parts=("postgres",)) as stack:
        owner = stack.endpoints.database_owner_url
        assert await ask(owner, "SELECT rolcreaterole AND NOT rolsuper FROM pg_roles WHERE rolname = user")
        assert await ask(owner, "SELECT pg_get_userbyid(datdba) = user FROM pg_database WHERE datname = 'baton'")
        assert await ask(owner, "SHOW listen_addresses") == "127.0.0.1"
        assert await ask(owner, "SHOW server_encoding") == "UTF8"
        port = stack.endpoints.database_url
        assert port is not None
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(port.replace(Credentials.load(data_dir).app_password, "guess"), "SELECT 1")


async def test_the_server_never_runs_as_root(data_dir: Path) -> None:
    async with EmbeddedStack(data_dir, parts=("postgres",)) as stack:
        assert psutil.Process(stack.pid("postgres")).uids().real != 0


async def test_a_second_start_goes_on(data_dir: Path) -> None:
    async with EmbeddedStack(data_dir, parts=("postgres",)) as stack:
        first = stack.endpoints
        await tell(first.database_owner_url, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    async with EmbeddedStack(data_dir, parts=("postgres",)) as stack:
        assert stack.endpoints == first
        assert await ask(first.database_owner_url, "SELECT n FROM kept") == 7


async def test_what_was_committed_survives_a_crash_of_everything(data_dir: Path, start_stack: StartStack) -> None:
    crashed = start_stack(data_dir, "postgres")
    owner = crashed.endpoints.database_owner_url
    await tell(owner, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    crashed.guard.kill()
    crashed.end(signal.SIGKILL)
    postmaster = crashed.children[0]
    for process in [postmaster, *postmaster.children(recursive=True)]:
        process.kill()
    eventually(crashed.all_gone)
    assert (cluster_directory(data_dir) / "cluster" / "postmaster.pid").exists()
    async with EmbeddedStack(data_dir, parts=("postgres",)) as stack:
        assert await ask(stack.endpoints.database_owner_url, "SELECT n FROM kept") == 7


async def test_a_server_that_outlived_parent_and_guard_is_replaced(data_dir: Path, start_stack: StartStack) -> None:
    crashed = start_stack(data_dir, "postgres")
    crashed.guard.kill()
    crashed.end(signal.SIGKILL)
    assert crashed.children[0].is_running()
    (data_dir / "children.json").unlink()
    async with EmbeddedStack(data_dir, parts=("postgres",)) as stack:
        assert crashed.all_gone()
        assert await ask(stack.endpoints.database_owner_url, "SELECT 1") == 1


async def test_a_closed_parent_directory_is_no_obstacle(data_dir: Path) -> None:
    data_dir.parent.chmod(0o700)
    async with EmbeddedStack(data_dir, parts=("postgres",)) as stack:
        assert await ask(stack.endpoints.database_owner_url, "SELECT 1") == 1
    outside = cluster_directory(data_dir)
    assert (data_dir / LOCATION_FILE).exists() == (os.geteuid() == 0)
    async with EmbeddedStack(data_dir, parts=("postgres",)):
        assert cluster_directory(data_dir) == outside
    DataDir(data_dir).remove()
    assert not outside.exists()


async def test_a_cluster_of_another_release_is_explained(data_dir: Path) -> None:
    async with EmbeddedStack(data_dir, parts=("postgres",), postgres_settings={"work_mem": "5MB"}) as stack:
        assert await ask(stack.endpoints.database_owner_url, "SHOW work_mem") == "5MB"
    (cluster_directory(data_dir) / "cluster" / "PG_VERSION").write_text("9\n")
    with pytest.raises(StackError, match="made by Postgres 9"):
        async with EmbeddedStack(data_dir, parts=("postgres",)):
            pass


def test_copied_programs_run(data_dir: Path, tmp_path: Path) -> None:
    data_dir.mkdir()
    installed = settle(data_dir).programs
    copied = copy_programs(installed, tmp_path / "copy")
    assert copied.is_relative_to(tmp_path / "copy")
    for name in ("postgres", "initdb"):
        assert subprocess.run([copied / name, "--version"], capture_output=True, check=True).stdout
    assert copy_programs(installed, tmp_path / "copy") == copied


async def test_foreign_secrets_are_explained(data_dir: Path) -> None:
    async with EmbeddedStack(data_dir, parts=("postgres",)):
        pass
    (data_dir / "secrets.json").unlink()
    with pytest.raises(StackError, match=r"secrets\.json"):
        async with EmbeddedStack(data_dir, parts=("postgres",)):
            pass
