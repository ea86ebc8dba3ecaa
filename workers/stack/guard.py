"""Outlives its parent: when the parent dies without a word, it stops the parent's children.

Run with `python -I -S guard.py` and a pipe on standard input; needs nothing but the standard library. Lines:
`add PID MARK SIGNAL STAGE`, `del PID`, `bye`. End of input without `bye` means that the parent was killed.
The functions are also used by the parent itself to clear what an earlier run left behind.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

GRACE = 10.0


@dataclass(frozen=True)
class Ward:
    """One watched process group. `mark` tells the process from a later one with the same number."""

    pid: int
    mark: str
    stop_signal: int
    stage: int


def start_mark(pid: int) -> str | None:
    """When the process started, as an opaque word; None if it is gone or only waits to be reaped."""
    if sys.platform == "linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else fields[19]
    listing = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, started = listing.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else "".join(started.split())


def is_alive(ward: Ward) -> bool:
    """True while the very process that was registered still runs."""
    return start_mark(ward.pid) == ward.mark


def stop_all(wards: list[Ward], grace: float = GRACE) -> None:
    """Stop the groups, highest stage first: each stage gets its signal and `grace` seconds, then SIGKILL."""
    for stage in sorted({ward.stage for ward in wards}, reverse=True):
        running = [ward for ward in wards if ward.stage == stage and is_alive(ward)]
        for ward in running:
            _send(ward, ward.stop_signal)
        if not _ended(running, grace):
            for ward in running:
                if is_alive(ward):
                    _send(ward, signal.SIGKILL)
            _ended(running, grace)


def _send(ward: Ward, number: int) -> None:
    try:
        os.killpg(ward.pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _ended(wards: list[Ward], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(is_alive(ward) for ward in wards):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def main() -> int:
    """Follow the parent's lines until `bye` (exit 0) or end of input (stop all wards, exit 0)."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    wards: dict[int, Ward] = {}
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "bye":
            return 0
        if word == "add":
            pid, mark, number, stage = rest
            wards[int(pid)] = Ward(int(pid), mark, int(number), int(stage))
        elif word == "del":
            wards.pop(int(rest[0]), None)
    stop_all(list(wards.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
