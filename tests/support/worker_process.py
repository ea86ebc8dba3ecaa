"""A worker as a process of its own, so that a test can kill it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.db.databases import Database


class WorkerProcess:
    """`baton worker` on a test's database and task queue."""

    def __init__(self, database: Database, temporal_address: str, task_queue: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "cli.main", "worker"],
            env={
                **os.environ,
                "DATABASE_URL": database.application,
                "TEMPORAL_ADDRESS": temporal_address,
                "BATON_TASK_QUEUE": task_queue,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(20)


@contextmanager
def worker_process(database: Database, temporal_address: str, task_queue: str) -> Iterator[WorkerProcess]:
    """A worker process that does not outlive the block."""
    worker = WorkerProcess(database, temporal_address, task_queue)
    try:
        yield worker
    finally:
        worker.stop()
