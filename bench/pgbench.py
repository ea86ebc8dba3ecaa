"""pgbench, from the same installation as the server."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pgbench:
    """Runs of one length and number of connections; statements are prepared."""

    program: Path
    clients: int
    seconds: int

    def fill(self, url: str, scale: int) -> None:
        """Make the tables of the built-in TPC-B-like script."""
        self._run(url, "-i", "-q", "-s", str(scale))

    def tpcb(self, url: str) -> float:
        """Transactions per second of the built-in script."""
        return self._tps(url, "-b", "tpcb-like")

    def script(self, url: str, file: Path, variables: Mapping[str, int]) -> float:
        """Transactions per second of a script of ours."""
        defined = [word for name, value in variables.items() for word in ("-D", f"{name}={value}")]
        return self._tps(url, "-f", str(file), *defined)

    def _tps(self, url: str, *arguments: str) -> float:
        length = ("-n", "-M", "prepared", "-c", str(self.clients), "-j", "2", "-T", str(self.seconds))
        return tps_of(self._run(url, *length, *arguments))

    def _run(self, url: str, *arguments: str) -> str:
        done = subprocess.run([self.program, *arguments, url], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"pgbench ended with {done.returncode}: {done.stderr.strip()[-500:]}")
        return done.stdout


def tps_of(report: str) -> float:
    """The figure in pgbench's report, connections not counted; raises RuntimeError without one."""
    found = _TPS.search(report)
    if found is None:
        raise RuntimeError(f"pgbench reported no tps: {report.strip()[-500:]}")
    return float(found[1])
