"""Temporal's server and UI built from Go modules: slow once, then cached."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from workers.stack.cache import SERVER_VERSION, UI_VERSION, Cache
from workers.stack.child import Child, ChildSpec
from workers.stack.errors import PartFailedError
from workers.stack.patience import wait_for
from workers.stack.roster import Roster
from workers.stack.temporal_program import UnusableError

_OLDEST_GO = (1, 21)
_BUILD_SECONDS = 3600.0


@dataclass(frozen=True)
class GoProgram:
    """A main package at a version, and where its finished program is kept."""

    title: str
    package: str
    target: Path
    expectation: str


def server_program(cache: Cache) -> GoProgram:
    """The Temporal server."""
    package = f"go.temporal.io/server/cmd/server@v{SERVER_VERSION}"
    return GoProgram(
        f"Temporal server {SERVER_VERSION}", package, cache.temporal_server, "about 4 minutes on two idle cores, once"
    )


def ui_program(cache: Cache) -> GoProgram:
    """The Temporal UI."""
    package = f"github.com/temporalio/ui-server/v2/cmd/server@v{UI_VERSION}"
    return GoProgram(f"Temporal UI {UI_VERSION}", package, cache.temporal_ui, "about half a minute, once")


def find_go() -> Path:
    """The Go command. Raises UnusableError when there is none, or one too old to fetch a newer tool chain."""
    found = shutil.which("go")
    if found is None:
        raise UnusableError("there is no `go` on PATH")
    try:
        answer = subprocess.run(
            [found, "env", "GOVERSION"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError) as error:
        raise UnusableError(f"{found} does not run ({error})") from error
    version = re.match(r"go(\d+)\.(\d+)", answer)
    if version and (int(version[1]), int(version[2])) < _OLDEST_GO:
        raise UnusableError(f"{found} is {answer}, older than go{_OLDEST_GO[0]}.{_OLDEST_GO[1]}")
    return Path(found)


def build(program: GoProgram, cache: Cache, cancel: threading.Event) -> None:
    """Build into the cache; the target appears only when complete. Raises UnusableError with Go's words."""
    go = find_go()
    program.target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache.root, prefix="build-") as place:
        _install(go, program, Path(place), cancel)
        made = [path for path in Path(place, "bin").iterdir() if path.is_file()]
        made[0].chmod(0o755)
        made[0].replace(program.target)


def _install(go: Path, program: GoProgram, place: Path, cancel: threading.Event) -> None:
    roster = Roster(place)
    roster.open()
    child: Child | None = None
    try:
        child = Child.start(
            ChildSpec(
                name="go",
                argv=(str(go), "install", program.package),
                log=place / "go.log",
                # The server asks for a newer Go than most machines have; distributions pin the local one.
                env={**os.environ, "GOBIN": str(place / "bin"), "GOTOOLCHAIN": "auto"},
                cwd=place,
            ),
            roster,
        )
        code = wait_for(child.ended, seconds=_BUILD_SECONDS, what="go install did not end", cancel=cancel, every=0.2)
        if code != 0:
            raise UnusableError(f"`go install {program.package}` ended with code {code}:\n{child.log_tail()}")
    except PartFailedError as error:
        raise UnusableError(str(error)) from error
    finally:
        if child is not None:
            child.stop()
        roster.close()
