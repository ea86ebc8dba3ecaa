"""A program on this machine that can serve Temporal, and the version it says it has."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from workers.stack.temporal_namespace import OLDEST_SERVER, ServerVersion


class Kind(StrEnum):
    """How the program is started: `server` reads a configuration file, `cli` has the command start-dev."""

    SERVER = "server"
    CLI = "cli"


@dataclass(frozen=True)
class TemporalProgram:
    """A usable program: its server is recent enough. The command line tool brings the UI along."""

    kind: Kind
    path: Path
    version: ServerVersion


class UnusableError(Exception):
    """Why a source cannot give a Temporal server; the next source is tried."""


def examine(kind: Kind, path: Path) -> TemporalProgram:
    """Ask the program for its server's version. Raises UnusableError when it cannot say, or it is too old."""
    try:
        answer = subprocess.run(
            [str(path), "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UnusableError(f"{path} does not run ({error})") from error
    # The tool says "temporal version 1.9.1 (Server 1.32.2, UI 2.54.1)", the server "temporal version 1.32.2".
    text = answer.stdout.rpartition("Server")[2] if kind is Kind.CLI else answer.stdout
    if kind is Kind.CLI and "Server" not in answer.stdout:
        raise UnusableError(f"{path} does not say which server it embeds")
    version = ServerVersion.parse(text)
    if version is None:
        raise UnusableError(f"{path} does not say its version")
    if version < OLDEST_SERVER:
        raise UnusableError(f"{path} holds server {version}, older than {OLDEST_SERVER}")
    return TemporalProgram(kind, path, version)
