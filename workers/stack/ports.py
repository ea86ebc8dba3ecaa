"""Loopback TCP ports: the usual one when free, else the next free one, remembered per directory."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import tempfile
import threading
from pathlib import Path
from typing import IO

from workers.stack.errors import StackError
from workers.stack.private_file import write_private

FILE_NAME = "ports.json"
_REACH = 400


def is_free(port: int) -> bool:
    """True when nothing listens on the loopback port (addresses in TIME_WAIT count as free)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Ports:
    """The ports of one data directory. A resumed stack gets its old ports back when they are free."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / FILE_NAME
        self._known: dict[str, int] | None = None
        self._claims: dict[int, IO[str]] = {}
        self._lock = threading.Lock()

    def _read(self) -> dict[str, int]:
        try:
            stored = json.loads(self._file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return {str(name): port for name, port in dict(stored).items() if isinstance(port, int)}

    def choose(self, name: str, usual: int) -> int:
        """A free port for `name`: the remembered one, else the first free one from `usual` upwards.

        The port stays claimed against other stacks of this user until `release`.
        Raises StackError when none of the next 400 ports is free.
        """
        with self._lock:
            if self._known is None:
                self._known = self._read()
            candidates = [self._known[name]] if name in self._known else []
            candidates += range(usual, min(usual + _REACH, 65536))
            for port in candidates:
                if port not in self._claims and self._claim(port):
                    self._known[name] = port
                    return port
        raise StackError(
            f"No free port for {name} between {usual} and {usual + _REACH - 1}: "
            "stop what listens there (`ss -ltnp`) and start again."
        )

    def save(self) -> None:
        """Remember the choices for the next start."""
        write_private(self._file, json.dumps(self._known or {}, indent=2) + "\n")

    def release(self) -> None:
        """Give up all claims. Idempotent."""
        while self._claims:
            self._claims.popitem()[1].close()

    def _claim(self, port: int) -> bool:
        # Two stacks that start together both see the port free: the lock decides until a server listens.
        place = Path(tempfile.gettempdir()) / f"baton-ports-{os.getuid()}"
        place.mkdir(mode=0o700, exist_ok=True)
        claim = (place / str(port)).open("w", encoding="utf-8")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            claim.close()
            return False
        if not is_free(port):
            claim.close()
            return False
        self._claims[port] = claim
        return True
