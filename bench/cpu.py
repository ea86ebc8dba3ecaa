"""CPU time of the parts of the stack: each with its children, this process without, since they are the others."""

from __future__ import annotations

import os
from collections.abc import Mapping

import psutil


class CpuUse:
    """Seconds of CPU since it was made, by part."""

    def __init__(self, parts: Mapping[str, int]) -> None:
        self._parts = {name: psutil.Process(pid) for name, pid in parts.items()}
        self._before = self._now()

    def ms_per(self, leads: int) -> dict[str, float]:
        """Milliseconds per lead since the start, by part."""
        now = self._now()
        return {name: round((now[name] - self._before[name]) / leads * 1000, 1) for name in now}

    def _now(self) -> dict[str, float]:
        return {name: self._seconds(process) for name, process in self._parts.items()}

    def _seconds(self, process: psutil.Process) -> float:
        mine = process.pid == os.getpid()
        family = [process] if mine else [process, *process.children(recursive=True)]
        return sum(times.user + times.system for times in (member.cpu_times() for member in family))
