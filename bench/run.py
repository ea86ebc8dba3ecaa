"""What every bench does around its measurements: a place for its stack, the record of the figures, the end."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from workers.stack.data_dir import DataDir

RESULTS = Path(__file__).parent / "results"


@contextmanager
def stack_place() -> Iterator[Path]:
    """A data directory for an embedded stack; at the end it is removed with everything that the stack has left."""
    # Readable for the account that Postgres runs under, unlike a directory of mkdtemp.
    above = Path(tempfile.mkdtemp(prefix="baton-bench-"))
    above.chmod(0o755)
    place = above / "data"
    try:
        yield place
    finally:
        DataDir(place).remove()
        above.rmdir()


def record(name: str, figures: Mapping[str, Any], *, as_json: bool) -> None:
    """Write the figures to bench/results/NAME.json, and as JSON to standard output when asked for."""
    text = json.dumps(figures, indent=2)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    if as_json:
        print(text)


def recorded(name: str) -> dict[str, Any]:
    """The figures that were written last; none before the first time."""
    written = RESULTS / f"{name}.json"
    return dict(json.loads(written.read_text(encoding="utf-8"))) if written.exists() else {}


def leave(*, holds: bool = True) -> NoReturn:
    """End the process: exit code 1 when what was measured does not hold."""
    sys.stdout.flush()
    # The SDK's threads can abort the interpreter at its end; see cli.main.
    os._exit(0 if holds else 1)
