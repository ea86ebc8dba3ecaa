"""One data directory: created on first use, held by one stack at a time, removable as a whole."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path
from typing import IO

from workers.stack.endpoints import Endpoints
from workers.stack.errors import StackError, StackRunningError
from workers.stack.postgres_home import cluster_directory


class DataDir:
    """The directory and the lock on it. The lock goes with the process, however that ends."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: IO[str] | None = None

    def acquire(self) -> None:
        """Create the directory if need be and take it.

        Raises StackRunningError when it is held already, StackError when it cannot be written.
        """
        try:
            (self.path / "log").mkdir(parents=True, exist_ok=True)
            lock = (self.path / "lock").open("w", encoding="utf-8")
        except OSError as error:
            raise StackError(
                f"The data directory {self.path} cannot be written ({error.strerror}): "
                "start as the user it belongs to, or choose another --data-dir."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StackRunningError(self._occupied()) from None
        self._lock = lock

    @property
    def held(self) -> bool:
        """Whether this object holds the directory."""
        return self._lock is not None

    def release(self) -> None:
        """Let others have the directory. Idempotent."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def remove(self) -> None:
        """Delete everything the directory holds, also a database kept outside of it. Idempotent.

        Raises StackRunningError while a stack runs on it.
        """
        if not self.path.exists():
            return
        self.acquire()
        try:
            shutil.rmtree(cluster_directory(self.path), ignore_errors=True)
            shutil.rmtree(self.path)
        finally:
            self.release()

    def _occupied(self) -> str:
        known = Endpoints.read(self.path)
        where = ""
        if known is not None:
            addresses = {
                "API": known.api_url,
                "console": known.console_url,
                "Temporal": known.temporal_address,
                "Temporal UI": known.temporal_ui_url,
            }
            where = ": " + ", ".join(f"{name} {address}" for name, address in addresses.items() if address)
        remedy = "Use it, stop it (Ctrl-C), or choose another --data-dir."
        return f"A stack already runs on {self.path}{where}. {remedy}"
