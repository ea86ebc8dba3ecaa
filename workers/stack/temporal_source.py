"""Where a Temporal server comes from: this machine, the SDK's download, a build from Go modules."""

from __future__ import annotations

import fcntl
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workers.stack.cache import Cache
from workers.stack.errors import StackCancelledError, StackError
from workers.stack.patience import wait_for
from workers.stack.source_go import build, find_go, server_program, ui_program
from workers.stack.steps import Steps
from workers.stack.temporal_program import Kind, TemporalProgram, UnusableError, examine


class TemporalSource:
    """Finds the programs, and installs them into the cache when asked. Safe to use from several processes."""

    def __init__(self, cache: Cache, steps: Steps | None = None, cancel: threading.Event | None = None) -> None:
        self._cache = cache
        self._steps = steps or Steps()
        self._cancel = cancel or threading.Event()

    def server(self, *, install: bool = True) -> TemporalProgram:
        """A program whose server is recent enough.

        With `install` it is downloaded or built when this machine has none. Raises StackError that lists what
        was tried and what to do.
        """
        tried: list[str] = []
        if found := self._first(self._present(), tried):
            return found
        if install:
            with self._alone():
                if found := self._first([*self._present()[1:], *self._installs()], tried):
                    return found
        raise StackError(
            "No Temporal server could be found"
            + (" or made" if install else "; run `make setup` first")
            + "".join(f"\n  - {reason}" for reason in dict.fromkeys(tried))
            + "\nDo one of these: install the Temporal CLI (server 1.32 or newer) on PATH, "
            "install Go 1.21 or newer, or set TEMPORAL_ADDRESS to a server you run."
        )

    def ui(self, *, install: bool = True) -> Path:
        """The UI's program, built when missing and `install` is set. Raises UnusableError without one."""
        target = self._cache.temporal_ui
        if target.exists():
            return target
        if not install:
            raise UnusableError("the Temporal UI is not in the cache: run `make setup`")
        with self._alone():
            if not target.exists():
                find_go()
                program = ui_program(self._cache)
                with self._steps.step(f"build {program.title}", program.expectation):
                    build(program, self._cache, self._cancel)
        return target

    def _present(self) -> list[Callable[[], TemporalProgram]]:
        return [
            _on_path,
            lambda: _existing(Kind.CLI, self._cache.temporal_cli),
            lambda: _existing(Kind.SERVER, self._cache.temporal_server),
        ]

    def _installs(self) -> list[Callable[[], TemporalProgram]]:
        return [self._download, self._build]

    def _download(self) -> TemporalProgram:
        # Imported here: it brings the SDK's test environment along, which a start from the cache never needs.
        from workers.stack.source_download import download, unreachable

        if reason := unreachable():
            raise UnusableError(reason)
        with self._steps.step("download the Temporal CLI", "about a minute, once"):
            return download(self._cache)

    def _build(self) -> TemporalProgram:
        find_go()
        program = server_program(self._cache)
        with self._steps.step(f"build {program.title}", program.expectation):
            build(program, self._cache, self._cancel)
        return _existing(Kind.SERVER, program.target)

    def _first(self, sources: list[Callable[[], TemporalProgram]], tried: list[str]) -> TemporalProgram | None:
        for source in sources:
            try:
                return source()
            except UnusableError as reason:
                tried.append(str(reason))
        return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._cache.root.mkdir(parents=True, exist_ok=True)
        with self._cache.lock.open("w") as lock:

            def locked() -> bool | None:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return None
                return True

            wait_for(locked, seconds=3600, what="another set-up did not finish", cancel=self._cancel, every=0.2)
            if self._cancel.is_set():
                raise StackCancelledError("Stopped while looking for a Temporal server.")
            yield


def _existing(kind: Kind, path: Path) -> TemporalProgram:
    if not path.exists():
        raise UnusableError(f"{path} does not exist")
    return examine(kind, path)


def _on_path() -> TemporalProgram:
    found = shutil.which("temporal")
    if found is None:
        raise UnusableError("there is no `temporal` on PATH")
    return examine(Kind.CLI, Path(found))
