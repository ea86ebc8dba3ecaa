"""A Postgres and a Temporal server of a test's own: killed, taken away, put back from an older copy."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
import threading
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil

from db.migrate import upgrade
from tests.db.databases import Database, run_script
from workers.stack.cache import Cache
from workers.stack.child import Child
from workers.stack.credentials import Credentials
from workers.stack.data_dir import DataDir
from workers.stack.ports import Ports
from workers.stack.postgres import Postgres
from workers.stack.postgres_home import cluster_directory
from workers.stack.roster import Roster
from workers.stack.temporal_namespace import prepare
from workers.stack.temporal_options import TemporalOptions
from workers.stack.temporal_server import TemporalServer
from workers.stack.temporal_source import TemporalSource

_SUPERUSER = "postgres"


class Servers:
    """Both servers below one directory, each at the same address whenever it runs. Methods block."""

    def __init__(self) -> None:
        self._place = Path(tempfile.mkdtemp(prefix="baton-faults-"))
        # Postgres may run as another account, which has to find its way in.
        self._place.chmod(0o755)
        self._data = DataDir(self._place / "data")
        self._data.acquire()
        self._credentials = Credentials.ensure(self._data.path)
        self._cancel = threading.Event()
        self._numbers = count(1)
        self.ports = Ports(self._data.path)
        self._roster = Roster(self._data.path)
        self._postgres = Postgres(self._data.path, self._credentials, self.ports.choose("postgres", 15432))
        program = TemporalSource(Cache.from_environment()).server()
        self._temporal = TemporalServer(self._data.path, program, self.ports, TemporalOptions(), ui=False)

    @property
    def temporal_address(self) -> str:
        """Where Temporal is, or will be again."""
        return self._temporal.address

    @property
    def log(self) -> Path:
        """The directory of logs."""
        return self._data.path / "log"

    @property
    def postgres_runs(self) -> bool:
        """False while Postgres is down."""
        return self._postgres.child is not None and self._postgres.child.ended() is None

    def start(self) -> None:
        """Start both servers and migrate the database that tests clone."""
        self._roster.open()
        self.start_postgres()
        self.start_temporal()
        asyncio.run(upgrade(self._postgres.database_owner_url, self._postgres.database_url))

    def stop(self) -> None:
        """Stop both servers and delete everything."""
        self.stop_temporal()
        self.stop_postgres()
        self._roster.close()
        self.ports.release()
        self._data.release()
        self._data.remove()
        shutil.rmtree(self._place)

    def ensure(self) -> None:
        """Start whatever a test left stopped."""
        if not self.postgres_runs:
            self.start_postgres()
        if self._temporal.child is None or self._temporal.child.ended() is not None:
            self.start_temporal()

    def new_database(self) -> Database:
        """A migrated database that nothing else uses."""
        name = f"faults_{next(self._numbers)}"
        owner, application = self._postgres.database_owner_url, self._postgres.database_url
        database = Database(
            name=name,
            owner=_with_database(owner, name),
            application=_with_database(application, name),
            superuser=_with_database(self._superuser, name),
        )
        template = urlsplit(owner).path.removeprefix("/")
        owning = urlsplit(owner).username
        statement = f"CREATE DATABASE {name} OWNER {owning} TEMPLATE {template}"
        asyncio.run(run_script(_with_database(self._superuser, "postgres"), statement))
        return database

    def new_namespace(self) -> str:
        """A Temporal namespace that nothing else uses, so that its relay and drain are its own."""
        name = f"faults-{next(self._numbers)}"
        prepare(self.temporal_address, TemporalOptions(namespace=name))
        return name

    def start_postgres(self) -> None:
        """Start Postgres on its cluster as it is; returns when it accepts connections."""
        self._postgres.start(self._roster, self._cancel)

    def stop_postgres(self) -> None:
        """An orderly stop."""
        self._postgres.stop()

    def kill_postgres(self) -> None:
        """SIGKILL for the server and each of its processes, as when the machine dies."""
        _kill(self._postgres.child)

    def start_temporal(self) -> None:
        """Start Temporal on its file as it is; returns when it answers."""
        self._temporal.start(self._roster, self._cancel)

    def stop_temporal(self) -> None:
        """An orderly stop."""
        self._temporal.stop()

    def kill_temporal(self) -> None:
        """SIGKILL."""
        _kill(self._temporal.child)

    def copy_postgres_store(self) -> None:
        """Stop, copy the cluster, start."""
        self.stop_postgres()
        _replace(self._cluster, self._cluster_copy)
        self.start_postgres()

    def restore_postgres_store(self) -> None:
        """Stop, put the copied cluster in the place of the present one, start."""
        self.stop_postgres()
        _replace(self._cluster_copy, self._cluster)
        self.start_postgres()

    def copy_temporal_store(self) -> None:
        """Stop, copy the SQLite file with its log, start."""
        self.stop_temporal()
        _replace(self._data.path / "temporal", self._data.path / "temporal-copy")
        self.start_temporal()

    def restore_temporal_store(self) -> None:
        """Stop, put the copied file in the place of the present one, start."""
        self.stop_temporal()
        _replace(self._data.path / "temporal-copy", self._data.path / "temporal")
        self.start_temporal()

    @property
    def _cluster(self) -> Path:
        return cluster_directory(self._data.path) / "cluster"

    @property
    def _cluster_copy(self) -> Path:
        return cluster_directory(self._data.path) / "cluster-copy"

    @property
    def _superuser(self) -> str:
        parts = urlsplit(self._postgres.database_owner_url)
        login = f"{_SUPERUSER}:{self._credentials.postgres_password}@{parts.hostname}:{parts.port}"
        return urlunsplit(parts._replace(netloc=login))


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _kill(child: Child | None) -> None:
    assert child is not None, "there is nothing to kill: it was never started"
    server = psutil.Process(child.pid)
    victims = [server, *server.children(recursive=True)]
    for victim in victims:
        try:
            victim.kill()
        except psutil.NoSuchProcess:
            continue
    child.stop()
    _, alive = psutil.wait_procs(victims, 10)
    assert not alive, f"still there after SIGKILL: {alive}"


def _replace(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    # Keeps owner and mode, which Postgres insists on.
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
