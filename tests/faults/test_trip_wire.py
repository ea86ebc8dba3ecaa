"""The crash points themselves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from domain.errors import ConfigurationError
from services.trip_wire import VARIABLE, TripWire

_PASS = (
    "from services.trip_wire import trip\n"
    "for point, kind in (('after_commit', 'route'), ('after_commit', 'claim'), ('before_commit', 'claim'),"
    " ('after_commit', 'claim')):\n"
    "    trip(point, kind)\n"
    "    print(f'{point}/{kind}', flush=True)\n"
)


@pytest.mark.parametrize(
    ("crash_at", "passed"),
    [
        ("", 4),
        ("after_telling", 4),
        ("after_commit/breach", 4),
        ("after_commit:4", 4),
        ("after_commit", 0),
        ("after_commit/claim", 1),
        ("before_commit", 2),
        ("after_commit:2", 1),
        ("after_commit/claim:2", 3),
    ],
)
def test_a_process_dies_at_the_named_passing(crash_at: str, passed: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _PASS],
        env={**os.environ, VARIABLE: crash_at},
        capture_output=True,
        text=True,
        check=False,
    )
    assert len(ended.stdout.splitlines()) == passed
    assert ended.returncode == (0 if passed == 4 else -signal.SIGKILL)


@pytest.mark.parametrize("crash_at", ["before_coffee", "after_commit:0", "after_commit:soon"])
def test_what_names_no_point_is_refused(crash_at: str) -> None:
    with pytest.raises(ConfigurationError, match=VARIABLE):
        TripWire.from_environment({VARIABLE: crash_at})
