"""The embedded Postgres: initialised once, a direct child on loopback TCP, stopped by a fast shutdown."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

from workers.stack import guard
from workers.stack.child import Child, ChildSpec
from workers.stack.credentials import Credentials
from workers.stack.errors import StackError
from workers.stack.patience import wait_for
from workers.stack.postgres_home import PostgresHome, settle
from workers.stack.postgres_roles import APP, DATABASE, OWNER, ensure_roles
from workers.stack.roster import Roster

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "1GB",
    "synchronous_commit": "on",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0


class Postgres:
    """One cluster below a data directory, served by one child."""

    def __init__(
        self, data_dir: Path, credentials: Credentials, port: int, settings: Mapping[str, str] | None = None
    ) -> None:
        """`settings` are server parameters that add to, and win over, those of every embedded server."""
        self._data_dir = data_dir
        self._settings = {**_SETTINGS, **(settings or {})}
        self._credentials = credentials
        self._port = port
        self.child: Child | None = None

    @property
    def database_url(self) -> str:
        """Address for the application login (created by the migrations)."""
        return self._url(APP, self._credentials.app_password)

    @property
    def database_owner_url(self) -> str:
        """Address for the owner of the database (migrations only)."""
        return self._url(OWNER, self._credentials.owner_password)

    def start(self, roster: Roster, cancel: threading.Event) -> None:
        """Bring the server up with the owner's login and database in place. Resumes an existing cluster.

        Raises PartFailedError with the end of the log when it does not come up, StackError for wrong secrets.
        """
        home = settle(self._data_dir)
        self._initialise(home)
        _stop_previous(home)
        child = Child.start(
            ChildSpec(
                name="postgres",
                argv=(str(home.programs / "postgres"), "-D", str(home.cluster), *self._options()),
                log=self._data_dir / "log" / "postgres.log",
                env=_environment(),
                stop_signal=signal.SIGINT,
                grace=_STOP_SECONDS,
                account=home.account,
            ),
            roster,
        )
        self.child = child

        def ready() -> bool | None:
            child.require_alive()
            return _reports_ready(home, child.pid) or None

        wait_for(
            ready,
            seconds=_START_SECONDS,
            what="Postgres did not accept connections",
            cancel=cancel,
            every=0.02,
        )
        ensure_roles(self._port, self._credentials)

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk. Idempotent."""
        if self.child is not None:
            self.child.stop()

    def _url(self, role: str, password: str) -> str:
        return f"postgresql://{role}:{password}@127.0.0.1:{self._port}/{DATABASE}"

    def _options(self) -> list[str]:
        pairs = {**self._settings, "port": str(self._port)}
        return [part for name, value in pairs.items() for part in ("-c", f"{name}={value}")]

    def _initialise(self, home: PostgresHome) -> None:
        if home.cluster.exists():
            return
        account = home.account
        draft = home.directory / "draft"
        password = home.directory / "password"
        # A draft is what an interrupted initdb left: the rename below is the only way to a finished cluster.
        shutil.rmtree(draft, ignore_errors=True)
        password.touch(mode=0o600)
        password.write_text(self._credentials.postgres_password, encoding="utf-8")
        if account:
            os.chown(password, account.uid, account.gid)
        try:
            made = subprocess.run(
                [
                    str(home.programs / "initdb"),
                    f"--pgdata={draft}",
                    "--username=postgres",
                    f"--pwfile={password}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                ],
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                env=_environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
        finally:
            password.unlink()
        if made.returncode != 0:
            raise StackError(
                f"initdb could not create a database in {home.directory}: {made.stderr.strip()}\n"
                "Check free space and rights there, or choose another --data-dir."
            )
        draft.rename(home.cluster)


def _environment() -> dict[str, str]:
    # PG* variables of the caller would redirect initdb and the server.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C"}


def _pid_lines(home: PostgresHome) -> list[str]:
    try:
        return (home.cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _reports_ready(home: PostgresHome, pid: int) -> bool:
    lines = _pid_lines(home)
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _stop_previous(home: PostgresHome) -> None:
    """End a server that still runs on the cluster, and forget one that was killed."""
    lines = _pid_lines(home)
    pid = abs(int(lines[0])) if lines and lines[0].lstrip("-").isdigit() else 0
    mark = guard.start_mark(pid) if pid else None
    if mark is not None and _serves(home, pid):
        guard.stop_all([guard.Ward(pid, mark, signal.SIGINT, 0)], grace=_STOP_SECONDS)
    elif pid:
        # The number may belong to an unrelated process by now, which Postgres would take for a living server.
        (home.cluster / "postmaster.pid").unlink(missing_ok=True)


def _serves(home: PostgresHome, pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").samefile(home.cluster)
    except OSError:
        listing = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return str(home.cluster) in listing.stdout
