"""The children of one stack, told to the guard process and written to DATA_DIR/children.json."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path

from workers.stack import guard
from workers.stack.private_file import write_private

FILE_NAME = "children.json"


class Roster:
    """Who must not outlive us. The guard covers a kill of this process, the file a kill of both."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / FILE_NAME
        self._wards: dict[int, guard.Ward] = {}
        self._lock = threading.Lock()
        self._guard: subprocess.Popen[str] | None = None

    def open(self) -> None:
        """Stop what an earlier run left behind, then start the guard."""
        guard.stop_all(self._leftovers())
        self._file.unlink(missing_ok=True)
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            text=True,
        )

    def add(self, pid: int, stop_signal: int, stage: int) -> None:
        """Watch a child that leads its own process group. A child that has already ended is ignored."""
        mark = guard.start_mark(pid)
        if mark is None:
            return
        with self._lock:
            self._wards[pid] = guard.Ward(pid, mark, int(stop_signal), stage)
            self._tell(f"add {pid} {mark} {int(stop_signal)} {stage}")
            self._save()

    def remove(self, pid: int) -> None:
        """Forget a child that has ended. Idempotent."""
        with self._lock:
            if self._wards.pop(pid, None) is not None:
                self._tell(f"del {pid}")
                self._save()

    def close(self) -> None:
        """Dismiss the guard after every child has been stopped. Idempotent."""
        if self._guard is None:
            return
        with self._lock:
            self._tell("bye")
            if self._guard.stdin is not None:
                self._guard.stdin.close()
        self._guard.wait()
        self._guard = None
        self._file.unlink(missing_ok=True)

    def _tell(self, line: str) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            try:
                self._guard.stdin.write(line + "\n")
                self._guard.stdin.flush()
            except BrokenPipeError:
                # The guard was killed from outside: children.json still lets the next start clean up.
                return

    def _save(self) -> None:
        write_private(self._file, json.dumps([asdict(ward) for ward in self._wards.values()]))

    def _leftovers(self) -> list[guard.Ward]:
        try:
            return [guard.Ward(**entry) for entry in json.loads(self._file.read_text(encoding="utf-8"))]
        except (FileNotFoundError, ValueError, TypeError):
            return []
